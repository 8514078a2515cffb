/** What an order, read back, really carries of the identity that it was given. Pure. */
import type { Identity, ProfileField } from "@shopkey/adapter-sdk";
import { type AddressDraft, type AddressDrafts, draftAddresses } from "./addresses.js";
import { isSameEmail } from "./customers.js";
import { refuse } from "./errors.js";
import type { HeldAddress, Order } from "./records.js";
import type { Settings } from "./settings.js";

type Attribute = Exclude<keyof AddressDraft, "metadata">;
type Where = readonly ["shipping" | "payer", ...(Attribute | `metadata.${string}`)[]];

/** Where each field went: all of the attributes have to come back for it to count. */
const PLACES: Partial<Record<ProfileField, Where>> = {
  "buyer.firstName": ["payer", "first_name"],
  "buyer.lastName": ["payer", "last_name"],
  "buyer.phone": ["shipping", "phone"],
  "buyer.corporateName": ["payer", "company"],
  "buyer.corporateDocument": ["payer", "billing_info"],
  "buyer.documentType": ["payer", "metadata.document_type"],
  "address.postalCode": ["shipping", "zip_code"],
  "address.street": ["shipping", "line_1"],
  "address.number": ["shipping", "line_1"],
  "address.complement": ["shipping", "line_2"],
  "address.neighborhood": ["shipping", "metadata.neighborhood"],
  "address.reference": ["shipping", "notes"],
  "address.city": ["shipping", "city"],
  "address.state": ["shipping", "state_code"],
  "address.country": ["shipping", "country_code"],
  "address.receiver": ["shipping", "first_name", "last_name", "company"],
};

/** Those of the given fields that the order has with the value that was given. */
export function fieldsCarried(order: Order, identity: Identity, settings: Settings): ProfileField[] {
  const drafts = draftAddresses(identity, settings);
  return fieldsGiven(identity).filter((field) => {
    if (field === "buyer.email") return isSameEmail(order.email ?? "", identity[field] ?? "");
    const [part, ...names] = placeOf(field, identity);
    const [held, sent] = part === "shipping" ? [order.shipping, drafts.shipping] : payerOf(order, drafts);
    return held !== null && names.every((name) => isSame(name, attributeOf(held, name), attributeOf(sent, name)));
  });
}

export function carriesAll(order: Order, identity: Identity, settings: Settings): boolean {
  return fieldsCarried(order, identity, settings).length === fieldsGiven(identity).length;
}

/** HTTP 200 is not success: the order has to be this shopper's, and has to know who buys and where it goes. */
export function verifyOrder(order: Order, identity: Identity, settings: Settings): void {
  const carried = new Set(fieldsCarried(order, identity, settings));
  if (!carried.has("buyer.email")) {
    throw refuse("REFUSED_BY_STORE", "The order carries another e-mail address than the one it was given.", [
      "buyer.email",
    ]);
  }
  const needed = ["buyer.firstName", "buyer.lastName", "address.street", "address.city", "address.country"] as const;
  const lost = needed.filter((field) => identity[field] !== undefined && !carried.has(field));
  if (lost.length > 0) throw refuse("REFUSED_BY_STORE", "The store did not keep what it was given.", lost);
}

function fieldsGiven(identity: Identity): ProfileField[] {
  const known = ["buyer.email", "buyer.document", ...Object.keys(PLACES)] as ProfileField[];
  return known.filter((field) => identity[field] !== undefined && identity[field] !== "");
}

/** A CPF stands where the CNPJ would, unless both are there. */
function placeOf(field: ProfileField, identity: Identity): Where {
  if (field !== "buyer.document") return PLACES[field] ?? ["payer"];
  return ["payer", identity["buyer.corporateDocument"] ? "metadata.document" : "billing_info"];
}

function payerOf(order: Order, drafts: AddressDrafts): [HeldAddress | null, AddressDraft] {
  return drafts.billing === null ? [order.billing ?? order.shipping, drafts.shipping] : [order.billing, drafts.billing];
}

function attributeOf(address: HeldAddress | AddressDraft, name: string): unknown {
  if (name.startsWith("metadata.")) return address.metadata?.[name.slice("metadata.".length)];
  return (address as unknown as Readonly<Record<string, unknown>>)[name];
}

const NUMBERS = new Set(["zip_code", "phone", "billing_info", "metadata.document"]);

/** Numbers may come back with other punctuation than was sent, texts with other capitals. */
function isSame(name: string, held: unknown, sent: unknown): boolean {
  const [one, other] = [held ?? "", sent ?? ""].map((value) => {
    const text = String(value).normalize("NFC").trim().toLowerCase();
    return NUMBERS.has(name) ? text.replace(/[^\p{L}\p{N}]/gu, "") : text;
  });
  return one === other;
}
