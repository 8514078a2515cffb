/** Between the shopper's clipboard and the remote page; where a browser says no, the shopper does it by hand. */
import type { ViewerMessage } from "../protocol.js";
import { make } from "./dom.js";
import type { Sheets } from "./sheets.js";
import type { Texts } from "./texts/en.js";

/** What copying and pasting take. */
export interface ClipboardParts {
  readonly texts: Texts;
  readonly sheets: Sheets;
  readonly send: (message: ViewerMessage) => void;
  /** Told in passing. */
  readonly say: (line: string) => void;
  /** Whether what is pasted must not be seen. */
  readonly isMasked: () => boolean;
}

/** Copying and pasting. */
export interface Clipboard {
  readonly pasteText: (text: string) => void;
  /** Of a button: reads the clipboard, or asks for the text. */
  readonly paste: () => Promise<void>;
  /** Within the gesture that asks for it: the text comes later, and a browser lets no later moment write. */
  readonly copy: () => Promise<void>;
  /** The remote page's selected text. */
  readonly arrived: (text: string) => void;
}

const LONGEST_PASTE = 64_000;
const ANSWER_MS = 4_000;

/** Opens the way between both clipboards. */
export function openClipboard({ texts, sheets, send, say, isMasked }: ClipboardParts): Clipboard {
  const { ask, arrived } = openCopying(() => send({ t: "copy" }));
  const pasteText = (text: string) => {
    if (text === "") return;
    if (text.length > LONGEST_PASTE) say(texts.tooLong);
    else send({ t: "paste", s: text });
  };
  return {
    pasteText,
    paste: async () => pasteText((await readClipboard()) ?? (await askByHand(texts, sheets, isMasked()))),
    copy: async () => {
      const text = ask();
      const written = await writeClipboard(text);
      const copied = await text;
      if (copied === "") return say(texts.nothingCopied);
      if (written) return say(texts.copied);
      await showByHand(texts, sheets, copied);
    },
    arrived,
  };
}

/** Asks the remote page for its selection; an empty text where none arrives in time. */
function openCopying(request: () => void) {
  let waiting: ((text: string) => void) | null = null;
  const ask = () =>
    new Promise<string>((resolve) => {
      const timer = setTimeout(() => waiting?.(""), ANSWER_MS);
      waiting = (text) => {
        clearTimeout(timer);
        waiting = null;
        resolve(text);
      };
      request();
    });
  return { ask, arrived: (text: string) => waiting?.(text) };
}

/** Where this page may not read the clipboard, the shopper pastes into a field of ours; nothing, when they would rather not. */
async function askByHand(texts: Texts, sheets: Sheets, isMasked: boolean): Promise<string> {
  const input = make("input", {
    type: isMasked ? "password" : "text",
    autocomplete: "off",
    autofocus: true,
    "aria-label": texts.pasteHere.title,
  });
  const answer = await sheets.ask({
    title: texts.pasteHere.title,
    body: [make("p", {}, texts.pasteHere.body), input],
    answers: [
      { name: "no", label: texts.cancel },
      { name: "yes", label: texts.pasteHere.send, main: true },
    ],
    escape: "no",
  });
  const text = input.value;
  input.value = "";
  return answer === "yes" ? text : "";
}

/** And copies from one, where this page may not write there. */
async function showByHand(texts: Texts, sheets: Sheets, copied: string): Promise<void> {
  const area = make("textarea", { readonly: true, rows: "4", "aria-label": texts.copyHere, autofocus: true });
  area.value = copied;
  await sheets.ask({
    title: texts.copyHere,
    body: [area],
    answers: [{ name: "ok", label: texts.close, main: true }],
    escape: "ok",
  });
}

async function readClipboard(): Promise<string | null> {
  try {
    return await navigator.clipboard.readText();
  } catch {
    return null;
  }
}

/** Whether it is there now. An empty text leaves what was there. */
async function writeClipboard(text: Promise<string>): Promise<boolean> {
  const blob = text.then((copied) => {
    if (copied === "") throw new Error("Nothing is selected");
    return new Blob([copied], { type: "text/plain" });
  });
  blob.catch(() => undefined);
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    return true;
  } catch {
    return false;
  }
}
