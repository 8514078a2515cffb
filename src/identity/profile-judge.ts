/**
 * Judges a profile as it came from outside. Nothing here trusts the shape of a value, and no message holds one:
 * what is wrong is told by path, all of it at once.
 */
import type { ProfileField } from "@shopkey/adapter-sdk";
import { Refusal } from "../kernel/refusal.js";
import { normaliseEmail, normalisePhone } from "../vault/index.js";
import type { ProfileInput } from "./inputs.js";
import { type GivenFields, PROFILE_GROUPS } from "./profile-fields.js";

/** In code points. */
const MAX_TEXT = 200;
const MAX_EMAIL = 320;

/** Controls, lone surrogates, line and paragraph separators, and the marks that reverse the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
/** Of space and of marks without a shape (zero-width, joiners, soft hyphens) alone: nobody sees a value in it. */
const BLANK = /^[\p{Default_Ignorable_Code_Point}\p{White_Space}]*$/u;
const DOCUMENT_TYPE = /^[a-z][a-z_-]{1,19}$/;
const COUNTRY = /^[A-Z]{3}$/;

export interface JudgedFields {
  readonly given: GivenFields;
  readonly refusals: readonly Refusal[];
}

/** Every field on its own; what depends on another field is judged after merging (`mergeProfile`). */
export function judgeFields(input: unknown, root: readonly string[]): JudgedFields {
  const given: GivenFields = {};
  const refusals: Refusal[] = [];
  const refuse = (path: readonly string[], message: string) =>
    refusals.push(new Refusal("INVALID", message, { field: [...root, ...path], nextAction: NEXT_ACTION }));
  if (!isRecord(input)) {
    refuse([], "Must be an object.");
    return { given, refusals };
  }
  for (const group of ["buyer", "address"] as const) {
    const values: unknown = (input as ProfileInput)[group];
    if (values === undefined || values === null) continue;
    if (!isRecord(values)) refuse([group], "Must be an object.");
    else judgeGroup(group, values, given, refuse);
  }
  return { given, refusals };
}

const NEXT_ACTION = "Correct the named field; null erases it.";

function judgeGroup(
  group: "buyer" | "address",
  values: Readonly<Record<string, unknown>>,
  given: GivenFields,
  refuse: (path: readonly string[], message: string) => void,
): void {
  const leaves: readonly string[] = PROFILE_GROUPS[group];
  for (const leaf of leaves) {
    const value = values[leaf];
    if (value === undefined) continue;
    const field = `${group}.${leaf}` as ProfileField;
    const judged = value === null ? null : judgeValue(field, value);
    if (judged !== null && typeof judged === "object") refuse([group, leaf], judged.why);
    else given[field] = judged;
  }
  if (Object.keys(values).some((name) => !leaves.includes(name))) refuse([group], "Has a field that is not known.");
}

interface Unacceptable {
  readonly why: string;
}

function judgeValue(field: ProfileField, value: unknown): string | Unacceptable {
  if (typeof value !== "string") return { why: "Must be text." };
  const most = field === "buyer.email" ? MAX_EMAIL : MAX_TEXT;
  // A code point takes at most two units: what is longer than that is not even looked at.
  if (value.length > 2 * most + 64) return { why: `Must have at most ${most} characters.` };
  if (UNPRINTABLE.test(value)) return { why: "Must not hold control characters or broken text." };
  const text = value.normalize("NFC").trim();
  if (BLANK.test(text)) return { why: "Must not be empty." };
  if (text.length > most && [...text].length > most) return { why: `Must have at most ${most} characters.` };
  return judgeForm(field, text);
}

function judgeForm(field: ProfileField, text: string): string | Unacceptable {
  switch (field) {
    case "buyer.email":
      return normaliseEmail(text) ?? { why: "Must be an e-mail address." };
    case "buyer.phone":
    case "buyer.corporatePhone":
      return normalisePhone(text) ?? { why: "Must be a phone number with its area code, best as +55 and digits." };
    case "buyer.documentType": {
      const type = text.toLowerCase();
      return DOCUMENT_TYPE.test(type) ? type : { why: "Must be the name of a kind of document, such as cpf." };
    }
    case "address.country": {
      const country = text.toUpperCase();
      return COUNTRY.test(country) ? country : { why: "Must be a country code of three letters, such as BRA." };
    }
    default:
      return text;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
