/** Quiet full screens for everything but the remote page itself: before it, while it is checked, and how it ended. */
import type { ClaimRefusal, Occasion, Phase } from "../protocol.js";
import { button, icon, make } from "./dom.js";
import type { Texts } from "./texts/en.js";

/** Every way in which it ends. */
export type Ending = Exclude<Phase, "starting" | "live" | "checking"> | "otherAccount" | "late" | ClaimRefusal["error"];

/** One at a time, or none. */
export interface Screens {
  readonly element: HTMLElement;
  readonly wait: (title: string, body?: string) => void;
  readonly intro: (occasion: Occasion, proceed: () => void, cancel: () => void) => void;
  readonly end: (ending: Ending, occasion: Occasion | null) => void;
  /** Shows the remote page. */
  readonly hide: () => void;
  readonly isShown: () => boolean;
}

const SYMBOLS: Readonly<Record<Ending, string>> = {
  connected: "check",
  cancelled: "cross",
  expired: "clock",
  late: "clock",
  failed: "warning",
  otherAccount: "person",
  revoked: "link",
  used: "link",
  unknown: "link",
};

/** `covered` are the elements that nobody can reach while a screen is shown. */
export function openScreens(texts: Texts, covered: () => readonly HTMLElement[]): Screens {
  const { element, show, hide, isShown } = openScreen(covered);
  return {
    element,
    hide,
    isShown,
    wait: (title, body) => {
      const spinner = make("span", { class: "spinner", "aria-hidden": "true" });
      show(`wait ${title}`, "waiting", spinner, makeTitle(title), body ? make("p", {}, body) : null);
    },
    intro: (occasion, proceed, cancel) => {
      const { app, store, purpose } = occasion;
      const title = texts.title[purpose](store);
      document.title = title;
      show(
        "intro",
        "introducing",
        make("p", { class: "badge" }, icon("lock"), make("span", {}, app)),
        makeTitle(title),
        make("p", { class: "lead" }, texts.intro[purpose].lead(app, store)),
        makeFacts(texts, occasion),
        make(
          "div",
          { class: "answers" },
          button({ label: texts.cancel }, cancel),
          button({ label: texts.proceed(store), kind: "main" }, proceed),
        ),
      );
    },
    end: (ending, occasion) => {
      const { title, body } = readEnding(texts, ending, occasion);
      document.title = title;
      const mark = make("span", { class: `mark ${ending}` }, icon(SYMBOLS[ending]));
      show(`end ${ending}`, "ended", mark, makeTitle(title), make("p", {}, body));
    },
  };
}

/** The one place of them all; the same one is not shown anew. */
function openScreen(covered: () => readonly HTMLElement[]) {
  const element = make("section", { class: "screen" });
  let shown = "";
  return {
    element,
    show: (name: string, kind: string, ...parts: readonly (Node | null)[]): void => {
      if (shown === name) return;
      shown = name;
      element.hidden = false;
      element.className = `screen ${kind}`;
      element.replaceChildren(make("div", { class: "card" }, ...parts));
      for (const other of covered()) other.inert = true;
      element.querySelector("h1")?.focus({ preventScroll: true });
      element.scrollTop = 0;
    },
    hide: (): void => {
      if (shown === "") return;
      shown = "";
      element.hidden = true;
      element.replaceChildren();
      for (const other of covered()) other.inert = false;
    },
    isShown: (): boolean => shown !== "",
  };
}

const makeTitle = (text: string): HTMLElement => make("h1", { tabindex: "-1" }, text);

function readEnding(texts: Texts, ending: Ending, occasion: Occasion | null): { title: string; body: string } {
  const found = findEnding(texts, ending, occasion?.purpose ?? "connect");
  const app = occasion?.app ?? texts.theApp;
  const store = occasion?.store ?? texts.theStore;
  const body = found.body(app, store);
  // A name keeps its own letters; a word of ours begins a sentence as any does.
  return { title: found.title, body: occasion ? body : body.slice(0, 1).toUpperCase() + body.slice(1) };
}

interface EndingText {
  readonly title: string;
  readonly body: (app: string, store: string) => string;
}

function findEnding(texts: Texts, ending: Ending, purpose: Occasion["purpose"]): EndingText {
  if (ending === "connected") return texts.connected[purpose];
  const isOwn = purpose === "handOff" && (ending === "cancelled" || ending === "expired" || ending === "failed");
  return isOwn ? texts.handOff[ending] : texts[ending];
}

/** Whose page it is, where the password goes, what is kept, how to stop. */
export function makeFacts(texts: Texts, { app, store, purpose }: Occasion): HTMLElement {
  const facts = [
    ["page", "window"],
    ["password", "key"],
    ["kept", "lock"],
    ["stop", "stop"],
  ] as const;
  const items = facts.map(([name, symbol]) =>
    make(
      "div",
      { class: "fact" },
      make("dt", {}, icon(symbol), make("span", {}, texts.facts[name])),
      make("dd", {}, texts.intro[purpose][name](app, store)),
    ),
  );
  return make("dl", { class: "facts" }, ...items);
}
