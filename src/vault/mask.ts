/**
 * What may be shown of a shopper's value. Total: any text has a mask, none throws, and what is not understood is hidden
 * whole. null stays null. A mask is made from the opened value each time and never kept.
 *
 * Plain ASCII, nearly everything in practice, is answered here; the rest by mask-unicode.ts, whose answers are the rule.
 */
import { isMailDomain } from "./email-domain.js";
import {
  DOTS,
  type EmailDomainPolicy,
  MAX_MASKED,
  MIN_DOCUMENT,
  MIN_NAME,
  MIN_PHONE,
  maskDocumentUnicode,
  maskEmailUnicode,
  maskNameUnicode,
  maskPhoneUnicode,
} from "./mask-unicode.js";

export type { EmailDomainPolicy } from "./mask-unicode.js";

interface Mask {
  (text: string): string;
  (text: string | null): string | null;
}

interface EmailMask {
  (text: string, domain?: EmailDomainPolicy): string;
  (text: string | null, domain?: EmailDomainPolicy): string | null;
}

const keepNull = (mask: (text: string) => string): Mask =>
  ((text: string | null) => (text === null || text === undefined ? null : mask(text))) as Mask;

/** `12345678900` → `•••00`; under 6 letters and digits → `•••`. */
export const maskDocument: Mask = keepNull(
  (text) => tailOf(text, MIN_DOCUMENT, isAlphanumeric) ?? maskDocumentUnicode(text),
);

/** `+55 11 99999-9921` → `•••21`; under 8 digits → `•••`. */
export const maskPhone: Mask = keepNull((text) => tailOf(text, MIN_PHONE, isDigit) ?? maskPhoneUnicode(text));

/** `Ana` → `A•••`; under 3 characters → `•••`. */
export const maskName: Mask = keepNull((text) => maskPlainName(text) ?? maskNameUnicode(text));

/** `ana@example.com` → `a•••@example.com`, or `a•••@•••` for an org that hides domains; no address → `•••`. */
export const maskEmail: EmailMask = ((text: string | null, domain: EmailDomainPolicy = "show") =>
  text === null || text === undefined
    ? null
    : (maskPlainEmail(text, domain) ?? maskEmailUnicode(text, domain))) as EmailMask;

/** `•••`: a postal code finds a street. */
export const maskPostalCode: Mask = keepNull(() => DOTS);

/** `•••`: street, number, complement, district, recipient, city, and everything without a mask of its own. */
export const maskText: Mask = keepNull(() => DOTS);

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLetter = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122;
/** À to ÿ without × and ÷. */
const isLatin1Letter = (code: number): boolean => code >= 0xc0 && code <= 0xff && code !== 0xd7 && code !== 0xf7;
const isAlphanumeric = (code: number): boolean => isDigit(code) || isLetter(code);
const isPrintable = (code: number): boolean => code > 32 && code < 127;

/** Dots and the last two counted characters; null when there is anything but printable ASCII and spaces. */
function tailOf(text: string, least: number, counts: (code: number) => boolean): string | null {
  if (text.length > MAX_MASKED) return DOTS;
  let count = 0;
  let last = 0;
  let beforeLast = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isPrintable(code) && code !== 32) return null;
    if (!counts(code)) continue;
    count++;
    beforeLast = last;
    last = code;
  }
  return count < least ? DOTS : DOTS + String.fromCharCode(beforeLast, last);
}

/** Null unless the text is letters of Western Europe, composed, and spaces, and starts with a letter. */
function maskPlainName(text: string): string | null {
  if (text.length > MAX_MASKED) return DOTS;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isLetter(code) || isLatin1Letter(code)) count++;
    else if (code !== 32 || i === 0) return null;
  }
  return count < MIN_NAME ? DOTS : text.charAt(0) + DOTS;
}

/** Null unless the text is printable ASCII without spaces and the domain needs no conversion but lower case. */
function maskPlainEmail(text: string, policy: EmailDomainPolicy): string | null {
  if (text.length > MAX_MASKED) return DOTS;
  for (let i = 0; i < text.length; i++) if (!isPrintable(text.charCodeAt(i))) return null;
  const at = text.lastIndexOf("@");
  if (at < 1) return DOTS;
  const domain = text.slice(at + 1).toLowerCase();
  // `--` may be punycode, which has to be checked.
  if (domain.includes("--") || !isMailDomain(domain)) return null;
  return `${at < MIN_NAME ? "" : text.charAt(0)}${DOTS}@${policy === "show" ? domain : DOTS}`;
}
