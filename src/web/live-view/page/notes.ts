/** Short lines over the remote page, and the voice that reads them out. */
import { button, make } from "./dom.js";
import type { Texts } from "./texts/en.js";

/** A line with at most one thing to do about it. */
export interface Note {
  readonly text: string;
  readonly kind?: "quiet" | "warning";
  readonly act?: { readonly label: string; readonly press: () => void };
  /** Whether the shopper may put it away. */
  readonly closable?: boolean;
}

/** Notes by name; a new one of a name replaces the old one. */
export interface Notes {
  readonly element: HTMLElement;
  readonly put: (name: string, note: Note) => void;
  readonly change: (name: string, text: string) => void;
  readonly drop: (name: string) => void;
  /** Said to screen readers alone. */
  readonly say: (line: string) => void;
  /** Shown, said, and gone by itself. */
  readonly pass: (line: string) => void;
}

const PASSING_MS = 4_000;

/** Makes the place for them. */
export function openNotes(texts: Texts): Notes {
  const places = new Map<string, HTMLElement>();
  const voice = make("p", { class: "unseen", role: "status" });
  const list = make("div", { class: "notes-list" });
  const element = make("div", { class: "notes" }, voice, list);
  let passing: ReturnType<typeof setTimeout> | undefined;

  const drop = (name: string) => {
    places.get(name)?.remove();
    places.delete(name);
  };
  const say = (line: string) => {
    voice.textContent = line;
  };
  const put = (name: string, note: Note) => {
    drop(name);
    const place = make(
      "div",
      { class: `note ${note.kind ?? "quiet"}` },
      make("p", {}, note.text),
      note.act ? button({ label: note.act.label }, note.act.press) : null,
      note.closable
        ? button({ label: texts.close, symbol: "cross", bare: true, kind: "bare" }, () => drop(name))
        : null,
    );
    places.set(name, place);
    list.append(place);
    say(note.text);
  };
  return {
    element,
    put,
    change: (name, text) => {
      const line = places.get(name)?.querySelector("p");
      if (line) line.textContent = text;
    },
    drop,
    say,
    pass: (line) => {
      clearTimeout(passing);
      put("passing", { text: line });
      passing = setTimeout(() => drop("passing"), PASSING_MS);
    },
  };
}
