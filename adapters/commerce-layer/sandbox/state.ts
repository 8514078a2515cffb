/** Every organization that was asked for, each with its own customers, orders, addresses and webhooks. */
import { randomBytes } from "node:crypto";
import type { Sku } from "./catalogue.js";
import { catalogueOf } from "./catalogue.js";
import { seedCustomers } from "./people.js";

export type AnonymizationStatus = "requested" | "started" | "completed" | "failed" | "cancelled";

export interface Customer {
  readonly id: string;
  email: string;
  status: "prospect" | "acquired" | "repeat";
  ordersCount: number;
  shopperReference: string;
  groupId: string | null;
  reference: string | null;
  referenceOrigin: string | null;
  metadata: Readonly<Record<string, unknown>>;
  anonymization: AnonymizationStatus | null;
  /** As shown, in the store's own way of writing times; empty before any request. */
  anonymizationInfo: Record<string, unknown>;
  requestedAt: number;
  readonly createdAt: number;
  updatedAt: number;
}
export interface Address {
  readonly id: string;
  attributes: Record<string, unknown>;
}
export interface LineItem {
  readonly id: string;
  readonly orderId: string;
  readonly skuCode: string;
  quantity: number;
}
export interface Order {
  readonly id: string;
  readonly number: number;
  status: "draft" | "pending" | "editing" | "placing" | "placed" | "approved" | "cancelled";
  guest: boolean;
  customerEmail: string | null;
  customerId: string | null;
  shippingId: string | null;
  billingId: string | null;
  countryLock: string | null;
  languageCode: string;
  attributes: Record<string, unknown>;
  readonly createdAt: number;
  updatedAt: number;
}
export interface Webhook {
  readonly id: string;
  name: string | null;
  topic: string;
  callbackUrl: string;
  readonly sharedSecret: string;
  disabled: boolean;
  circuit: "closed" | "open";
  failures: number;
}
export interface Delivery {
  readonly webhookId: string;
  readonly topic: string;
  /** The bytes that are signed and sent. */
  readonly body: string;
  attempts: number;
  nextAt: number;
  state: "waiting" | "delivered" | "given up";
}
export interface Org {
  readonly slug: string;
  readonly id: string;
  readonly catalogue: readonly Sku[];
  readonly groups: ReadonlyMap<string, { readonly name: string; readonly code: string }>;
  readonly customers: Map<string, Customer>;
  readonly addresses: Map<string, Address>;
  readonly orders: Map<string, Order>;
  readonly lineItems: Map<string, LineItem>;
  readonly webhooks: Map<string, Webhook>;
  deliveries: Delivery[];
}

/** Ten letters and digits, as Commerce Layer's are. */
export function newId(): string {
  const signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return [...randomBytes(10)].map((byte) => signs[byte % signs.length]).join("");
}

/** The one who may request anonymizations. */
export const userIdOf = (slug: string): string => `user_${slug}`;

export interface Orgs {
  readonly of: (slug: string) => Org;
  readonly all: () => readonly Org[];
  readonly reset: (slug: string | null) => void;
  readonly lens: (slug: string | null) => unknown;
}

export function openOrgs(now: () => Date): Orgs {
  const orgs = new Map<string, Org>();
  const of = (slug: string): Org => {
    const known = orgs.get(slug) ?? openOrg(slug, now().getTime());
    orgs.set(slug, known);
    return known;
  };
  return {
    of,
    all: () => [...orgs.values()],
    reset: (slug) => void (slug === null ? orgs.clear() : orgs.delete(slug)),
    lens: (slug) =>
      slug === null ? Object.fromEntries([...orgs].map(([key, org]) => [key, show(org)])) : show(of(slug)),
  };
}

function openOrg(slug: string, now: number): Org {
  return {
    slug,
    id: newId(),
    catalogue: catalogueOf(),
    groups: new Map([["grpVIPgrp1", { name: "Clientes VIP", code: "vip" }]]),
    customers: seedCustomers(now),
    addresses: new Map(),
    orders: new Map(),
    lineItems: new Map(),
    webhooks: new Map(),
    deliveries: [],
  };
}

/** What the store holds, plainly. */
function show(org: Org) {
  const { customers, addresses, orders, lineItems, webhooks, deliveries } = org;
  const maps = { customers, addresses, orders, lineItems, webhooks };
  return {
    ...Object.fromEntries(Object.entries(maps).map(([name, map]) => [name, Object.fromEntries(map)])),
    deliveries,
  };
}
