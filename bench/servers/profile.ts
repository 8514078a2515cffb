/** What the limit and the stock server do with a profile, by the gateway's own vault and masks. */
import {
  type ConsumerBox,
  maskDocument,
  maskEmail,
  maskName,
  maskPhone,
  maskPostalCode,
  maskText,
  normaliseDocument,
  normaliseEmail,
  normalisePhone,
  normalisePostalCode,
} from "#dist/vault/index.js";

export const UNITS = ["name", "email", "document", "phone", "address"] as const;
export type Unit = (typeof UNITS)[number];
export type SealedUnits = Readonly<Partial<Record<Unit, Buffer | null>>>;

export interface PlainProfile {
  readonly name: { readonly firstName?: string; readonly lastName?: string };
  readonly email: string | null;
  readonly document: { readonly document?: string; readonly documentType?: string };
  readonly phone: string | null;
  readonly address: Readonly<Record<string, string | undefined>>;
}

export interface MaskedProfile {
  readonly buyer: Readonly<Record<"firstName" | "lastName" | "email" | "document" | "phone", string | null>>;
  readonly address: Readonly<Record<"postalCode" | "street" | "number" | "city" | "state", string | null>>;
  readonly complete: boolean;
  readonly missing: readonly string[];
}

const parsed = (box: ConsumerBox, unit: Unit, envelope: Buffer | null | undefined): Record<string, string> =>
  envelope == null ? {} : (JSON.parse(box.openText(unit, envelope)) as Record<string, string>);
const text = (box: ConsumerBox, unit: Unit, envelope: Buffer | null | undefined): string | null =>
  envelope == null ? null : box.openText(unit, envelope);

export const openProfile = (box: ConsumerBox, sealed: SealedUnits): PlainProfile => ({
  name: parsed(box, "name", sealed.name),
  email: text(box, "email", sealed.email),
  document: parsed(box, "document", sealed.document),
  phone: text(box, "phone", sealed.phone),
  address: parsed(box, "address", sealed.address),
});

const masked = (value: string | null | undefined, mask: (text: string) => string): string | null =>
  value === null || value === undefined ? null : mask(value);

export function maskProfile({ name, email, document, phone, address }: PlainProfile): MaskedProfile {
  const missing = missingFields({ name, email, document, phone, address });
  return {
    buyer: {
      firstName: masked(name.firstName, maskName),
      lastName: masked(name.lastName, maskName),
      email: masked(email, maskEmail),
      document: masked(document.document, maskDocument),
      phone: masked(phone, maskPhone),
    },
    address: {
      postalCode: masked(address.postalCode, maskPostalCode),
      street: masked(address.street, maskText),
      number: masked(address.number, maskText),
      city: masked(address.city, maskText),
      state: address.state ?? null,
    },
    complete: missing.length === 0,
    missing,
  };
}

const NEEDED_OF_ADDRESS = ["postalCode", "street", "number", "neighborhood", "city", "state"] as const;

function missingFields({ name, email, document, phone, address }: PlainProfile): readonly string[] {
  const missing: string[] = [];
  if (name.firstName === undefined) missing.push("buyer.firstName");
  if (name.lastName === undefined) missing.push("buyer.lastName");
  if (email === null) missing.push("buyer.email");
  if (document.document === undefined) missing.push("buyer.document");
  if (phone === null) missing.push("buyer.phone");
  for (const field of NEEDED_OF_ADDRESS) if (address[field] === undefined) missing.push(`address.${field}`);
  return missing;
}

/** The caller's fault. */
export class Unacceptable extends Error {}

const accept = <T>(value: T | null): T => {
  if (value === null) throw new Unacceptable("a field is not acceptable");
  return value;
};

/** The values that are given; what is absent is left as it was. */
export interface Given {
  readonly name: PlainProfile["name"] | null;
  readonly email: string | null;
  readonly document: PlainProfile["document"] | null;
  readonly phone: string | null;
  readonly address: PlainProfile["address"] | null;
  /** Nothing of what was there is left. */
  readonly whole: boolean;
  /** Paths of the fields. */
  readonly fields: readonly string[];
}

