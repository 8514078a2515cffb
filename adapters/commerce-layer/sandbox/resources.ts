/** Records as the Core API shows them. */
import { infoTime, isoTime, type Link, type Resolve, type Resource } from "./json-api.js";
import type { Address, Customer, LineItem, Order, Org, Webhook } from "./state.js";

const link = (type: string, id: string | null): Link | null => (id === null ? null : { type, id });

export function resourceOfCustomer(customer: Customer): Resource {
  return {
    type: "customers",
    id: customer.id,
    attributes: {
      ...{ email: customer.email, status: customer.status, has_password: false },
      ...{ total_orders_count: customer.ordersCount, shopper_reference: customer.shopperReference },
      ...{ profile_id: null, tax_exemption_code: null, jwt_custom_claim: null },
      ...{ anonymization_info: infoOf(customer), anonymization_status: customer.anonymization },
      ...{ created_at: isoTime(customer.createdAt), updated_at: isoTime(customer.updatedAt) },
      ...{ reference: customer.reference, reference_origin: customer.referenceOrigin, metadata: customer.metadata },
    },
    relationships: { customer_group: link("customer_groups", customer.groupId), orders: [] },
  };
}

/** An empty object before any request; its `status` is in the dashboard's words, which are not the schema's. */
export function infoOf({ anonymization, anonymizationInfo }: Customer): Record<string, unknown> {
  if (anonymization === null) return {};
  return { status: anonymization === "started" ? "in_progress" : anonymization, ...anonymizationInfo };
}

export function resourceOfOrder(org: Org, order: Order): Resource {
  const lines = [...org.lineItems.values()].filter(({ orderId }) => orderId === order.id);
  const cents = lines.reduce((sum, { skuCode, quantity }) => sum + quantity * (skuOf(org, skuCode)?.cents ?? 0), 0);
  return {
    type: "orders",
    id: order.id,
    attributes: {
      ...{ number: String(order.number), status: order.status, guest: order.guest, editable: isOpen(order) },
      ...{ payment_status: "unpaid", fulfillment_status: "unfulfilled" },
      ...{ customer_email: order.customerEmail, language_code: order.languageCode, currency_code: "BRL" },
      ...{ country_code: null, shipping_country_code_lock: order.countryLock },
      ...{ subtotal_amount_cents: cents, total_amount_cents: cents, total_amount_with_taxes_cents: cents },
      ...{ skus_count: lines.length, cart_url: null, return_url: null },
      ...{ created_at: isoTime(order.createdAt), updated_at: isoTime(order.updatedAt), metadata: {} },
      ...order.attributes,
    },
    relationships: {
      customer: link("customers", order.customerId),
      shipping_address: link("addresses", order.shippingId),
      billing_address: link("addresses", order.billingId),
      line_items: lines.map(({ id }) => ({ type: "line_items", id })),
      market: { type: "markets", id: "mrkBrazil1" },
    },
  };
}

/** Identity may only be written until the order is placed. */
export const isOpen = ({ status }: Order): boolean => ["draft", "pending", "editing"].includes(status);
export const skuOf = (org: Org, code: string) => org.catalogue.find((one) => one.code === code);

export function resourceOfAddress({ id, attributes }: Address): Resource {
  return { type: "addresses", id, attributes, relationships: {} };
}

export function resourceOfLineItem(org: Org, { id, orderId, skuCode, quantity }: LineItem): Resource {
  const sku = skuOf(org, skuCode);
  const cents = sku?.cents ?? 0;
  return {
    type: "line_items",
    id,
    attributes: {
      ...{ sku_code: skuCode, quantity, item_type: "skus", name: sku?.name ?? "", currency_code: "BRL" },
      ...{ unit_amount_cents: cents, total_amount_cents: cents * quantity },
    },
    relationships: { order: { type: "orders", id: orderId } },
  };
}

export function resourceOfWebhook(webhook: Webhook): Resource {
  return {
    type: "webhooks",
    id: webhook.id,
    attributes: {
      ...{ name: webhook.name, topic: webhook.topic, callback_url: webhook.callbackUrl, include_resources: [] },
      ...{ circuit_state: webhook.circuit, circuit_failure_count: webhook.failures },
      ...{ shared_secret: webhook.sharedSecret, disabled_at: webhook.disabled ? infoTime(0) : null },
    },
    relationships: {},
  };
}

export const resolverOf =
  (org: Org): Resolve =>
  ({ type, id }) => {
    switch (type) {
      case "customers":
        return mapped(org.customers.get(id), resourceOfCustomer);
      case "addresses":
        return mapped(org.addresses.get(id), resourceOfAddress);
      case "line_items":
        return mapped(org.lineItems.get(id), (line) => resourceOfLineItem(org, line));
      case "orders":
        return mapped(org.orders.get(id), (order) => resourceOfOrder(org, order));
      case "customer_groups":
        return mapped(org.groups.get(id), ({ name, code }) => ({
          type,
          id,
          attributes: { name, code },
          relationships: {},
        }));
      default:
        return null;
    }
  };

function mapped<T>(found: T | undefined, show: (found: T) => Resource): Resource | null {
  return found === undefined ? null : show(found);
}
