/** The parts of an orderForm that a shopper fills in. */
import type { SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import type { ClientProfile, Logistics } from "./cart.js";
import { isWalled } from "./order-form.js";
import { findPostalCode } from "./postal-codes.js";
import { refuse, textOf } from "./refusals.js";
import { answerCart, type Body, type CartVisit, isBody, rotateOwnership } from "./visit.js";

/** `PATCH …/profile`: only while nobody has said who buys. */
export function setIgnoreProfile(visit: CartVisit, body: Body): SandboxReply {
  const { cart } = visit;
  if (cart.clientProfileData !== null) return refuse(403, "CHK003");
  cart.ignoreProfileData = body.ignoreProfileData === true;
  return answerCart(visit);
}

const REQUIRED = ["email", "firstName", "lastName", "documentType", "document"] as const;
const OPTIONAL = [
  "phone",
  "corporateName",
  "tradeName",
  "corporateDocument",
  "corporatePhone",
  "stateInscription",
] as const;

export function attachProfile(visit: CartVisit, body: Body): SandboxReply {
  const { cart } = visit;
  // VTEX's own telesales code sends nothing but what the cart has and the customer's e-mail.
  const required = visit.viewer.operator === null ? REQUIRED : REQUIRED.slice(0, 1);
  const missing = required.find((name) => typeof body[name] !== "string" || body[name] === "");
  if (missing !== undefined) return refuse(400, "ORD007", missing);
  const email = String(body.email);
  if (!/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(email)) return refuse(400, "CHK0131");
  if (body.documentType === "cpf" && !/^\d{11}$/.test(String(body.document))) return refuse(400, "ORD007", "document");
  const texts = [...REQUIRED, ...OPTIONAL].map((name) => [name, typeof body[name] === "string" ? body[name] : null]);
  const profile = { ...Object.fromEntries(texts), isCorporate: body.isCorporate === true } as ClientProfile;
  cart.clientProfileData = profile;
  cart.profilesAttached += 1;
  // Known defect: the second one leaves nothing but the e-mail of a shopper whom the store knows.
  if (cart.profilesAttached > 1 && isWalled(cart, visit.account, visit.viewer)) cart.clientProfileData = { email };
  rotateOwnership(visit);
  return answerCart(visit);
}

const COUNTRIES = new Set(["BRA", "ARG", "CHL", "COL", "MEX", "PER", "URY", "PRT", "USA"]);
const ADDRESS = [
  "addressType",
  "addressId",
  "receiverName",
  "postalCode",
  "city",
  "state",
  "country",
  "street",
  "number",
  "neighborhood",
  "complement",
  "reference",
] as const;

export function attachShipping(visit: CartVisit, body: Body): SandboxReply {
  const { cart } = visit;
  if (isWalled(cart, visit.account, visit.viewer)) return refuse(403, "CHK0087");
  const address = readAddress(body);
  if (typeof address === "string") return refuse(400, address, "postalCode");
  if (address !== null) {
    const found = address.country === "BRA" ? findPostalCode(String(address.postalCode)) : undefined;
    const isUnusable = /^0{5}/.test(String(address.postalCode));
    cart.address =
      isUnusable || (found === undefined && body.clearAddressIfPostalCodeNotFound !== false) ? null : address;
    if (isUnusable) cart.messages.push({ code: "CHK0119", status: "error", text: textOf("CHK0119") });
    else if (found === undefined) {
      cart.messages.push({ code: null, status: "warning", text: "CEP não encontrado na base" });
    }
  }
  cart.logisticsInfo = readLogistics(body, cart.items.length);
  rotateOwnership(visit);
  return answerCart(visit);
}

/** The address, null when none was sent, or the code of what is wrong with it. */
function readAddress({ selectedAddresses }: Body): Body | null | string {
  const [sent] = Array.isArray(selectedAddresses) ? selectedAddresses : [];
  if (!isBody(sent)) return null;
  const postalCode = typeof sent.postalCode === "string" ? sent.postalCode : "";
  if (/[<>?+";%*]/.test(postalCode)) return "CHK0040";
  const hasPlace = Array.isArray(sent.geoCoordinates) && sent.geoCoordinates.length === 2;
  if (postalCode === "" && !hasPlace) return "CHK0119";
  // Without a country it is taken; `addItems` shows what that leads to.
  if (sent.country !== undefined && !COUNTRIES.has(String(sent.country))) return "CHK0127";
  if (sent.country === "BRA" && !/^\d{5}-?\d{3}$/.test(postalCode)) return "ORD006";
  if (sent.number !== undefined && sent.number !== null && typeof sent.number !== "string") return "ORD006";
  const texts = ADDRESS.map((name) => [name, typeof sent[name] === "string" ? sent[name] : null]);
  return {
    ...Object.fromEntries(texts),
    isDisposable: sent.isDisposable !== false,
    geoCoordinates: hasPlace ? sent.geoCoordinates : [],
  };
}

function readLogistics({ logisticsInfo }: Body, itemCount: number): Logistics[] {
  const sent = Array.isArray(logisticsInfo) ? logisticsInfo.filter(isBody) : [];
  return sent.flatMap(({ itemIndex, selectedSla, selectedDeliveryChannel }) => {
    if (typeof itemIndex !== "number" || itemIndex < 0 || itemIndex >= itemCount) return [];
    const text = (value: unknown) => (typeof value === "string" ? value : null);
    return [{ itemIndex, selectedSla: text(selectedSla), selectedDeliveryChannel: text(selectedDeliveryChannel) }];
  });
}

export function attachPreferences(visit: CartVisit, body: Body): SandboxReply {
  const { locale, optinNewsLetter } = body;
  visit.cart.clientPreferencesData = {
    locale: typeof locale === "string" ? locale : null,
    optinNewsLetter: typeof optinNewsLetter === "boolean" ? optinNewsLetter : null,
  };
  return answerCart(visit);
}

/** Replaces the attachment as a whole. */
export function attachMarketing(visit: CartVisit, body: Body): SandboxReply {
  visit.cart.marketingData = body;
  return answerCart(visit);
}
