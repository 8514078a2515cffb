/**
 * The masks for any text at all. mask.ts answers plain ASCII faster and must answer the same; everything else ends here.
 *
 * A mask shows at most a third of what a person sees as characters, keeps no length, and shows nothing invisible: no
 * control, direction or zero-width character and no half of a surrogate pair.
 */
import { asciiDomain } from "./email-domain.js";

/** Always three, whatever the length. */
export const DOTS = "•••";
/** Longer text is hidden whole, in code units. */
export const MAX_MASKED = 320;
/** A letter under so many marks that it is no longer a letter, in code units. */
const MAX_GRAPHEME = 8;
export const MIN_DOCUMENT = 6;
export const MIN_PHONE = 8;
export const MIN_NAME = 3;

export type EmailDomainPolicy = "show" | "hide";

const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** Not the dots' own character: a mask would look like another. */
const VISIBLE_START = /^(?!•)[\p{L}\p{N}\p{P}\p{S}]/u;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/gu;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const visible = (text: string, form: "NFC" | "NFKC"): string => text.normalize(form).replace(INVISIBLE, "").trim();

/** Last two letters or digits of six or more. */
export function maskDocumentUnicode(text: string): string {
  if (text.length > MAX_MASKED) return DOTS;
  const units = visible(text, "NFKC").match(LETTER_OR_DIGIT) ?? [];
  return units.length < MIN_DOCUMENT ? DOTS : DOTS + units.slice(-2).join("");
}

/** Last two digits of eight or more. */
export function maskPhoneUnicode(text: string): string {
  if (text.length > MAX_MASKED) return DOTS;
  const digits = visible(text, "NFKC").match(/[0-9]/g) ?? [];
  return digits.length < MIN_PHONE ? DOTS : DOTS + digits.slice(-2).join("");
}

/** First character of three or more, spaces not counted. */
export function maskNameUnicode(text: string): string {
  return text.length > MAX_MASKED ? DOTS : firstOf(text) + DOTS;
}

/** First character of three or more before the last @, and the domain as DNS knows it. */
export function maskEmailUnicode(text: string, policy: EmailDomainPolicy): string {
  if (text.length > MAX_MASKED) return DOTS;
  const address = text.normalize("NFC");
  const at = address.lastIndexOf("@");
  const domain =
    at === -1 || visible(address.slice(0, at), "NFC") === ""
      ? null
      : asciiDomain(visible(address.slice(at + 1), "NFC"));
  if (domain === null) return DOTS;
  return `${firstOf(address.slice(0, at))}${DOTS}@${policy === "show" ? domain : DOTS}`;
}

/** The first grapheme, or nothing when it should not be shown. */
function firstOf(text: string): string {
  const [first] = threeOf(visible(text, "NFC"));
  // Without its joiners an emoji or a conjunct may fall into several; as it is written it counts once.
  const enough = first !== undefined && threeOf(text.normalize("NFC")).length === MIN_NAME;
  return enough && first.length <= MAX_GRAPHEME && VISIBLE_START.test(first) ? first : "";
}

/** The first three that a person sees as characters: without spaces and what cannot be seen. Empty when there are fewer. */
function threeOf(text: string): readonly string[] {
  const seen: string[] = [];
  for (const { segment } of segmenter.segment(text))
    if (visible(segment, "NFC") !== "" && seen.push(segment) === MIN_NAME) return seen;
  return [];
}
