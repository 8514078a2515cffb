/** Judges what an org calls its things: names and references that are kept in clear, so that no shopper's value may be among them. */
import { Refusal } from "../kernel/refusal.js";

/** No controls, no lone surrogates, no separators but the space, no marks of direction; no space at either end. */
const PRINTABLE = /^(?! )[\p{L}\p{M}\p{N}\p{P}\p{S} ]+(?<! )$/u;
const SLUG = /^[a-z0-9-]{1,63}$/;
/** What a person may have typed by mistake where it does not belong. */
const LOOKS_PERSONAL = /@|\d{3}[.\s]?\d{3}[.\s]?\d{3}|\d{8,}/;
/** The same, but for digits that are part of an id: a note may name one. */
const NOTES_PERSONAL = /@|(?<!\w)(?:\d{3}[.\s]?\d{3}[.\s]?\d{3}|\d{8,})(?![A-Za-z_])/;

const refuse = (field: readonly string[], message: string) => new Refusal("INVALID", message, { field });

function judgeText(text: unknown, field: readonly string[], least: number, most: number): string {
  if (typeof text !== "string") throw refuse(field, "Must be text.");
  if (text.length > 2 * most) throw refuse(field, `Must have ${least} to ${most} characters.`);
  const length = [...text].length;
  if (length < least || length > most) throw refuse(field, `Must have ${least} to ${most} characters.`);
  if (!PRINTABLE.test(text)) throw refuse(field, "Must be printable, without a space at either end.");
  return text;
}

/** The org's own id of a shopper. It is kept in clear: an e-mail address is refused. */
export function judgeExternalId(text: unknown, field: readonly string[] = ["externalId"]): string {
  const judged = judgeText(text, field, 1, 128);
  if (judged.includes("@")) {
    throw new Refusal("INVALID", "Must not be an e-mail address: it is kept in clear.", {
      field,
      nextAction: "Give your own opaque id of the shopper, and the e-mail address in the profile.",
    });
  }
  if (judged.startsWith("csm_")) throw refuse(field, "Must not begin with csm_, as this gateway's own ids do.");
  return judged;
}

export function judgeShopperReference(text: unknown, field: readonly string[] = ["shopperReference"]): string {
  const judged = judgeText(text, field, 3, 128);
  if (judged.includes("@")) throw refuse(field, "Must not be an e-mail address: it is kept in clear.");
  return judged;
}

/** The store's number of an order. */
export function judgeOrderReference(text: unknown): string {
  const judged = judgeText(text, ["orderReference"], 1, 128);
  if (judged.includes("@")) throw refuse(["orderReference"], "Must not be an e-mail address.");
  return judged;
}

/** What somebody else's books call a thing: a ticket, a certificate. */
export function judgeReference(text: unknown, field: readonly string[]): string | null {
  if (text === undefined || text === null) return null;
  const judged = judgeText(text, field, 1, 128);
  if (judged.includes("@")) throw refuse(field, "Must not be an e-mail address.");
  return judged;
}

/** An org's own words about a decision; they may be read by everybody in the org. */
export function judgeNote(text: unknown, field: readonly string[]): string | null {
  if (text === undefined || text === null) return null;
  const judged = judgeText(text, field, 1, 240);
  if (NOTES_PERSONAL.test(judged)) throw refuse(field, "Must not hold an e-mail address or a document number.");
  return judged;
}

/** Why a profile is used; it is written to the ledger. */
export function judgePurpose(text: unknown): string | null {
  if (text === undefined || text === null) return null;
  const judged = judgeText(text, ["purpose"], 1, 120);
  if (LOOKS_PERSONAL.test(judged)) throw refuse(["purpose"], "Must not hold an e-mail address or a document number.");
  return judged;
}

export function judgeIdempotencyKey(text: unknown): string | null {
  if (text === undefined || text === null) return null;
  return judgeText(text, ["idempotencyKey"], 1, 128);
}

export function judgeSlug(text: unknown): string {
  if (typeof text === "string" && SLUG.test(text)) return text;
  throw refuse(["slug"], "Must have 1 to 63 small letters, digits and hyphens.");
}

/** A title or a person's or service's name, for people. */
export const judgeTitle = (text: unknown, field: string): string => judgeText(text, [field], 1, 120);
