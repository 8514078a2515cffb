/**
 * Keys that can be trusted, as `key` messages. What a key types is in its message and nowhere else: its default is
 * prevented, so that the same character never comes again as text. A key that only announces text (229, a dead key, an
 * input method) is left alone: the text comes by itself (text-entry.ts).
 */
import { MODIFIERS, type ViewerMessage } from "../protocol.js";
import { modifiersOf } from "./pointer.js";

/** What a key shall do. */
export type KeyFate =
  | { readonly kind: "send"; readonly message: Extract<ViewerMessage, { t: "key" }> }
  /** The browser's own, or text that is on its way. */
  | { readonly kind: "leave" }
  | { readonly kind: "copy" }
  | { readonly kind: "cut"; readonly message: Extract<ViewerMessage, { t: "key" }> }
  | { readonly kind: "reload" }
  | { readonly kind: "back" }
  | { readonly kind: "forward" }
  | { readonly kind: "out" };

/** What of a keyboard event decides. */
export type KeyFacts = Pick<
  KeyboardEvent,
  "key" | "code" | "keyCode" | "isComposing" | "repeat" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey"
> & { readonly altGraph: boolean };

const ANNOUNCING: ReadonlySet<string> = new Set(["Process", "Unidentified", "Dead", "AltGraph"]);
/** With Ctrl or Cmd these belong to the shopper's own browser: new tab, window, address, zoom, print, find, quit. */
const BROWSERS_OWN: ReadonlySet<string> = new Set(["t", "n", "w", "l", "p", "f", "q", "+", "-", "=", "0", "Tab"]);
const NAMED = /^[A-Z][A-Za-z0-9]+$/;

/** `isMac`: Cmd is what Ctrl is elsewhere, and Option types. */
function judgeKey(event: KeyFacts, isMac: boolean): KeyFate {
  const { key } = event;
  if (event.isComposing || event.keyCode === 229 || ANNOUNCING.has(key)) return { kind: "leave" };
  if (key === "F6") return { kind: "out" };
  if (/^F\d+$/.test(key) && key !== "F5") return { kind: "leave" };
  const typed = [...key].length === 1;
  const isTyping = typed && (event.altGraph || (isMac && event.altKey && !event.ctrlKey && !event.metaKey));
  const command = !isTyping && (isMac ? event.metaKey : event.ctrlKey);
  if (key === "F5" || (command && key.toLowerCase() === "r")) return { kind: "reload" };
  if (event.altKey && !command && key === "ArrowLeft") return { kind: "back" };
  if (event.altKey && !command && key === "ArrowRight") return { kind: "forward" };
  if (!typed && !NAMED.test(key)) return { kind: "leave" }; // a dead key and its unwilling partner: "´q"
  const message = messageOf(event, isTyping, isMac, typed && !command && (isTyping || !event.altKey));
  if (command) return judgeCommand(key.length === 1 ? key.toLowerCase() : key, message);
  return isMac && event.ctrlKey ? { kind: "leave" } : { kind: "send", message };
}

function judgeCommand(key: string, message: Extract<ViewerMessage, { t: "key" }>): KeyFate {
  if (key === "v" || BROWSERS_OWN.has(key)) return { kind: "leave" }; // a paste comes as an event of its own
  if (key === "c" || key === "Insert") return { kind: "copy" };
  return key === "x" ? { kind: "cut", message } : { kind: "send", message };
}

function messageOf(event: KeyFacts, isTyping: boolean, isMac: boolean, hasText: boolean) {
  const mod = modifiersOf(event);
  const swapped = isMac && event.metaKey ? (mod & ~MODIFIERS.meta) | MODIFIERS.ctrl : mod;
  const text = event.key === "Enter" ? "\r" : hasText ? event.key : undefined;
  return {
    t: "key",
    k: "down",
    key: event.key,
    code: event.code,
    mod: isTyping ? swapped & MODIFIERS.shift : swapped,
    repeat: event.repeat,
    ...(text === undefined ? {} : { text }),
  } as const;
}

/** What else keys bring about. */
export interface KeyEars {
  readonly send: (message: ViewerMessage) => void;
  readonly copy: () => void;
  /** The keyboard shall leave the remote page. */
  readonly out: () => void;
}

const TWICE_MS = 600;

/** Listens on the element, and on what is in it. */
export function watchKeys(element: HTMLElement, ears: KeyEars): void {
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  const held = new Map<string, Extract<ViewerMessage, { t: "key" }>>();
  let escapedAt = Number.NEGATIVE_INFINITY;
  const press = (message: Extract<ViewerMessage, { t: "key" }>) => {
    held.set(message.code || message.key, message);
    ears.send(message);
  };
  element.addEventListener("keydown", (event) => {
    const fate = judgeKey(factsOf(event), isMac);
    if (fate.kind === "leave") return;
    event.preventDefault();
    if (fate.kind === "send" && event.key === "Escape" && !event.repeat) {
      if (event.timeStamp - escapedAt < TWICE_MS) return ears.out();
      escapedAt = event.timeStamp;
    }
    if (fate.kind === "send") press(fate.message);
    if (fate.kind === "copy" || fate.kind === "cut") ears.copy();
    if (fate.kind === "cut") press(fate.message);
    if (fate.kind === "out") ears.out();
    if (fate.kind === "reload" || fate.kind === "back" || fate.kind === "forward") {
      ears.send({ t: "nav", k: fate.kind });
    }
  });
  const release = (name: string) => {
    const message = held.get(name);
    if (!message) return;
    held.delete(name);
    const { text: _, ...rest } = message;
    ears.send({ ...rest, k: "up", repeat: false });
  };
  // Where Cmd is held, the release of another key is never told.
  element.addEventListener("keyup", (event) => {
    if (event.key === "Meta") for (const name of [...held.keys()]) release(name);
    else release(event.code || event.key);
  });
  element.addEventListener("focusout", (event) => {
    const stays = event.relatedTarget instanceof Node && element.contains(event.relatedTarget);
    if (!stays) for (const name of [...held.keys()]) release(name);
  });
}

function factsOf(event: KeyboardEvent): KeyFacts {
  const { key, code, keyCode, isComposing, repeat, altKey, ctrlKey, metaKey, shiftKey } = event;
  const altGraph = event.getModifierState("AltGraph");
  return { key, code, keyCode, isComposing, repeat, altKey, ctrlKey, metaKey, shiftKey, altGraph };
}
