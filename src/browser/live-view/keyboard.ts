/** Keys and text of a tab. What a key types travels with its keyDown, and never twice. */
import type { CDPSession } from "playwright";
import { MODIFIERS, type ViewerMessage } from "../../web/live-view/protocol.js";
import type { InputLine } from "./input-line.js";
import { locationOf, virtualKeyOf } from "./key-codes.js";

type KeyMessage = Extract<ViewerMessage, { t: "key" }>;
type CompositionMessage = Extract<ViewerMessage, { t: "comp" }>;

export interface Keyboard {
  readonly key: (message: KeyMessage) => void;
  readonly text: (text: string) => void;
  readonly compose: (message: CompositionMessage) => void;
  readonly erase: (before: number, after: number) => void;
  /** Lets go of every key, and of what is being composed. */
  readonly release: () => void;
}

/** Editing that a browser does by itself for these, with ctrl (or meta, for which a Linux page knows nothing). */
const COMMANDS: Readonly<Record<string, string>> = {
  KeyA: "selectAll",
  KeyC: "copy",
  KeyX: "cut",
  KeyV: "paste",
  KeyZ: "undo",
  KeyY: "redo",
};

/**
 * `composes`: whether the focused field takes compositions. A password field does not: no system's input method works there,
 * and Chromium loses half of a character before one.
 */
export function openKeyboard(cdp: CDPSession, line: InputLine, composes: () => Promise<boolean>): Keyboard {
  const held = new Map<string, KeyMessage>();
  const dispatch = (parameters: object): void =>
    line.send(() => cdp.send("Input.dispatchKeyEvent", parameters as never), "key");
  const type = (text: string): void => line.send(() => cdp.send("Input.insertText", { text }), "key");

  const compose = openComposer(cdp, line, composes);

  const press = (message: KeyMessage) => {
    const { text, code } = message;
    // Characters that no key of a keyboard types (an emoji, a dead key's letter without its key) are text.
    if (text && virtualKeyOf(code) === 0) return type(text);
    held.set(code, message);
    const command = commandOf(message);
    const typed = command ? "" : typedBy(message);
    // A key event holds one character; more than one is typed behind it.
    const isTyping = typed.length === 1;
    dispatch({
      type: isTyping ? "keyDown" : "rawKeyDown",
      ...factsOf(message),
      modifiers: modifiersOf(message.mod, command, typed),
      autoRepeat: message.repeat,
      ...(isTyping ? { text: typed, unmodifiedText: typed } : {}),
      ...(command ? { commands: [command] } : {}),
    });
    if (typed.length > 1) type(typed);
  };
  const lift = (message: KeyMessage): void => {
    if (!held.delete(message.code)) return;
    dispatch({ type: "keyUp", ...factsOf(message) });
  };
  const tap = (code: "Backspace" | "Delete"): void => {
    const message = { t: "key", k: "down", key: code, code, mod: 0, repeat: false } as const;
    press(message);
    lift(message);
  };
  return {
    key: (message) => (message.k === "down" ? press(message) : lift(message)),
    text: type,
    compose,
    erase: (before, after) => {
      for (let count = 0; count < before; count++) tap("Backspace");
      for (let count = 0; count < after; count++) tap("Delete");
    },
    release: () => {
      for (const message of [...held.values()]) lift({ ...message, mod: 0 });
      compose(GIVEN_UP);
    },
  };
}

/** Asked and done in its turn: a field that was pressed just before has the focus by then. */
function openComposer(cdp: CDPSession, line: InputLine, composes: () => Promise<boolean>): Keyboard["compose"] {
  let isBegun = false;
  let isComposing = false;
  const update = async ({ s, from, to }: CompositionMessage): Promise<void> => {
    if (!isComposing) return;
    const selectionStart = Math.min(from, s.length);
    const selectionEnd = Math.max(selectionStart, Math.min(to, s.length));
    await cdp.send("Input.imeSetComposition", { text: s, selectionStart, selectionEnd });
  };
  const begin = async (message: CompositionMessage): Promise<void> => {
    isComposing = await composes();
    await update(message);
  };
  const end = async ({ s }: CompositionMessage): Promise<void> => {
    const isGivenUp = isComposing && s === "";
    isComposing = false;
    if (isGivenUp) await cdp.send("Input.imeSetComposition", NOTHING);
    else if (s !== "") await cdp.send("Input.insertText", { text: s });
  };
  return (message) => {
    if (message.k === "end") line.send(() => end(message), "key");
    else if (isBegun) line.send(() => update(message), "key");
    else line.step(() => begin(message));
    isBegun = message.k !== "end";
  };
}

const GIVEN_UP = { t: "comp", k: "end", s: "", from: 0, to: 0 } as const;
const NOTHING = { text: "", selectionStart: 0, selectionEnd: 0 };

function factsOf({ key, code, mod }: KeyMessage) {
  const virtualKey = virtualKeyOf(code);
  const location = locationOf(code);
  return {
    key,
    code,
    modifiers: mod,
    windowsVirtualKeyCode: virtualKey,
    nativeVirtualKeyCode: virtualKey,
    ...(location === 0 ? {} : { location }),
    ...(location === 3 ? { isKeypad: true } : {}),
  };
}

/** AltGr is ctrl and alt together, and types. */
function commandOf({ code, mod }: KeyMessage): string | null {
  const isCombined = (mod & (MODIFIERS.ctrl | MODIFIERS.meta)) !== 0 && (mod & MODIFIERS.alt) === 0;
  if (!isCombined) return null;
  if (code === "KeyZ" && (mod & MODIFIERS.shift) !== 0) return "redo";
  return COMMANDS[code] ?? null;
}

function typedBy({ key, text, mod }: KeyMessage): string {
  if (key === "Enter") return "\r";
  const isCombined = (mod & (MODIFIERS.ctrl | MODIFIERS.meta)) !== 0 && (mod & MODIFIERS.alt) === 0;
  return isCombined ? "" : (text ?? "");
}

/** What AltGr or Option typed, the remote page's keyboard types without them: there they would mean something else. */
function modifiersOf(mod: number, command: string | null, typed: string): number {
  if (command) return (mod & ~MODIFIERS.meta) | MODIFIERS.ctrl;
  return typed !== "" && typed >= " " ? mod & ~(MODIFIERS.ctrl | MODIFIERS.alt) : mod;
}
