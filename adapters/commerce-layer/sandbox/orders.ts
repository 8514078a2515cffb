/** `/api/orders` and `/api/line_items`: opened by a sales channel, filled in until they are placed. */
import { empty, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import { copyAddress } from "./addresses.js";
import { findByEmail } from "./customers.js";
import { complain, invalid, notFound, showList, showOne, unauthorized } from "./json-api.js";
import { blankCustomer } from "./people.js";
import { isOpen, resolverOf, resourceOfLineItem, resourceOfOrder, skuOf } from "./resources.js";
import { newId, type Order, type Org } from "./state.js";
import { isReply, isStaff, readSent, type Sent, type Visit } from "./visit.js";

const ATTRIBUTES = [
  ...["guest", "customer_email", "customer_password", "language_code", "shipping_country_code_lock", "coupon_code"],
  ...["cart_url", "return_url", "terms_url", "privacy_url", "reference", "reference_origin", "metadata"],
];
const TRIGGERS = [
  ...["_shipping_address_clone_id", "_billing_address_clone_id", "_shipping_address_same_as_billing"],
  ...["_billing_address_same_as_shipping", "_refresh"],
];
const RELATED = ["market", "customer", "shipping_address", "billing_address"];

/** Switches: `countryLock`, new orders are sold to that country alone. */
export function createOrder(visit: Visit): SandboxReply {
  const { org, request, now, asker, claims } = visit;
  const sent = readSent(visit, "orders", ATTRIBUTES, RELATED);
  if (isReply(sent)) return sent;
  const customer = asker === "customer" ? org.customers.get(claims.owner?.id ?? "") : undefined;
  const lock = request.switches.countryLock;
  const order: Order = {
    ...{ id: newId(), number: 1000 + org.orders.size, status: "draft", guest: customer === undefined },
    ...{ customerEmail: customer?.email ?? null, customerId: customer?.id ?? null, shippingId: null, billingId: null },
    ...{ countryLock: typeof lock === "string" ? lock : null, languageCode: "pt", attributes: {} },
    ...{ createdAt: now, updatedAt: now },
  };
  org.orders.set(order.id, order);
  const refusal = change(visit, order, sent);
  return refusal ?? show(visit, 201, order);
}

export function readOrder(visit: Visit): SandboxReply {
  return withOrder(visit, (order) => show(visit, 200, order));
}

/** A customer sees their own, the integration all; a guest has no list. */
export function listOrders(visit: Visit): SandboxReply {
  const { org, request, asker, claims } = visit;
  if (asker === "guest") return unauthorized();
  const all = [...org.orders.values()].filter(({ customerId }) => isStaff(visit) || customerId === claims.owner?.id);
  return showList(
    org,
    request.url,
    all.map((one) => resourceOfOrder(org, one)),
    resolverOf(org),
  );
}

export function changeOrder(visit: Visit): SandboxReply {
  return withOrder(visit, (order) => {
    const sent = readSent(visit, "orders", [...ATTRIBUTES, ...TRIGGERS], RELATED);
    if (isReply(sent)) return sent;
    if (!isOpen(order)) return invalid("/data/attributes/status", "not_editable", order.status);
    return change(visit, order, sent) ?? show(visit, 200, order);
  });
}

/** Switches: `undeletable`. */
export function deleteOrder(visit: Visit): SandboxReply {
  if (!isStaff(visit)) return unauthorized();
  return withOrder(visit, (order) => {
    const { org, request } = visit;
    if (!isOpen(order) || request.switches.undeletable === true)
      return invalid("/data/attributes/status", "undeletable", order.status);
    org.orders.delete(order.id);
    for (const { id, orderId } of org.lineItems.values()) if (orderId === order.id) org.lineItems.delete(id);
    return empty(204);
  });
}

/** Switches: `emailKept`, an e-mail address once given cannot be taken back. */
function change(visit: Visit, order: Order, { attributes, relationships }: Sent): SandboxReply | null {
  const { org, request } = visit;
  const shipping = relationships.shipping_address;
  for (const [name, link] of Object.entries(relationships)) {
    if (link !== null && link.type === "addresses" && !org.addresses.has(link.id))
      return invalid(`/data/relationships/${name}`, "blank");
  }
  if (attributes.customer_email === null && request.switches.emailKept === true)
    return invalid("/data/attributes/customer_email", "blank");
  const country = org.addresses.get(shipping?.id ?? "")?.attributes.country_code;
  if (shipping && order.countryLock !== null && country !== order.countryLock) {
    return invalid("/data/attributes/shipping_country_code_lock", "country_locked", country);
  }
  const refusal = identify(visit, order, attributes.customer_email);
  if (refusal !== null) return refusal;
  if (shipping !== undefined) order.shippingId = shipping?.id ?? null;
  if (relationships.billing_address !== undefined) order.billingId = relationships.billing_address?.id ?? null;
  if (relationships.customer === null) order.customerId = null;
  const uncopied = copyAddresses(org, order, attributes);
  if (uncopied !== null) return uncopied;
  if (typeof attributes.language_code === "string") order.languageCode = attributes.language_code;
  if (typeof attributes.shipping_country_code_lock === "string")
    order.countryLock = attributes.shipping_country_code_lock;
  order.updatedAt = visit.now;
  return null;
}

/** The triggers that copy: an address by its id, or the order's other one. */
function copyAddresses(org: Org, order: Order, attributes: Sent["attributes"]): SandboxReply | null {
  const copies = [
    ["_shipping_address_clone_id", "shippingId", attributes._shipping_address_clone_id],
    ["_billing_address_clone_id", "billingId", attributes._billing_address_clone_id],
    [
      "_shipping_address_same_as_billing",
      "shippingId",
      attributes._shipping_address_same_as_billing === true && order.billingId,
    ],
    [
      "_billing_address_same_as_shipping",
      "billingId",
      attributes._billing_address_same_as_shipping === true && order.shippingId,
    ],
  ] as const;
  for (const [trigger, side, from] of copies) {
    if (from === undefined || from === false) continue;
    if (!org.addresses.has(String(from))) return invalid(`/data/attributes/${trigger}`, "address_missing");
    order[side] = copyAddress(org, String(from));
  }
  return null;
}

/** "Shortcut to find or create the associated customer": whose address it is, nobody asks. */
function identify({ org, now, announce }: Visit, order: Order, sent: unknown): SandboxReply | null {
  if (sent === undefined) return null;
  if (sent === null) {
    Object.assign(order, { customerEmail: null, customerId: null });
    return null;
  }
  const email = String(sent).trim().toLowerCase();
  if (!/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(email))
    return invalid("/data/attributes/customer_email", "invalid", email);
  let customer = findByEmail(org, email);
  if (customer === undefined) {
    customer = blankCustomer(newId(), email, now);
    org.customers.set(customer.id, customer);
    announce(org, "customers.create", customer);
  }
  Object.assign(order, { customerEmail: email, customerId: customer.id });
  return null;
}

/** Switches: `otherEmail`, the order shows somebody else's address; `editableNever`, it says so, and is edited all the same. */
function show({ org, request }: Visit, status: number, order: Order): SandboxReply {
  const resource = resourceOfOrder(org, order);
  const attributes = {
    ...resource.attributes,
    ...(request.switches.otherEmail === true ? { customer_email: "olga.operadora@example.com" } : {}),
    ...(request.switches.editableNever === true ? { editable: false } : {}),
  };
  return showOne(org, request.url, status, { ...resource, attributes }, resolverOf(org));
}

function withOrder(visit: Visit, use: (order: Order) => SandboxReply): SandboxReply {
  const { org, request, asker, claims } = visit;
  const order = org.orders.get(request.params.id ?? "");
  const isOthers = asker === "customer" && order?.customerId !== claims.owner?.id;
  return order === undefined || isOthers ? notFound() : use(order);
}

export function addLineItem(visit: Visit): SandboxReply {
  const { org, request } = visit;
  const known = ["sku_code", "quantity", "_update_quantity", "name", "reference", "reference_origin", "metadata"];
  const sent = readSent(visit, "line_items", known, ["order", "item"]);
  if (isReply(sent)) return sent;
  const order = org.orders.get(sent.relationships.order?.id ?? "");
  if (order === undefined || !isOpen(order)) return invalid("/data/relationships/order", "blank");
  const { sku_code: skuCode, quantity } = sent.attributes;
  const sku = skuOf(org, String(skuCode));
  if (sku === undefined) return invalid("/data/relationships/item", "blank");
  if (typeof quantity !== "number" || !Number.isInteger(quantity) || quantity < 1)
    return invalid("/data/attributes/quantity", "not_a_number", quantity);
  if (sku.stock < quantity) {
    const detail = `quantity - is not available`;
    return complain(422, {
      title: "is not available",
      detail,
      code: "VALIDATION_ERROR",
      pointer: "/data/attributes/quantity",
    });
  }
  const line = { id: newId(), orderId: order.id, skuCode: sku.code, quantity };
  org.lineItems.set(line.id, line);
  if (order.status === "draft") order.status = "pending";
  return showOne(org, request.url, 201, resourceOfLineItem(org, line), resolverOf(org));
}
