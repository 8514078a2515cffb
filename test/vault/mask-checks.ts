/** What every mask promises, tried on generated text; a campaign runs it with more rounds. */
import fc from "fast-check";
import { maskDocument, maskEmail, maskName, maskPhone, maskPostalCode, maskText } from "../../src/vault/index.js";
import {
  DOTS,
  maskDocumentUnicode,
  maskEmailUnicode,
  maskNameUnicode,
  maskPhoneUnicode,
} from "../../src/vault/mask-unicode.js";

const FORBIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const graphemes = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);

const nasty = fc.constantFrom(
  ..."\u202e\u200b\u200d\u2066\u0000\u001b\u0301\u115f\u3164\ufeff\ud800\udc00\u2028\u00ad",
  "👩‍👩‍👧",
  "é",
  "ß",
  "İ",
  "ﷺ",
  "１",
  "@",
  ".",
  " ",
  "-",
);
const nastyText = fc.array(fc.oneof(nasty, fc.string({ unit: "grapheme", maxLength: 3 })), { maxLength: 20 });
const label = fc.stringMatching(/^[a-zA-Z0-9-]{1,10}$/);
const plainEmail = fc
  .tuple(fc.stringMatching(/^[!-~]{0,12}$/), fc.array(label, { minLength: 1, maxLength: 3 }))
  .map(([local, labels]) => `${local}@${labels.join(".")}`);

export const anyText: fc.Arbitrary<string> = fc.oneof(
  nastyText.map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme-ascii", maxLength: 40 }),
  fc.stringMatching(/^[0-9 .()+-]{0,20}$/),
  fc.stringMatching(/^[A-Za-z ]{0,20}$/),
  fc.stringMatching(/^(?:[A-Za-zÀ-ÿ ]|\u0301){0,12}$/),
  plainEmail,
  fc.tuple(nastyText, plainEmail).map(([parts, email]) => parts.join("") + email),
);

/** The fast masks and the general ones, which are the rule. */
const PAIRS = [
  [maskDocument, maskDocumentUnicode],
  [maskPhone, maskPhoneUnicode],
  [maskName, maskNameUnicode],
  [(text: string) => maskEmail(text), (text: string) => maskEmailUnicode(text, "show")],
  [(text: string) => maskEmail(text, "hide"), (text: string) => maskEmailUnicode(text, "hide")],
] as const;

/** Throws on the first text for which a fast mask and its rule differ. */
export function compareMasks(rounds: number, seed: number): void {
  fc.assert(
    fc.property(anyText, (text) => PAIRS.every(([fast, rule]) => fast(text) === rule(text))),
    { numRuns: rounds, seed },
  );
}

/** Throws on the first text whose mask breaks a promise. */
export function checkMasks(rounds: number, seed: number): void {
  fc.assert(
    fc.property(anyText, (text) => keepsPromises(text)),
    { numRuns: rounds, seed },
  );
}

function keepsPromises(text: string): boolean {
  const masks = [maskDocument, maskPhone, maskName, maskPostalCode, maskText].map((mask) => mask(text));
  const emails = [maskEmail(text), maskEmail(text, "hide")];
  const clean = [...masks, ...emails].every((mask) => mask.includes(DOTS) && !FORBIDDEN.test(mask));
  return clean && masks.every((mask) => showsAtMostAThird(mask, text)) && emails.every((mask) => isEmailShape(mask));
}

/** Two characters of six or one of three; a compatibility form such as `⑿` may stand for several. */
function showsAtMostAThird(mask: string, text: string): boolean {
  const shown = graphemes(mask.replace(DOTS, "")).length;
  return shown <= 2 && shown * 3 <= graphemes(text.normalize("NFKC")).length;
}

const isEmailShape = (mask: string): boolean => {
  const [first = "", rest = ""] = mask.split(DOTS);
  return graphemes(first).length <= 1 && first.length <= 8 && (rest === "" || /^@(?:[a-z0-9_.-]*)$/.test(rest));
};
