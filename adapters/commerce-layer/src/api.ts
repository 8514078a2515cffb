/**
 * The requests to the Core API, as plain values; what comes back is read in `answers.ts`, and `line.ts` carries both. Paths and
 * bodies follow Commerce Layer's Core API (JSON:API). `attributes` is in every change, even when it is empty.
 */
import type { AddressDraft } from "./addresses.js";

/** Whose token a request goes with: the org's two API credentials, or the user who may request anonymizations. */
export type Principal = "integration" | "salesChannel" | "requester";

export interface StoreRequest {
  /** For the log: a name, never the path, whose query may hold an e-mail. */
  readonly name: string;
  readonly as: Principal;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
}

// --- customers ------------------------------------------------------------------------------------------------------

/** Nothing is asked for that is not read: names and addresses of the customer stay at the store. */
const CUSTOMER = {
  "fields[customers]": "email,status,shopper_reference,anonymization_status,anonymization_info,customer_group",
  "fields[customer_groups]": "name,code",
  include: "customer_group",
};

export function findCustomers(email: string): StoreRequest {
  const path = withQuery("/api/customers", { "filter[q][email_eq]": email, "page[size]": "25", ...CUSTOMER });
  return { name: "findCustomers", as: "integration", method: "GET", path };
}

export function getCustomer(id: string): StoreRequest {
  return { name: "getCustomer", as: "integration", method: "GET", path: withQuery(customer(id), CUSTOMER) };
}

/** The smallest question that a customer's own token is good for. */
export function getOwnCustomer(id: string): StoreRequest {
  const path = withQuery(customer(id), { "fields[customers]": "email,status" });
  return { name: "getOwnCustomer", as: "salesChannel", method: "GET", path };
}

export function createCustomer(email: string, shopperReference: string | undefined): StoreRequest {
  const attributes = { email, ...(shopperReference === undefined ? {} : { shopper_reference: shopperReference }) };
  return {
    name: "createCustomer",
    as: "integration",
    method: "POST",
    path: withQuery("/api/customers", CUSTOMER),
    body: { data: { type: "customers", attributes } },
  };
}

export function setShopperReference(id: string, shopperReference: string): StoreRequest {
  return changeCustomer("setShopperReference", "integration", id, { shopper_reference: shopperReference });
}

/** Needs a token that a user of the organization owns, on the integration credential. */
export const requestAnonymization = (id: string): StoreRequest =>
  changeCustomer("requestAnonymization", "requester", id, { _request_anonymization: true });
export const cancelAnonymization = (id: string): StoreRequest =>
  changeCustomer("cancelAnonymization", "requester", id, { _cancel_anonymization: true });

function changeCustomer(name: string, as: Principal, id: string, attributes: object): StoreRequest {
  const body = { data: { type: "customers", id, attributes } };
  return { name, as, method: "PATCH", path: withQuery(customer(id), CUSTOMER), body };
}

// --- orders ---------------------------------------------------------------------------------------------------------

const ORDER = { include: "customer,shipping_address,billing_address,line_items", "fields[customers]": "status" };

export function createOrder(language: string, marketId: string | undefined): StoreRequest {
  const market = marketId === undefined ? {} : { relationships: { market: link("markets", marketId) } };
  const data = { type: "orders", attributes: { language_code: language }, ...market };
  return { name: "createOrder", as: "salesChannel", method: "POST", path: "/api/orders", body: { data } };
}

export function getOrder(id: string, as: Principal = "salesChannel"): StoreRequest {
  return { name: "getOrder", as, method: "GET", path: withQuery(order(id), ORDER) };
}

export function addLineItem(orderId: string, skuCode: string, quantity: number): StoreRequest {
  const data = {
    type: "line_items",
    attributes: { sku_code: skuCode, quantity },
    relationships: { order: link("orders", orderId) },
  };
  return { name: "addLineItem", as: "salesChannel", method: "POST", path: "/api/line_items", body: { data } };
}

/** Who buys and where it goes, in one change. Without a billing address of its own, the store copies the shipping address. */
export function identifyOrder(id: string, email: string, addresses: readonly string[]): StoreRequest {
  const [shipping = "", billing] = addresses;
  const data = {
    type: "orders",
    id,
    attributes: {
      customer_email: email,
      ...(billing === undefined ? { _billing_address_same_as_shipping: true } : {}),
    },
    relationships: {
      shipping_address: link("addresses", shipping),
      ...(billing === undefined ? {} : { billing_address: link("addresses", billing) }),
    },
  };
  return { name: "identifyOrder", as: "salesChannel", method: "PATCH", path: order(id), body: { data } };
}

/** Takes the shopper out of an order; its line items stay. */
export function anonymizeOrder(id: string): StoreRequest {
  const none = { data: null };
  const data = {
    type: "orders",
    id,
    attributes: { customer_email: null },
    relationships: { customer: none, shipping_address: none, billing_address: none },
  };
  return { name: "anonymizeOrder", as: "integration", method: "PATCH", path: order(id), body: { data } };
}

export function deleteOrder(id: string): StoreRequest {
  return { name: "deleteOrder", as: "integration", method: "DELETE", path: order(id) };
}

// --- addresses ------------------------------------------------------------------------------------------------------

/** `mark` is ours: by it an address is found again whose creation was never answered. */
export function createAddress({ metadata, ...attributes }: AddressDraft, mark: string): StoreRequest {
  const data = {
    type: "addresses",
    attributes: { ...attributes, metadata, reference: mark, reference_origin: "shopkey" },
  };
  return { name: "createAddress", as: "salesChannel", method: "POST", path: "/api/addresses", body: { data } };
}

export function findAddresses(mark: string): StoreRequest {
  const path = withQuery("/api/addresses", {
    "filter[q][reference_eq]": mark,
    "fields[addresses]": "reference",
    "page[size]": "25",
  });
  return { name: "findAddresses", as: "integration", method: "GET", path };
}

export function deleteAddress(id: string): StoreRequest {
  const path = `/api/addresses/${encodeURIComponent(id)}`;
  return { name: "deleteAddress", as: "integration", method: "DELETE", path };
}

const customer = (id: string): string => `/api/customers/${encodeURIComponent(id)}`;
const order = (id: string): string => `/api/orders/${encodeURIComponent(id)}`;
const link = (type: string, id: string) => ({ data: { type, id } });

function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query)}`;
}
