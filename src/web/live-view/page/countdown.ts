/** What ends by itself, and the shopper's word against it. Times are the server's; a shopper's clock may be wrong. */
import { button, make } from "./dom.js";
import type { Notes } from "./notes.js";
import type { Texts } from "./texts/en.js";

/** Both clocks: the session's end, and the end of doing nothing. */
export interface Countdown {
  /** How far the server's clock is ahead, in milliseconds. */
  readonly set: (aheadMs: number) => void;
  readonly expiry: (expiresAt: string, extendable: boolean) => void;
  readonly idle: (endsAt: string) => void;
  /** The shopper did something, or it is over. */
  readonly wake: () => void;
  readonly stop: () => void;
  /** When it ends, as the shopper's clock shows it. */
  readonly end: () => Date | null;
}

const WARN_MS = 120_000;
const SAY_AT: readonly number[] = [30, 10];

/** "1:05". */
function readTime(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** `stay` and `extend` tell the server. */
export function openCountdown(
  texts: Texts,
  notes: Notes,
  host: HTMLElement,
  tell: { readonly stay: () => void; readonly extend: () => void },
): Countdown {
  let ahead = 0;
  let ends: number | null = null;
  let extendable = false;
  let idleEnds: number | null = null;
  const expiring = openExpiring(texts, notes, tell.extend);
  const warning = makeIdleWarning(texts, host, () => {
    tell.stay();
    wake();
  });
  const left = (at: number) => at - ahead - Date.now();
  const wake = () => {
    idleEnds = null;
    warning.close();
  };
  const look = () => {
    if (idleEnds !== null) {
      warning.show(readTime(left(idleEnds)));
      const seconds = Math.ceil(left(idleEnds) / 1000);
      if (SAY_AT.includes(seconds)) notes.say(texts.idle.body(readTime(seconds * 1000)));
    }
    if (ends !== null) expiring.show(left(ends), extendable);
  };
  const timer = setInterval(look, 1000);
  return {
    set: (aheadMs) => {
      ahead = aheadMs;
    },
    expiry: (expiresAt, mayExtend) => {
      ends = Date.parse(expiresAt);
      extendable = mayExtend;
      look();
    },
    idle: (endsAt) => {
      idleEnds = Date.parse(endsAt);
      look();
    },
    wake,
    stop: () => {
      clearInterval(timer);
      ends = null;
      wake();
      notes.drop("expiring");
    },
    end: () => (ends === null ? null : new Date(ends - ahead)),
  };
}

/** A note near the end of it all, which offers more time where there is some. */
function openExpiring(texts: Texts, notes: Notes, extend: () => void) {
  /** Whether the note that is shown offers more time; null: none is shown. */
  let shown: boolean | null = null;
  return {
    show: (leftMs: number, extendable: boolean) => {
      const text = texts.expiring(readTime(leftMs));
      if (leftMs >= WARN_MS) {
        notes.drop("expiring");
        shown = null;
      } else if (shown === extendable) notes.change("expiring", text);
      else {
        const act = { label: texts.extend, press: extend };
        notes.put("expiring", { text, kind: "warning", closable: true, ...(extendable ? { act } : {}) });
        shown = extendable;
      }
    },
  };
}

/** Above everything else, other sheets too. */
function makeIdleWarning(texts: Texts, host: HTMLElement, stay: () => void) {
  const title = make("h2", { id: "idle-title" }, texts.idle.title);
  const body = make("p", { id: "idle-body" });
  const still = button({ label: texts.idle.stay, kind: "main" }, stay);
  const element = make(
    "dialog",
    { class: "sheet", role: "alertdialog", "aria-labelledby": title.id, "aria-describedby": body.id },
    make("div", { class: "sheet-body" }, title, body, make("div", { class: "answers" }, still)),
  );
  element.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });
  return {
    show: (time: string) => {
      body.textContent = texts.idle.body(time);
      if (element.open) return;
      host.append(element);
      element.showModal();
    },
    close: () => element.open && element.close(),
  };
}
