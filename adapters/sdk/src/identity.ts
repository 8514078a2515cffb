/**
 * The shopper's checkout identity, in the words of Brazilian commerce. Every value is a string as the shopper would
 * write it, already normalised by the gateway (see each field); adapters translate it into what their store expects.
 */
export interface Buyer {
  firstName: string;
  lastName: string;
  /** Trimmed; the domain lower-cased and in ASCII. */
  email: string;
  /** Digits only for `cpf` and numeric `cnpj`; otherwise as given. Its check digits may be wrong: the gateway warns only. */
  document: string;
  /** `cpf` unless told otherwise; lower-case (`cpf`, `cnpj`, `passport`, …). */
  documentType: string;
  /** E.164, for example `+5511999999999`. */
  phone: string;
  corporateName: string;
  tradeName: string;
  /** The company's CNPJ; alphanumeric since July 2026. */
  corporateDocument: string;
  /** E.164. */
  corporatePhone: string;
  /** State tax registration (inscrição estadual). */
  stateInscription: string;
}

export interface Address {
  /** CEP: eight digits, no hyphen, for Brazil; otherwise as given. */
  postalCode: string;
  street: string;
  number: string;
  complement: string;
  neighborhood: string;
  city: string;
  /** Two capital letters for Brazil (`SP`). */
  state: string;
  /** ISO 3166-1 alpha-3, `BRA` unless told otherwise. Adapters convert when their store wants alpha-2. */
  country: string;
  /** A landmark that helps the courier. */
  reference: string;
  /** Who receives the parcel; the buyer's full name when it is absent. */
  receiver: string;
}

export const BUYER_FIELDS = [
  "firstName",
  "lastName",
  "email",
  "document",
  "documentType",
  "phone",
  "corporateName",
  "tradeName",
  "corporateDocument",
  "corporatePhone",
  "stateInscription",
] as const satisfies readonly (keyof Buyer)[];

export const ADDRESS_FIELDS = [
  "postalCode",
  "street",
  "number",
  "complement",
  "neighborhood",
  "city",
  "state",
  "country",
  "reference",
  "receiver",
] as const satisfies readonly (keyof Address)[];

/** A field's path, for example `buyer.email` or `address.postalCode`. */
export type ProfileField = `buyer.${keyof Buyer}` | `address.${keyof Address}`;

export const PROFILE_FIELDS: readonly ProfileField[] = [
  ...BUYER_FIELDS.map((field) => `buyer.${field}` as const),
  ...ADDRESS_FIELDS.map((field) => `address.${field}` as const),
];

/** Plain values, keyed by path. Only the fields an adapter declared in `needs` are ever present. */
export type Identity = { readonly [F in ProfileField]?: string };
