/** What a cart, read back, really carries of the identity that it was given. Pure. */
import type { Identity, ProfileField } from "@shopkey/adapter-sdk";
import { type CartAddress, type CartProfile, isMasked, type OrderForm } from "./answers.js";
import { addressOf } from "./api.js";
import { refuse } from "./errors.js";
import type { Settings } from "./settings.js";

const PROFILE: Partial<Record<ProfileField, keyof CartProfile>> = {
  "buyer.email": "email",
  "buyer.firstName": "firstName",
  "buyer.lastName": "lastName",
  "buyer.document": "document",
  "buyer.documentType": "documentType",
  "buyer.phone": "phone",
  "buyer.corporateName": "corporateName",
  "buyer.tradeName": "tradeName",
  "buyer.corporateDocument": "corporateDocument",
  "buyer.corporatePhone": "corporatePhone",
  "buyer.stateInscription": "stateInscription",
};
const ADDRESS: Partial<Record<ProfileField, keyof CartAddress>> = {
  "address.postalCode": "postalCode",
  "address.street": "street",
  "address.number": "number",
  "address.complement": "complement",
  "address.neighborhood": "neighborhood",
  "address.city": "city",
  "address.state": "state",
  "address.country": "country",
  "address.reference": "reference",
  "address.receiver": "receiverName",
};

/** Those of the given fields that the cart has with the value that was given. */
export function fieldsCarried(form: OrderForm, identity: Identity, settings: Settings): ProfileField[] {
  return [...profileCarried(form, identity), ...addressCarried(form, identity, settings)];
}

function profileCarried({ profile }: OrderForm, identity: Identity): ProfileField[] {
  if (profile === null) return [];
  return given(identity, PROFILE).filter((field) => {
    const name = PROFILE[field];
    return name !== undefined && isSame(name, profile[name], identity[field]);
  });
}

function addressCarried({ address }: OrderForm, identity: Identity, settings: Settings): ProfileField[] {
  if (address === null) return [];
  const sent = addressOf(identity, settings);
  return given(identity, ADDRESS).filter((field) => {
    const name = ADDRESS[field];
    return name !== undefined && isSame(name, address[name], sent[name]);
  });
}

export function carriesProfile(form: OrderForm, identity: Identity): boolean {
  return profileCarried(form, identity).length === given(identity, PROFILE).length;
}

export function carriesAddress(form: OrderForm, identity: Identity, settings: Settings): boolean {
  return addressCarried(form, identity, settings).length === given(identity, ADDRESS).length;
}

function given(identity: Identity, map: Partial<Record<ProfileField, string>>): ProfileField[] {
  return (Object.keys(map) as ProfileField[]).filter(
    (field) => identity[field] !== undefined && identity[field] !== "",
  );
}

/** Numbers may come back with other punctuation than was sent, texts with other capitals; e-mail addresses always may. */
function isSame(name: string, held: string | null | undefined, sent: string | undefined): boolean {
  if (held === null || held === undefined || sent === undefined) return false;
  return normalize(name, held) === normalize(name, sent);
}

const NUMBERS = new Set(["document", "corporateDocument", "phone", "corporatePhone", "postalCode"]);

function normalize(name: string, value: string): string {
  const text = value.normalize("NFC").trim().toLowerCase();
  return NUMBERS.has(name) ? text.replace(/[^\p{L}\p{N}*]/gu, "") : text;
}

/**
 * The identity wall: the store knows this shopper (or the cart is someone's) and shows a stranger nothing but `*`.
 * A masked cart is neither changed nor believed.
 */
export function refuseWall(form: OrderForm, identity: Identity): void {
  const ours = new Set(Object.values(identity));
  if (form.canEdit && !isMasked(form.profile, ours) && !isMasked(form.address, ours)) return;
  throw refuse(
    "CHALLENGE_REQUIRED",
    "The store knows this e-mail address and asks the shopper to log in: it hides the cart's data from a guest.",
    ["buyer.email"],
  );
}

/** HTTP 200 is not success: the cart has to carry our e-mail (a known defect puts an operator's in) and who buys. */
export function verifyCart(form: OrderForm, identity: Identity): void {
  refuseWall(form, identity);
  const carried = new Set(profileCarried(form, identity));
  if (!carried.has("buyer.email")) {
    throw refuse("REFUSED_BY_STORE", "The cart carries another e-mail address than the one it was given.", [
      "buyer.email",
    ]);
  }
  const lost = (["buyer.firstName", "buyer.lastName", "buyer.document"] as const).filter(
    (field) => !carried.has(field),
  );
  if (lost.length > 0) throw refuse("REFUSED_BY_STORE", "The store did not keep what it was given.", lost);
  if (!form.address?.postalCode) {
    throw refuse("IDENTITY_INCOMPLETE", "The store did not accept the address.", ["address.postalCode"]);
  }
}
