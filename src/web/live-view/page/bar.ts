/** Around the remote page: its real address, who asks for it, and what can be done. */
import type { Occasion, ServerMessage } from "../protocol.js";
import { button, hasFinger, icon, make } from "./dom.js";
import type { Texts } from "./texts/en.js";

/** What the shopper presses there. */
export interface BarEars {
  readonly back: () => void;
  readonly reload: () => void;
  readonly about: () => void;
  readonly paste: () => void;
  readonly cancel: () => void;
  readonly done: () => void;
  readonly tab: (id: number, k: "focus" | "close") => void;
}

/** The page's head and foot. */
export interface Bar {
  readonly head: HTMLElement;
  readonly foot: HTMLElement;
  readonly name: (occasion: Occasion) => void;
  readonly address: (url: Extract<ServerMessage, { t: "url" }>) => void;
  readonly tabs: (tabs: Extract<ServerMessage, { t: "tabs" }>["tabs"]) => void;
  /** Where the keyboard comes out of the remote page. */
  readonly focus: () => void;
}

/** Builds both. */
export function openBar(texts: Texts, ears: BarEars): Bar {
  const host = make("span", { class: "host" });
  const lock = make("span", { class: "lock" });
  const address = make("button", { type: "button", class: "address", "aria-haspopup": "dialog" }, lock, host);
  address.addEventListener("click", ears.about);
  const asks = make("h1", { class: "asks" });
  const tabs = make("nav", { class: "tabs", "aria-label": texts.tabs, hidden: true });
  const done = button({ label: texts.done.connect, kind: "main" }, ears.done);
  const head = make("header", { class: "head" }, asks, makeWhere(texts, ears, address), tabs);
  const foot = makeFoot(texts, ears, done);
  return {
    head,
    foot,
    name: ({ app, store, purpose }) => {
      asks.textContent = texts.asks[purpose](app, store);
      const label = done.querySelector("span");
      if (label) label.textContent = texts.done[purpose];
    },
    address: (url) => {
      showHost(host, url.host, url.domain);
      const word = url.secure ? texts.secure : texts.insecure;
      lock.replaceChildren(icon(url.secure ? "lock" : "open"), url.secure ? "" : make("span", {}, word));
      address.classList.toggle("insecure", !url.secure);
      address.ariaLabel = `${url.host}. ${word}. ${texts.about}`;
      address.title = url.origin;
      head.classList.toggle("loading", url.loading);
    },
    tabs: (list) => {
      tabs.hidden = list.length < 2;
      tabs.replaceChildren(...(list.length < 2 ? [] : list.map((tab, at) => makeTab(texts, ears, tab, at > 0))));
    },
    focus: () => address.focus(),
  };
}

const makeWhere = (texts: Texts, ears: BarEars, address: HTMLElement): HTMLElement =>
  make(
    "div",
    { class: "where" },
    button({ label: texts.back, symbol: "back", bare: true, kind: "bare" }, ears.back),
    button({ label: texts.reload, symbol: "reload", bare: true, kind: "bare" }, ears.reload),
    address,
  );

const makeFoot = (texts: Texts, ears: BarEars, done: HTMLElement): HTMLElement =>
  make(
    "footer",
    { class: "foot" },
    button({ label: texts.cancel }, ears.cancel),
    hasFinger() ? button({ label: texts.paste }, ears.paste) : null,
    button({ label: texts.more, symbol: "more", bare: true, kind: "plain more" }, ears.about),
    done,
  );

/** The registrable part stands out, and is the last thing to be cut off. */
function showHost(element: HTMLElement, host: string, domain: string): void {
  const isPart = host === domain || host.endsWith(`.${domain}`) || host.startsWith(`${domain}:`);
  const before = isPart && host.endsWith(domain) ? host.slice(0, host.length - domain.length) : "";
  element.replaceChildren(make("span", { class: "sub" }, before), make("b", {}, host.slice(before.length)));
}

function makeTab(
  texts: Texts,
  ears: BarEars,
  { id, title, focused }: { id: number; title: string; focused: boolean },
  closable: boolean,
): HTMLElement {
  const name = title || texts.untitled;
  const show = button({ label: name, kind: "tab" }, () => ears.tab(id, "focus"));
  if (focused) show.setAttribute("aria-current", "true");
  const close = () => ears.tab(id, "close");
  const cross = { label: texts.closeTab(name), symbol: "cross", bare: true, kind: "bare" };
  return make("span", { class: "tab-place" }, show, closable ? button(cross, close) : null);
}
