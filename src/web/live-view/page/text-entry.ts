/**
 * Text that comes without a trustworthy key: phone keyboards, input methods, dead keys, suggestions, autofill, one-time codes.
 * Each text has one way: prevented where it is announced and sent then, or else taken from the field's value once it is there.
 * The field is emptied at once, so that it never holds, shows or repeats anything.
 */
import type { ViewerMessage } from "../protocol.js";

/** The overlaid field. */
export type Field = HTMLInputElement | HTMLTextAreaElement;

/** A message's text may be this long, in UTF-16 units. */
const LONGEST_TEXT = 8_000;
const LONGEST_COMPOSITION = 1_000;

type Send = (message: ViewerMessage) => void;

/** A key's press and release, when only its effect is known. */
function strike(send: Send, key: "Enter" | "Backspace" | "Delete", mod = 0): void {
  const message = { t: "key", key, code: key, mod, repeat: false } as const;
  send({ ...message, k: "down", ...(key === "Enter" ? { text: "\r" } : {}) });
  send({ ...message, k: "up" });
}

/** Sends text, in pieces that fit. */
function sendText(send: Send, text: string): void {
  const letters = [...text];
  for (let at = 0; at < letters.length; at += LONGEST_TEXT / 2) {
    send({ t: "text", s: letters.slice(at, at + LONGEST_TEXT / 2).join("") });
  }
}

const CTRL = 2;
/** What a keyboard without keys says it does, by `inputType`. */
const DEEDS: Readonly<Record<string, (send: Send) => void>> = {
  insertLineBreak: (send) => strike(send, "Enter"),
  insertParagraph: (send) => strike(send, "Enter"),
  deleteContentBackward: (send) => send({ t: "erase", before: 1, after: 0 }),
  deleteContentForward: (send) => send({ t: "erase", before: 0, after: 1 }),
  deleteWordBackward: (send) => strike(send, "Backspace", CTRL),
  deleteWordForward: (send) => strike(send, "Delete", CTRL),
};
/** A composition has ways of its own to be told, and to be committed. */
const COMPOSING: ReadonlySet<string> = new Set([
  "insertCompositionText",
  "insertFromComposition",
  "deleteCompositionText",
  "deleteByComposition",
]);

/** Listens on one field, until it is removed. */
export function watchText(element: Field, send: Send): void {
  const field = element as HTMLInputElement; // of the two, the one whose events have names
  let composing = false;
  let heard = false;

  field.addEventListener("beforeinput", (event: Event) => {
    const { inputType, data, cancelable, isComposing } = event as InputEvent;
    heard = true;
    if (composing || isComposing || COMPOSING.has(inputType) || !cancelable) return;
    const deed = DEEDS[inputType];
    if (!deed && !data) return; // autofill tells its text in the value alone
    event.preventDefault();
    if (deed) deed(send);
    else sendText(send, data ?? "");
  });
  field.addEventListener("input", (event) => {
    heard = true;
    if (composing || (event as InputEvent).isComposing) return;
    const deed = DEEDS[(event as InputEvent).inputType ?? ""];
    const text = field.value;
    field.value = "";
    if (deed) deed(send);
    else if (text !== "") sendText(send, text);
  });
  field.addEventListener("compositionstart", () => {
    heard = true;
    composing = true;
  });
  field.addEventListener("compositionupdate", ({ data }) => {
    const s = data.slice(0, LONGEST_COMPOSITION);
    send({ t: "comp", k: "update", s, from: s.length, to: s.length });
  });
  field.addEventListener("compositionend", ({ data }) => {
    composing = false;
    const s = data.slice(0, LONGEST_COMPOSITION);
    send({ t: "comp", k: "end", s, from: s.length, to: s.length });
    field.value = "";
  });
  watchSilentBackspace(field, send, {
    forget: () => {
      heard = false;
    },
    isSilent: () => !heard && !composing,
  });
}

/** A phone's backspace has nothing to take from an empty field: a nameless key goes down and up, and nothing else is told. */
function watchSilentBackspace(
  field: HTMLInputElement,
  send: Send,
  silence: { readonly forget: () => void; readonly isSilent: () => boolean },
): void {
  let nameless = false;
  field.addEventListener("keydown", ({ key }) => {
    nameless = key === "Unidentified";
    silence.forget();
  });
  field.addEventListener("keyup", ({ key }) => {
    if (nameless && key === "Unidentified" && silence.isSilent()) send({ t: "erase", before: 1, after: 0 });
    nameless = false;
  });
}
