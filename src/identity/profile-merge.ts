/** Lays given fields over what is there, then judges what only makes sense together. */
import type { ProfileField } from "@shopkey/adapter-sdk";
import { Refusal } from "../kernel/refusal.js";
import { cnpjChecksumValid, cpfChecksumValid, normaliseDocument, normalisePostalCode } from "../vault/index.js";
import type { CpfPolicy } from "./caller.js";
import type { ProfileUnit } from "./inputs.js";
import {
  DEFAULT_COUNTRY,
  DEFAULT_DOCUMENT_TYPE,
  type GivenFields,
  type PlainProfile,
  UNIT_FIELDS,
} from "./profile-fields.js";

const BRAZILIAN_STATES: ReadonlySet<string> = new Set(
  "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO".split(" "),
);

/** Whether the unit's old value must be known to apply what is given: not when everything in it is replaced. */
export function needsOldUnit(unit: ProfileUnit, given: GivenFields): boolean {
  // A document and its type are one value: a document that comes without a type is a CPF, whatever was there.
  if (unit === "document") return given["buyer.document"] === undefined && given["buyer.documentType"] !== undefined;
  let some = false;
  let all = true;
  for (const field of UNIT_FIELDS[unit]) {
    if (given[field] === undefined) all = false;
    else some = true;
  }
  return some && !all;
}

/** Whether the unit is touched at all. */
export const isTouched = (unit: ProfileUnit, given: GivenFields): boolean =>
  UNIT_FIELDS[unit].some((field) => given[field] !== undefined);

/**
 * Changes `plain` (which holds the old values of the touched units) to what is to be kept. Answers what is wrong with
 * it by path; `plain` is then of no use.
 */
export function mergeProfile(
  plain: PlainProfile,
  given: GivenFields,
  policy: CpfPolicy,
  root: readonly string[],
): readonly Refusal[] {
  const refusals: Refusal[] = [];
  const refuse = (field: ProfileField, message: string) =>
    refusals.push(new Refusal("INVALID", message, { field: [...root, ...field.split(".")] }));
  if (given["buyer.document"] !== undefined) {
    delete plain["buyer.document"];
    delete plain["buyer.documentType"];
  }
  for (const field of Object.keys(given) as ProfileField[]) {
    const value = given[field];
    if (value === null) delete plain[field];
    else if (value !== undefined) plain[field] = value;
  }
  settleDocument(plain, given, policy, refuse);
  settleCompany(plain, given, refuse);
  settleAddress(plain, given, refuse);
  return refusals;
}

type Refuse = (field: ProfileField, message: string) => void;

function settleDocument(plain: PlainProfile, given: GivenFields, policy: CpfPolicy, refuse: Refuse): void {
  const field = given["buyer.document"] !== undefined ? "buyer.document" : "buyer.documentType";
  if (given[field] === undefined) return;
  const document = plain["buyer.document"];
  if (document === undefined) {
    if (plain["buyer.documentType"] !== undefined)
      refuse("buyer.documentType", "A document type comes with its document.");
    delete plain["buyer.documentType"];
    return;
  }
  const type = plain["buyer.documentType"] ?? DEFAULT_DOCUMENT_TYPE;
  plain["buyer.documentType"] = type;
  if (type !== "cpf" && type !== "cnpj") return;
  const normalised = normaliseDocument(document, type);
  if (normalised === null) {
    refuse(field, type === "cpf" ? "A CPF has eleven digits." : "A CNPJ has fourteen characters.");
  } else if (policy === "STRICT" && !hasValidCheckDigits(type, normalised)) {
    refuse(field, "The check digits do not match.");
  } else plain["buyer.document"] = normalised;
}

function settleCompany(plain: PlainProfile, given: GivenFields, refuse: Refuse): void {
  const document = given["buyer.corporateDocument"];
  if (typeof document !== "string") return;
  const normalised = normaliseDocument(document, "cnpj");
  if (normalised === null) refuse("buyer.corporateDocument", "A CNPJ has fourteen characters.");
  else plain["buyer.corporateDocument"] = normalised;
}

function settleAddress(plain: PlainProfile, given: GivenFields, refuse: Refuse): void {
  const country = plain["address.country"] ?? DEFAULT_COUNTRY;
  const movesCountry = given["address.country"] !== undefined;
  const at = (field: ProfileField) => (given[field] === undefined ? "address.country" : field);
  const postalCode = plain["address.postalCode"];
  if (postalCode !== undefined && (movesCountry || given["address.postalCode"] !== undefined)) {
    const normalised = normalisePostalCode(postalCode, country);
    if (normalised === null) refuse(at("address.postalCode"), "Not a postal code of this country.");
    else plain["address.postalCode"] = normalised;
  }
  const state = plain["address.state"];
  if (state !== undefined && (movesCountry || given["address.state"] !== undefined)) {
    const upper = state.toUpperCase();
    if (country !== DEFAULT_COUNTRY) plain["address.state"] = upper.length <= 3 ? upper : state;
    else if (BRAZILIAN_STATES.has(upper)) plain["address.state"] = upper;
    else refuse(at("address.state"), "Not the two letters of a Brazilian state, such as SP.");
  }
}

/** True as well for kinds of document that have no check digits. */
export function hasValidCheckDigits(type: string, document: string): boolean {
  if (type === "cpf") return cpfChecksumValid(document);
  return type !== "cnpj" || cnpjChecksumValid(document);
}
