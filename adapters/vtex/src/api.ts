/**
 * The requests that this adapter makes, as plain values; what comes back is read in `answers.ts`, and `line.ts` carries
 * both. Paths and bodies follow VTEX's Checkout API and User Rights API. A field without a value is left out: VTEX
 * reads `null` as "clear this".
 */
import type { Identity } from "@shopkey/adapter-sdk";
import type { Settings } from "./settings.js";

export interface StoreRequest {
  /** For the log: a name, never the path, which may hold an e-mail. */
  readonly name: string;
  readonly method: "GET" | "POST" | "PATCH";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  /** Sent with the org's key. Checkout never is: a key may see what the shopper at the till may not. */
  readonly keyed?: true;
}

export interface OrderItem {
  readonly id: string;
  readonly quantity: number;
  readonly seller: string;
}

const CHECKOUT = "/api/checkout/pub";
const orderForm = (id: string) => `${CHECKOUT}/orderForm/${encodeURIComponent(id)}`;

export function newCart(settings: Settings): StoreRequest {
  const channel = settings.salesChannel === undefined ? "" : `&sc=${settings.salesChannel}`;
  return { name: "newCart", method: "GET", path: `${CHECKOUT}/orderForm?forceNewCart=true${channel}` };
}

export function getCart(id: string): StoreRequest {
  return { name: "getCart", method: "GET", path: orderForm(id) };
}

/** Recalculates prices and availability, then answers the whole cart. */
export function refreshCart(id: string): StoreRequest {
  return { name: "refreshCart", method: "GET", path: `${orderForm(id)}?refreshOutdatedData=true` };
}

/** `firstIndex` is the number of items that the cart has already: VTEX requires an index for each new one. */
export function addItems(id: string, items: readonly OrderItem[], firstIndex: number): StoreRequest {
  const orderItems = items.map((item, at) => ({ ...item, index: firstIndex + at }));
  return { name: "addItems", method: "POST", path: `${orderForm(id)}/items`, body: { orderItems } };
}

/** Only before the cart has a clientProfileData; afterwards VTEX answers 403 CHK003. */
export function ignoreProfile(id: string): StoreRequest {
  return {
    name: "ignoreProfile",
    method: "PATCH",
    path: `${orderForm(id)}/profile`,
    body: { ignoreProfileData: true },
  };
}

/** Once per cart: a second one empties the profile of a shopper whom the store knows. */
export function attachProfile(id: string, identity: Identity): StoreRequest {
  return attach(id, "clientProfileData", {
    email: identity["buyer.email"],
    firstName: identity["buyer.firstName"],
    lastName: identity["buyer.lastName"],
    documentType: identity["buyer.documentType"] ?? "cpf",
    document: identity["buyer.document"],
    phone: identity["buyer.phone"],
    ...companyOf(identity),
  });
}

/** The profile that a cart has already, under another e-mail address: what VTEX's own telesales code sends. */
export function mendProfile(id: string, profile: Readonly<Record<string, unknown>>): StoreRequest {
  const known = Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== null));
  return { ...attach(id, "clientProfileData", known), name: "mendProfile" };
}

function companyOf(identity: Identity) {
  return {
    corporateName: identity["buyer.corporateName"],
    tradeName: identity["buyer.tradeName"],
    corporateDocument: identity["buyer.corporateDocument"],
    corporatePhone: identity["buyer.corporatePhone"],
    stateInscription: identity["buyer.stateInscription"],
    isCorporate: identity["buyer.corporateDocument"] !== undefined,
  };
}

/** One address for all items; without `selectedSla` VTEX takes the best delivery, never a pickup. */
export function attachShipping(id: string, identity: Identity, settings: Settings, itemCount: number): StoreRequest {
  return attach(id, "shippingData", {
    clearAddressIfPostalCodeNotFound: false,
    selectedAddresses: [withoutAbsent(addressOf(identity, settings))],
    logisticsInfo: Array.from({ length: itemCount }, (_, itemIndex) => ({
      itemIndex,
      selectedDeliveryChannel: "delivery",
    })),
  });
}

/** The address as VTEX writes it: country in ISO 3166-1 alpha-3, number as a string, coordinates [longitude, latitude]. */
export function addressOf(identity: Identity, settings: Settings) {
  const country = identity["address.country"] ?? settings.country;
  const postalCode = identity["address.postalCode"];
  return {
    addressType: "residential",
    isDisposable: true,
    receiverName: receiverOf(identity),
    postalCode: country === "BRA" ? postalCode?.replace(/\D/g, "") : postalCode,
    street: identity["address.street"],
    number: identity["address.number"],
    complement: identity["address.complement"],
    neighborhood: identity["address.neighborhood"],
    city: identity["address.city"],
    state: identity["address.state"],
    // Never without a country: VTEX accepts that, and then fails on every later change of the items.
    country,
    reference: identity["address.reference"],
    geoCoordinates: [],
  };
}

function receiverOf(identity: Identity): string | undefined {
  if (identity["address.receiver"] !== undefined) return identity["address.receiver"];
  return [identity["buyer.firstName"], identity["buyer.lastName"]].filter(Boolean).join(" ") || undefined;
}

/** The shopper did not ask for newsletters here, so the store is told so. */
export function attachPreferences(id: string, locale: string): StoreRequest {
  return attach(id, "clientPreferencesData", { locale, optinNewsLetter: false });
}

function attach(id: string, section: string, body: Readonly<Record<string, unknown>>): StoreRequest {
  return { name: section, method: "POST", path: `${orderForm(id)}/attachments/${section}`, body: withoutAbsent(body) };
}

/** Takes every personal field out of a cart: it becomes a new, anonymous one with the same items. Answers 302. */
export function scrubCart(id: string): StoreRequest {
  return { name: "scrubCart", method: "GET", path: `/checkout/changeToAnonymousUser/${encodeURIComponent(id)}` };
}

export function findProfile(email: string): StoreRequest {
  return { name: "findProfile", method: "GET", path: `${CHECKOUT}/profiles?email=${encodeURIComponent(email)}` };
}

/** Any answer to it shows that the checkout is up; it needs no permission and holds nothing personal. */
export function probe(country: string): StoreRequest {
  return { name: "probe", method: "GET", path: `${CHECKOUT}/postal-code/${encodeURIComponent(country)}/01310100` };
}

export function createForgetJob(email: string): StoreRequest {
  return {
    name: "createForgetJob",
    method: "POST",
    path: "/api/user-rights/forget/jobs",
    body: { email },
    keyed: true,
  };
}

export function getForgetJob(jobId: string): StoreRequest {
  return {
    name: "getForgetJob",
    method: "GET",
    path: `/api/user-rights/forget/jobs/${encodeURIComponent(jobId)}`,
    keyed: true,
  };
}

function withoutAbsent(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined && value !== ""));
}
