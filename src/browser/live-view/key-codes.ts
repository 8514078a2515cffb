/**
 * What Windows calls a key (`windowsVirtualKeyCode`), by its place on the keyboard. Never by the character: `.` is 46 in
 * ASCII, and 46 is Delete.
 */
const NAMED: Readonly<Record<string, number>> = {
  Backspace: 8,
  Tab: 9,
  NumpadClear: 12,
  Enter: 13,
  NumpadEnter: 13,
  ShiftLeft: 16,
  ShiftRight: 16,
  ControlLeft: 17,
  ControlRight: 17,
  AltLeft: 18,
  AltRight: 18,
  Pause: 19,
  CapsLock: 20,
  KanaMode: 21,
  Lang1: 21,
  Lang2: 25,
  Escape: 27,
  Convert: 28,
  NonConvert: 29,
  Space: 32,
  PageUp: 33,
  PageDown: 34,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
  PrintScreen: 44,
  Insert: 45,
  Delete: 46,
  MetaLeft: 91,
  MetaRight: 92,
  ContextMenu: 93,
  NumpadMultiply: 106,
  NumpadAdd: 107,
  NumpadSubtract: 109,
  NumpadDecimal: 110,
  NumpadDivide: 111,
  NumpadComma: 194,
  NumpadEqual: 187,
  NumLock: 144,
  ScrollLock: 145,
  Semicolon: 186,
  Equal: 187,
  Comma: 188,
  Minus: 189,
  Period: 190,
  Slash: 191,
  Backquote: 192,
  IntlRo: 193,
  BracketLeft: 219,
  Backslash: 220,
  IntlYen: 220,
  BracketRight: 221,
  Quote: 222,
  IntlBackslash: 226,
};

/** 0 for a place that no key has. */
export function virtualKeyOf(code: string): number {
  const known = NAMED[code];
  if (known !== undefined) return known;
  const [, letter] = /^Key([A-Z])$/.exec(code) ?? [];
  if (letter) return letter.charCodeAt(0);
  const [, digit] = /^Digit(\d)$/.exec(code) ?? [];
  if (digit) return 48 + Number(digit);
  const [, pad] = /^Numpad(\d)$/.exec(code) ?? [];
  if (pad) return 96 + Number(pad);
  const [, f] = /^F(\d{1,2})$/.exec(code) ?? [];
  return f && Number(f) >= 1 && Number(f) <= 24 ? 111 + Number(f) : 0;
}

/** As `KeyboardEvent.location`. */
export function locationOf(code: string): 0 | 1 | 2 | 3 {
  if (code.startsWith("Numpad")) return 3;
  if (/^(Shift|Control|Alt|Meta)Left$/.test(code)) return 1;
  return /^(Shift|Control|Alt|Meta)Right$/.test(code) ? 2 : 0;
}
