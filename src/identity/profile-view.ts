/** What a reader sees of a profile. Everything here is synchronous: plaintext lives no longer than the call. */
import type { ProfileField } from "@shopkey/adapter-sdk";
import { maskDocument, maskEmail, maskName, maskPhone, maskPostalCode, maskText } from "../vault/index.js";
import type { EmailDomainPolicy } from "./caller.js";
import type { ProfilePart, ProfileUnit } from "./inputs.js";
import { CHECKOUT_FIELDS, DEFAULT_COUNTRY, DEFAULT_DOCUMENT_TYPE, type PlainProfile } from "./profile-fields.js";
import { hasValidCheckDigits } from "./profile-merge.js";
import type { AddressView, BuyerView, ProfileView, ProfileWarningView } from "./views.js";

const EVERY_PART: readonly ProfilePart[] = [
  "name",
  "email",
  "document",
  "phone",
  "address",
  "company",
  "completeness",
  "warnings",
];
export const ALL_PARTS: ReadonlySet<ProfilePart> = new Set(EVERY_PART);

/** Whether the unit must be opened to show these parts. */
export function isUnitNeeded(unit: ProfileUnit, parts: ReadonlySet<ProfilePart>): boolean {
  if (parts.has(unit)) return true;
  if (unit === "name" || unit === "address") return parts.has("completeness");
  return (unit === "document" || unit === "company") && parts.has("warnings");
}

/** `present` tells of every unit whether it is there; `plain` holds the fields of those that were opened. */
export interface OpenedProfile {
  readonly plain: PlainProfile;
  readonly present: Readonly<Record<ProfileUnit, boolean>>;
  readonly updatedAt: Date;
}

export function viewProfile(
  opened: OpenedProfile,
  parts: ReadonlySet<ProfilePart>,
  domain: EmailDomainPolicy,
): ProfileView {
  const missing = parts.has("completeness") ? missingFields(opened) : [];
  return {
    buyer: viewBuyer(opened.plain, domain),
    address: viewAddress(opened.plain),
    complete: missing.length === 0,
    missing,
    warnings: parts.has("warnings") ? warningsOf(opened.plain) : [],
    updatedAt: opened.updatedAt,
  };
}

function missingFields({ plain, present }: OpenedProfile): readonly ProfileField[] {
  const isThere = (field: ProfileField): boolean => {
    if (field === "buyer.email") return present.email;
    if (field === "buyer.document") return present.document;
    if (field === "buyer.phone") return present.phone;
    return plain[field] !== undefined;
  };
  return CHECKOUT_FIELDS.filter((field) => !isThere(field));
}

function viewBuyer(plain: PlainProfile, domain: EmailDomainPolicy): BuyerView {
  const document = plain["buyer.document"];
  return {
    firstName: masked(plain["buyer.firstName"], maskName),
    lastName: masked(plain["buyer.lastName"], maskName),
    email: maskedEmail(plain["buyer.email"], domain),
    document: masked(document, maskDocument),
    documentType: document === undefined ? null : shownType(plain["buyer.documentType"] ?? DEFAULT_DOCUMENT_TYPE),
    phone: masked(plain["buyer.phone"], maskPhone),
    corporateName: masked(plain["buyer.corporateName"], maskText),
    tradeName: masked(plain["buyer.tradeName"], maskText),
    corporateDocument: masked(plain["buyer.corporateDocument"], maskDocument),
    corporatePhone: masked(plain["buyer.corporatePhone"], maskPhone),
    stateInscription: masked(plain["buyer.stateInscription"], maskText),
  };
}

function viewAddress(plain: PlainProfile): AddressView {
  const street = plain["address.street"];
  return {
    postalCode: masked(plain["address.postalCode"], maskPostalCode),
    street: masked(street, maskText),
    number: masked(plain["address.number"], maskText),
    complement: masked(plain["address.complement"], maskText),
    neighborhood: masked(plain["address.neighborhood"], maskText),
    city: masked(plain["address.city"], maskText),
    state: maskedState(plain["address.state"]),
    country: plain["address.country"] ?? (hasAddress(plain) ? DEFAULT_COUNTRY : null),
    reference: masked(plain["address.reference"], maskText),
    receiver: masked(plain["address.receiver"], maskText),
  };
}

function hasAddress(plain: PlainProfile): boolean {
  for (const field in plain) if (field.startsWith("address.")) return true;
  return false;
}

const masked = (value: string | undefined, mask: (text: string) => string): string | null =>
  value === undefined ? null : mask(value);

const maskedEmail = (value: string | undefined, domain: EmailDomainPolicy): string | null =>
  value === undefined ? null : maskEmail(value, domain === "HIDE" ? "hide" : "show");

/** Clear when it is the code of a state; what a shopper wrote out is hidden. */
const maskedState = (value: string | undefined): string | null =>
  value === undefined ? null : /^[A-Z0-9]{1,3}$/.test(value) ? value : maskText(value);

/** The words that stores of these countries know kinds of documents by; VTEX's own among them, in lower case. */
const DOCUMENT_TYPES: ReadonlySet<string> = new Set([
  ...["cpf", "cnpj", "rg", "rne", "rnm", "cnh", "passport", "passaporte", "pasaporte", "other"],
  ...["dni", "cuit", "cuil", "rut", "run", "ruc", "rfc", "curp", "ine", "nit", "ci", "cc", "ce", "ti", "cedula"],
  ...["cedulacol", "cedulaecu", "cedulabol", "cedulaury", "cedulapry", "nie", "nif", "cif", "vat", "ssn", "ein", "id"],
]);

/** Clear when it is the word for a kind of document; anything else may be something that a shopper wrote, and is hidden. */
const shownType = (type: string): string => (DOCUMENT_TYPES.has(type) ? type : maskText(type));

/** The mask of one field, as a profile shows it. */
export function maskField(field: ProfileField, value: string, domain: EmailDomainPolicy): string {
  const [group, leaf] = field.split(".") as ["buyer" | "address", string];
  if (field === "address.country") return value;
  if (field === "buyer.documentType") return shownType(value);
  const plain = { [field]: value };
  const view = group === "buyer" ? viewBuyer(plain, domain) : viewAddress(plain);
  return (view as unknown as Readonly<Record<string, string | null>>)[leaf] ?? maskText(value);
}

function warningsOf(plain: PlainProfile): readonly ProfileWarningView[] {
  const warnings: ProfileWarningView[] = [];
  const warn = (leaf: string) =>
    warnings.push({
      code: "CHECK_DIGITS",
      field: ["buyer", leaf],
      message: "The check digits do not match; a store may refuse it.",
    });
  const document = plain["buyer.document"];
  const type = plain["buyer.documentType"] ?? DEFAULT_DOCUMENT_TYPE;
  if (document !== undefined && !hasValidCheckDigits(type, document)) warn("document");
  const corporate = plain["buyer.corporateDocument"];
  if (corporate !== undefined && !hasValidCheckDigits("cnpj", corporate)) warn("corporateDocument");
  return warnings;
}
