import { ADDRESS_FIELDS, BUYER_FIELDS, PROFILE_FIELDS, type ProfileField } from "@shopkey/adapter-sdk";
import type { ProfileUnit } from "./inputs.js";

/** A shopper's plain values by path. It lives for one synchronous piece of work, or for one call to a store. */
export type PlainProfile = { [F in ProfileField]?: string };

/** What a caller asks to change: null erases, absent leaves. */
export type GivenFields = { [F in ProfileField]?: string | null };

/** Each unit is sealed as one envelope: what is changed and read together, and nothing more. */
export const UNIT_FIELDS = {
  name: ["buyer.firstName", "buyer.lastName"],
  email: ["buyer.email"],
  document: ["buyer.document", "buyer.documentType"],
  phone: ["buyer.phone"],
  address: ADDRESS_FIELDS.map((leaf) => `address.${leaf}` as const),
  company: [
    "buyer.corporateName",
    "buyer.tradeName",
    "buyer.corporateDocument",
    "buyer.corporatePhone",
    "buyer.stateInscription",
  ],
} as const satisfies Record<ProfileUnit, readonly ProfileField[]>;

export const PROFILE_UNITS = Object.keys(UNIT_FIELDS) as readonly ProfileUnit[];

/** The unit that a field is sealed in. */
export const UNIT_OF = Object.fromEntries(
  PROFILE_UNITS.flatMap((unit) => UNIT_FIELDS[unit].map((field) => [field, unit])),
) as Readonly<Record<ProfileField, ProfileUnit>>;

/** Sealed as its bare text; the other units are JSON objects keyed by the fields' last names. */
export const isTextUnit = (unit: ProfileUnit): unit is "email" | "phone" => unit === "email" || unit === "phone";

/** `buyer.email` → `email`. */
export const leafOf = (field: ProfileField): string => field.slice(field.indexOf(".") + 1);

/** What a Brazilian guest checkout needs, in the order in which a shopper would be asked. */
export const CHECKOUT_FIELDS: readonly ProfileField[] = [
  "buyer.firstName",
  "buyer.lastName",
  "buyer.email",
  "buyer.document",
  "buyer.phone",
  "address.postalCode",
  "address.street",
  "address.number",
  "address.neighborhood",
  "address.city",
  "address.state",
];

/** The two groups of a profile as they are asked for, with their fields. */
export const PROFILE_GROUPS = { buyer: BUYER_FIELDS, address: ADDRESS_FIELDS } as const;

export const DEFAULT_DOCUMENT_TYPE = "cpf";
export const DEFAULT_COUNTRY = "BRA";

/** All fields, in the order in which they are shown. */
export const PROFILE_FIELD_ORDER = PROFILE_FIELDS;
