/** Customers, orders and addresses as the Core API shows them. Pure; STORE_CHANGED when a shape is not the one that is known. */
import { AdapterError } from "@shopkey/adapter-sdk";
import { z } from "zod";
import { expectShape } from "./answers.js";

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const text = z.string().nullish();
const one = z.object({ type: z.string(), id }).nullish();
const related = z.object({ data: z.union([one, z.array(z.unknown())]).optional() });
const resource = z.object({
  id,
  type: z.string(),
  attributes: z.record(z.string(), z.unknown()).default({}),
  relationships: z.record(z.string(), related).nullish(),
});
type Resource = z.output<typeof resource>;
const document = z.object({ data: resource, included: z.array(resource).nullish() });
const list = z.object({ data: z.array(resource).max(100), included: z.array(resource).nullish() });

export function readCreatedId(json: unknown, type: string): string {
  return expectType(expectShape(document, json, type).data, type).id;
}

const ANONYMIZATIONS = ["requested", "started", "completed", "failed", "cancelled"] as const;
export type AnonymizationStatus = (typeof ANONYMIZATIONS)[number];

export interface Customer {
  readonly id: string;
  readonly email: string;
  readonly standing: "prospect" | "acquired" | "repeat";
  readonly shopperReference: string | null;
  readonly groups: readonly string[];
  readonly anonymization: AnonymizationStatus | null;
  /** Of a request that ended: when, in Unix milliseconds, so that it is told from an earlier one; 0 when the store does not say. */
  readonly anonymizationEndedAt: number;
}

const customerShape = z.object({
  email: z.string(),
  status: z.enum(["prospect", "acquired", "repeat"]),
  shopper_reference: text,
  // `in_progress` is how the store's own dashboard calls what the schema calls `started`.
  anonymization_status: z.enum([...ANONYMIZATIONS, "in_progress", ""]).nullish(),
  anonymization_info: z.record(z.string(), z.unknown()).nullish().catch(null),
});

export function readCustomer(json: unknown): Customer {
  const { data, included } = expectShape(document, json, "customer");
  return customerOf(data, included ?? []);
}

export function readCustomers(json: unknown): Customer[] {
  const { data, included } = expectShape(list, json, "list of customers");
  return data.map((one) => customerOf(one, included ?? []));
}

function customerOf(from: Resource, included: readonly Resource[]): Customer {
  const told = expectShape(customerShape, expectType(from, "customers").attributes, "customer");
  const status = told.anonymization_status === "in_progress" ? "started" : told.anonymization_status;
  const info = told.anonymization_info ?? {};
  const group = relatedOf(from, "customer_group", included);
  const name = group?.attributes.code ?? group?.attributes.name;
  return {
    id: from.id,
    email: told.email,
    standing: told.status,
    shopperReference: told.shopper_reference ?? null,
    groups: typeof name === "string" && name !== "" ? [name] : [],
    anonymization: status === "" || status === undefined ? null : status,
    anonymizationEndedAt: Math.max(readTime(info.cancelled_at), readTime(info.failed_at)),
  };
}

const ownShape = z.object({ email: z.string() });

/** What a customer's own token is shown of that customer. */
export function readOwnCustomer(json: unknown): { readonly id: string; readonly email: string } {
  const { data } = expectShape(document, json, "customer");
  return { id: data.id, email: expectShape(ownShape, expectType(data, "customers").attributes, "customer").email };
}

/** `2025-03-15 11:39:21 UTC`, not ISO 8601; ISO is understood as well. Unix milliseconds, 0 when it is no time. */
export function readTime(value: unknown): number {
  if (typeof value !== "string") return 0;
  const [, date, time] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?) UTC$/.exec(value) ?? [];
  const ms = Date.parse(date === undefined ? value : `${date}T${time}Z`);
  return Number.isNaN(ms) ? 0 : ms;
}

const addressShape = z.object({
  business: z.boolean().nullish(),
  first_name: text,
  last_name: text,
  company: text,
  line_1: text,
  line_2: text,
  city: text,
  zip_code: text,
  state_code: text,
  country_code: text,
  phone: text,
  notes: text,
  billing_info: text,
  metadata: z.record(z.string(), z.unknown()).nullish().catch(null),
});
export type HeldAddress = z.output<typeof addressShape> & { readonly id: string };

export interface Order {
  readonly id: string;
  readonly status: string;
  /** Not placed yet. The attribute `editable` is not asked: it is about editing an order after it was placed. */
  readonly isOpen: boolean;
  readonly number: string;
  readonly email: string | null;
  readonly customerId: string | null;
  /** Minor units; what it comes to with taxes. */
  readonly total: number;
  readonly currency: string | null;
  /** SKU codes. */
  readonly skus: readonly string[];
  readonly shipping: HeldAddress | null;
  readonly billing: HeldAddress | null;
}

const STATUSES = ["draft", "pending", "editing", "placing", "placed", "approved", "cancelled"] as const;
const orderShape = z.object({
  status: z.enum(STATUSES),
  number: z.union([z.string(), z.number()]).nullish(),
  customer_email: text,
  currency_code: text,
  total_amount_cents: z.int().nullish(),
  total_amount_with_taxes_cents: z.int().nullish(),
});

/** An order read with its customer, addresses and line items. */
export function readOrder(json: unknown): Order {
  const { data, included } = expectShape(document, json, "order");
  const told = expectShape(orderShape, expectType(data, "orders").attributes, "order");
  const lines = (included ?? []).filter(({ type }) => type === "line_items");
  return {
    id: data.id,
    status: told.status,
    isOpen: ["draft", "pending", "editing"].includes(told.status),
    number: String(told.number ?? data.id),
    email: told.customer_email ?? null,
    customerId: linkOf(data, "customer"),
    total: told.total_amount_with_taxes_cents ?? told.total_amount_cents ?? 0,
    currency: told.currency_code ?? null,
    skus: lines.flatMap(({ attributes: { sku_code } }) => (typeof sku_code === "string" ? [sku_code] : [])),
    shipping: addressOf(data, "shipping_address", included ?? []),
    billing: addressOf(data, "billing_address", included ?? []),
  };
}

function addressOf(from: Resource, name: string, included: readonly Resource[]): HeldAddress | null {
  const found = relatedOf(from, name, included);
  return found === undefined ? null : { ...expectShape(addressShape, found.attributes, "address"), id: found.id };
}

export function readIds(json: unknown, type: string): string[] {
  return expectShape(list, json, type).data.map((one) => expectType(one, type).id);
}

function relatedOf(from: Resource, name: string, included: readonly Resource[]): Resource | undefined {
  const link = linkOf(from, name);
  return link === null ? undefined : included.find((one) => one.id === link && one.type === typeOf(from, name));
}

function linkOf({ relationships }: Resource, name: string): string | null {
  const data = relationships?.[name]?.data;
  return data === undefined || data === null || Array.isArray(data) ? null : data.id;
}

function typeOf({ relationships }: Resource, name: string): string | null {
  const data = relationships?.[name]?.data;
  return data === undefined || data === null || Array.isArray(data) ? null : data.type;
}

function expectType(found: Resource, type: string): Resource {
  if (found.type === type) return found;
  throw new AdapterError("STORE_CHANGED", `The store answered with something else than it was asked for: ${type}.`);
}