/** No control characters, not empty, not endless. */
function cleaned(value: unknown): string {
  if (typeof value !== "string" || value.length > 320 || /[\p{Cc}\p{Cs}]/u.test(value)) throw new Unacceptable();
  const trimmed = value.normalize("NFC").trim();
  if (trimmed === "") throw new Unacceptable();
  return trimmed;
}

export interface GivenProfile {
  readonly buyer?: Readonly<Record<string, unknown>>;
  readonly address?: Readonly<Record<string, unknown>>;
}

const ADDRESS_FIELDS = 10;
const BUYER_FIELDS = 6;

/** Checks and normalises what is given, each field on its own. Throws Unacceptable. */
export function readGiven({ buyer = {}, address = {} }: GivenProfile): Given {
  const where: Record<string, string> = {};
  for (const field in address) where[field] = cleaned(address[field]);
  if (where.postalCode !== undefined) where.postalCode = accept(normalisePostalCode(where.postalCode, where.country));
  const has = (field: string) => buyer[field] !== undefined;
  const name: { firstName?: string; lastName?: string } = {};
  if (has("firstName")) name.firstName = cleaned(buyer.firstName);
  if (has("lastName")) name.lastName = cleaned(buyer.lastName);
  const buyerFields = Object.keys(buyer);
  const addressFields = Object.keys(where);
  return {
    name: has("firstName") || has("lastName") ? name : null,
    email: has("email") ? accept(normaliseEmail(cleaned(buyer.email))) : null,
    document: has("document")
      ? {
          document: accept(normaliseDocument(cleaned(buyer.document), "cpf")),
          documentType: has("documentType") ? cleaned(buyer.documentType) : "cpf",
        }
      : null,
    phone: has("phone") ? accept(normalisePhone(cleaned(buyer.phone))) : null,
    address: addressFields.length > 0 ? where : null,
    whole: buyerFields.length === BUYER_FIELDS && addressFields.length === ADDRESS_FIELDS,
    fields: [...buyerFields.map((field) => `buyer.${field}`), ...addressFields.map((field) => `address.${field}`)],
  };
}

/** Field by field over what was there, in the order in which it is kept. */
export const mergeProfile = (old: PlainProfile, given: Given): PlainProfile => ({
  name: given.name === null ? old.name : { ...old.name, ...given.name },
  email: given.email ?? old.email,
  document: given.document ?? old.document,
  phone: given.phone ?? old.phone,
  address: given.address === null ? old.address : { ...old.address, ...given.address },
});

/** A profile in which every field is given. Throws Unacceptable. */
export function readProfile(given: GivenProfile): PlainProfile {
  const read = readGiven(given);
  if (!read.whole) throw new Unacceptable("a field is missing");
  return mergeProfile(NOTHING, read);
}

export const NOTHING: PlainProfile = { name: {}, email: null, document: {}, phone: null, address: {} };

/** The units that are touched; the others stay as they were. */
export const sealGiven = (
  box: ConsumerBox,
  plain: PlainProfile,
  given: Given,
): Readonly<Record<Unit, Buffer | null>> => ({
  name: given.name === null ? null : box.seal("name", JSON.stringify(plain.name)),
  email: given.email === null ? null : box.seal("email", plain.email ?? ""),
  document: given.document === null ? null : box.seal("document", JSON.stringify(plain.document)),
  phone: given.phone === null ? null : box.seal("phone", plain.phone ?? ""),
  address: given.address === null ? null : box.seal("address", JSON.stringify(plain.address)),
});

export const sealProfile = (box: ConsumerBox, plain: PlainProfile): Readonly<Record<Unit, Buffer>> => ({
  name: box.seal("name", JSON.stringify(plain.name)),
  email: box.seal("email", plain.email ?? ""),
  document: box.seal("document", JSON.stringify(plain.document)),
  phone: box.seal("phone", plain.phone ?? ""),
  address: box.seal("address", JSON.stringify(plain.address)),
});
