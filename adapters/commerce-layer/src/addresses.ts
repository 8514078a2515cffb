/** The identity as Commerce Layer's addresses. Pure. */
import type { Identity } from "@shopkey/adapter-sdk";
import { alpha2Of } from "./countries.js";
import { refuse } from "./errors.js";
import type { Settings } from "./settings.js";

/** What one address is made with. There are no attributes for a number or a district: see `line_1`, `notes` and `metadata`. */
export interface AddressDraft {
  readonly business?: true;
  readonly company?: string;
  readonly first_name?: string;
  readonly last_name?: string;
  /** Street and number. */
  readonly line_1: string;
  readonly line_2?: string;
  readonly city: string;
  readonly zip_code?: string;
  readonly state_code?: string;
  readonly country_code: string;
  readonly phone: string;
  /** What a courier reads: district and landmark. */
  readonly notes?: string;
  /** CPF or CNPJ. */
  readonly billing_info?: string;
  readonly metadata: Readonly<Record<string, string>>;
}
export interface AddressDrafts {
  readonly shipping: AddressDraft;
  /** Null: who pays receives as well, and one address is enough. */
  readonly billing: AddressDraft | null;
}

export function draftAddresses(identity: Identity, settings: Settings): AddressDrafts {
  const place = placeOf(identity, settings);
  const { "address.receiver": receiver, "buyer.corporateName": company } = identity;
  const payer = payerOf(identity);
  if (!receiver && !company) return { shipping: withoutAbsent({ ...place, ...payer }), billing: null };
  return {
    shipping: withoutAbsent({ ...place, ...recipientOf(identity), metadata: place.metadata }),
    billing: withoutAbsent({ ...place, ...payer }),
  };
}

function placeOf(identity: Identity, settings: Settings) {
  const country = alpha2Of(identity["address.country"] || settings.country);
  if (country === undefined) {
    throw refuse("IDENTITY_INCOMPLETE", "The address's country is not one that the store knows.", ["address.country"]);
  }
  return {
    line_1: lineOf(identity),
    line_2: identity["address.complement"],
    city: identity["address.city"] ?? "",
    zip_code: identity["address.postalCode"],
    state_code: identity["address.state"],
    country_code: country,
    phone: identity["buyer.phone"] ?? "",
    notes: notesOf(identity),
    metadata: metadataOf(identity),
  };
}

const lineOf = (identity: Identity): string =>
  [identity["address.street"], identity["address.number"]].filter(Boolean).join(", ");

const notesOf = (identity: Identity): string | undefined =>
  [identity["address.neighborhood"], identity["address.reference"]].filter(Boolean).join("; ") || undefined;

/** What has no attribute of its own, in words of its own, so that it is found again as it was given. */
function metadataOf(identity: Identity): Record<string, string> {
  const { "address.neighborhood": neighborhood } = identity;
  return neighborhood ? { neighborhood } : {};
}

function payerOf(identity: Identity) {
  const { "buyer.document": document, "buyer.documentType": documentType } = identity;
  const { "buyer.corporateName": company, "buyer.corporateDocument": corporateDocument } = identity;
  return {
    ...(company ? { business: true as const, company } : {}),
    first_name: identity["buyer.firstName"],
    last_name: identity["buyer.lastName"],
    billing_info: corporateDocument || document,
    metadata: {
      ...metadataOf(identity),
      ...(document && corporateDocument ? { document } : {}),
      ...(document && documentType ? { document_type: documentType } : {}),
    },
  };
}

/** The receiver's name in two parts; a name of one word (`Portaria`) is a place of business for Commerce Layer. */
function recipientOf(identity: Identity) {
  const { "address.receiver": receiver = "" } = identity;
  const [first = "", ...rest] = receiver.trim().split(/\s+/);
  if (first === "") return { first_name: identity["buyer.firstName"], last_name: identity["buyer.lastName"] };
  if (rest.length === 0) return { business: true as const, company: first };
  return { first_name: first, last_name: rest.join(" ") };
}

type Loose = { [K in keyof AddressDraft]: AddressDraft[K] | undefined };

function withoutAbsent(draft: Loose): AddressDraft {
  const entries = Object.entries(draft).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(entries) as unknown as AddressDraft;
}
