/** Telephone numbers as Amazon sends them (E.123, spaces only) and as they are looked up (E.164). */
const E123 = /^\+[1-9]\d*(?: \d+)*$/;
const MAX_DIGITS = 15;

/** `+16175551234`; null when it is not an international number in E.123. */
export function readE123(text: string): string | null {
  if (!E123.test(text)) return null;
  const number = text.replaceAll(" ", "");
  return number.length - 1 <= MAX_DIGITS && number.length > 3 ? number : null;
}

/** As people write it: other separators are let pass, a trunk zero in brackets is not. */
export const readTyped = (text: string): string | null =>
  /\(0\)/.test(text) ? null : readE123(text.replaceAll(/[\s().-]+/g, " ").trim());

export const maskNumber = (number: string): string => `•••${number.slice(-2)}`;
