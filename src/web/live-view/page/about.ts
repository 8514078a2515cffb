/** Everything about this page in one place, and the things that are seldom needed. */
import type { Occasion } from "../protocol.js";
import { button, hasFinger, make } from "./dom.js";
import { makeFacts } from "./screens.js";
import type { Sheets } from "./sheets.js";
import type { Texts } from "./texts/en.js";

/** What it needs to know, and what can be done there. */
export interface AboutParts {
  readonly texts: Texts;
  readonly sheets: Sheets;
  readonly occasion: Occasion;
  readonly host: string;
  readonly endsAt: Date | null;
  readonly outlineIsOn: boolean;
  /** Null when there is no more time to be had. */
  readonly extend: (() => void) | null;
  readonly paste: () => void;
  readonly copy: () => void;
  readonly outline: () => void;
}

/** Ends when the shopper closes it or has chosen something. */
export async function showAbout(parts: AboutParts): Promise<void> {
  const { texts, occasion, endsAt } = parts;
  const deeds = {
    paste: [texts.paste, parts.paste],
    copy: [texts.copy, parts.copy],
    outline: [parts.outlineIsOn ? texts.outline.close : texts.outline.open, parts.outline],
  } as const;
  let chosen: (() => void) | null = null;
  const row = make("div", { class: "deeds" });
  const answered = parts.sheets.ask({
    title: texts.about,
    body: [
      make("p", {}, texts.asks[occasion.purpose](occasion.app, occasion.store)),
      make("p", { class: "said" }, parts.host),
      row,
      makeFacts(texts, occasion),
      endsAt ? make("p", {}, texts.endsAt(endsAt.toLocaleTimeString(texts.tag, { timeStyle: "short" }))) : "",
      hasFinger() ? "" : make("p", { class: "hint" }, texts.wayOut),
    ],
    answers: [
      ...(parts.extend ? [{ name: "extend", label: texts.extend }] : []),
      { name: "close", label: texts.close, main: true },
    ],
    long: true,
    escape: "close",
  });
  for (const [label, act] of Object.values(deeds)) {
    row.append(
      button({ label }, () => {
        chosen = act;
        row.closest("dialog")?.dispatchEvent(new Event("cancel", { cancelable: true }));
      }),
    );
  }
  if ((await answered) === "extend") parts.extend?.();
  else (chosen as (() => void) | null)?.();
}
