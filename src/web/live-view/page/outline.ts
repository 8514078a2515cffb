/**
 * The remote page as text, for screen readers and for whoever prefers it: headings, buttons and fields that are real ones here.
 * It is made only while it is wanted. What fields hold is never told.
 */
import type { OutlineEntry, ViewerMessage } from "../protocol.js";
import { button, make } from "./dom.js";
import { findText } from "./language.js";
import type { Texts } from "./texts/en.js";

/** Off until it is asked for. */
export interface Outline {
  readonly element: HTMLElement;
  readonly name: (store: string) => void;
  readonly show: (entries: readonly OutlineEntry[]) => void;
  readonly toggle: (on: boolean) => void;
  readonly isOn: () => boolean;
}

const PRESSED: ReadonlySet<string> = new Set(
  "button link checkbox radio switch tab menuitem menuitemcheckbox menuitemradio option summary".split(" "),
);
const FIELDS: ReadonlySet<string> = new Set(
  "textbox searchbox combobox spinbutton slider listbox textarea date".split(" "),
);

/** `reached` is called when the keyboard shall go on to a field. */
export function openOutline(texts: Texts, send: (message: ViewerMessage) => void, reached: () => void): Outline {
  const heading = make("h2", { tabindex: "-1" });
  const list = make("div", { class: "outline-list" });
  let on = false;
  const toggle = (wanted: boolean) => {
    if (wanted === on) return;
    on = wanted;
    element.hidden = !on;
    list.replaceChildren(make("p", {}, texts.outline.empty));
    send({ t: "outline", on });
    if (on) heading.focus();
  };
  const close = button({ label: texts.outline.close, symbol: "cross", bare: true, kind: "bare" }, () => toggle(false));
  const element = make(
    "section",
    { class: "outline", hidden: true, "aria-label": texts.outline.open },
    make("div", { class: "outline-head" }, heading, close),
    list,
  );
  const press = (entry: OutlineEntry) => {
    const isField = FIELDS.has(entry.role);
    send({ t: "reach", ref: entry.ref, k: isField ? "focus" : "press" });
    if (isField) reached();
  };
  return {
    element,
    name: (store) => {
      heading.textContent = texts.outline.title(store);
    },
    show: (entries) => {
      if (!on) return;
      const had = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.ref : undefined;
      list.replaceChildren(...entries.map((entry) => makeEntry(texts, entry, press)));
      if (had !== undefined) list.querySelector<HTMLElement>(`[data-ref="${CSS.escape(had)}"]`)?.focus();
    },
    toggle,
    isOn: () => on,
  };
}

function makeEntry(texts: Texts, entry: OutlineEntry, press: (entry: OutlineEntry) => void): HTMLElement {
  const { role, name, level, state } = entry;
  if (role === "heading") {
    // This page's own headings come first: the remote page's begin at the third level.
    return make("p", { role: "heading", "aria-level": String(Math.min(6, (level ?? 1) + 2)), class: "line" }, name);
  }
  const words = readState(texts, state);
  if (!PRESSED.has(role) && !FIELDS.has(role)) return make("p", { class: "line" }, [name, ...words].join(", "));
  const kind = FIELDS.has(role) ? [texts.outline.fields] : [];
  const one = button({ label: [name || role, ...kind, ...words].join(", "), kind: `entry ${role}` }, () =>
    press(entry),
  );
  one.dataset.ref = String(entry.ref);
  if (role === "link") one.setAttribute("role", "link");
  if (/\bdisabled\b/.test(state)) one.disabled = true;
  return one;
}

/** The words of a state that have a name in this language; others are left out. */
function readState(texts: Texts, state: string): string[] {
  return state
    .split(/[\s,;]+/)
    .map((word) => findText(texts.outline.states, word) ?? "")
    .filter((word) => word !== "");
}
