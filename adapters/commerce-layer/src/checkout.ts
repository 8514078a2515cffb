/**
 * Fills in an order. Its id is remembered before anything personal is sent, and so is a mark that every address of this intent
 * carries: an address whose creation was never answered is found again by it. What counts is the order read back at the end.
 */
import { createHash } from "node:crypto";
import type { Applied, Cart, CheckoutIdentity, Identity } from "@shopkey/adapter-sdk";
import { abandon } from "./abandon.js";
import { draftAddresses } from "./addresses.js";
import * as api from "./api.js";
import { carriesAll, fieldsCarried, verifyOrder } from "./carried.js";
import { isSameEmail } from "./customers.js";
import { errorOfAnswer, isGone, refuse } from "./errors.js";
import type { LayerCall } from "./exchange.js";
import type { Line, OpenLine } from "./line.js";
import { readinessOf } from "./readiness.js";
import { type Order, readCreatedId, readIds, readOrder } from "./records.js";
import { type CommerceLayerKept, checkoutUrl, type Secret } from "./settings.js";
import type { TokenBook } from "./token-book.js";
import { readTrail, type Trail } from "./trail.js";

export function cashier(open: OpenLine, book: TokenBook): CheckoutIdentity<CommerceLayerKept> {
  return {
    readiness: (call, secret) => readinessOf(call, secret, book),
    apply: async (call, secret, identity, cart) => {
      const till = openTill(call, open, secret);
      const opened = await openOrder(till, cart);
      refuseOther(till, opened, identity);
      if (isOrdered(opened)) return alreadyOrdered(till, opened, identity);
      if (!opened.isOpen) throw refuse("CART_INVALID", "The store does not let this order be changed.");
      const trail = await beginTrail(till, opened, cart);
      if (cart.kind === "items") await putItems(till, opened, cart);
      if (!carriesAll(opened, identity, call.store.settings)) await putIdentity(till, opened, trail, identity);
      const held = await readBack(till, opened.id);
      expectSame(till, held);
      verifyOrder(held, identity, call.store.settings);
      return describe(till, held, identity);
    },
    abandon: (call) => abandon(call, open(call)),
  };
}

interface Till {
  readonly call: LayerCall;
  readonly line: Line;
  readonly secret: Secret | null;
  /** Of an earlier attempt of the same intent. */
  readonly trail: Trail | null;
}

function openTill(call: LayerCall, open: OpenLine, secret: Secret | null): Till {
  const seat = secret?.kind === "seat" ? secret : null;
  if (seat !== null && seat.endsAt <= call.now().getTime()) {
    throw refuse("CONNECTION_EXPIRED", "This impersonation has run out.");
  }
  return { call, line: open(call, seat), secret, trail: readTrail(call.resume) };
}

// --- the order ------------------------------------------------------------------------------------------------------

async function openOrder(till: Till, cart: Cart): Promise<Order> {
  if (cart.kind === "url") throw refuse("CART_INVALID", "An order is made of items, or is there already.");
  if (cart.kind === "existing") return (await readOrderOf(till, cart.id)) ?? noSuchOrder();
  const begun = till.trail === null ? null : await readOrderOf(till, till.trail.order);
  if (begun !== null) return begun;
  const { language, marketId } = till.call.store.settings;
  const id = readCreatedId(await till.line.ask(api.createOrder(language, marketId)), "orders");
  return readBack(till, id);
}

async function readOrderOf({ call, line }: Till, id: string): Promise<Order | null> {
  const answer = await line.tell(api.getOrder(expectId(id)));
  if (isGone(answer)) return null;
  if (answer.status >= 200 && answer.status <= 299) return expectOrder(readOrder(answer.json), id);
  throw errorOfAnswer(answer, call.now());
}

async function readBack({ line }: Till, id: string): Promise<Order> {
  return expectOrder(readOrder(await line.ask(api.getOrder(id))), id);
}

function noSuchOrder(): never {
  throw refuse("CART_INVALID", "The store does not know this order.");
}

function expectOrder(order: Order, id: string): Order {
  if (order.id === id) return order;
  throw refuse("STORE_CHANGED", "The store answered with another order than it was asked for.");
}

/** An id becomes a part of a path, so it is nothing but letters, digits, hyphens and underscores. */
function expectId(id: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(id)) return id;
  throw refuse("CART_INVALID", "This is not the id of a Commerce Layer order.");
}

/** Before anything personal is sent, the order and our mark are on disk. */
async function beginTrail({ call, trail }: Till, order: Order, cart: Cart): Promise<Trail> {
  if (trail !== null && trail.order === order.id) return trail;
  const mark = createHash("sha256").update(`${call.store.id} ${call.idempotencyKey} ${order.id}`).digest("hex");
  const begun = { order: order.id, own: cart.kind === "items", mark: `shopkey-${mark.slice(0, 24)}`, addresses: [] };
  await call.checkpoint(JSON.stringify(begun));
  return begun;
}

/** Commerce Layer has no sellers: an item's `seller` is left aside. */
async function putItems({ call, line }: Till, order: Order, cart: Extract<Cart, { kind: "items" }>): Promise<void> {
  const wanted = new Map<string, number>();
  for (const { id, quantity } of cart.items) wanted.set(id, quantity + (wanted.get(id) ?? 0));
  if (wanted.size === 0) throw refuse("CART_INVALID", "An order needs at least one item.");
  for (const [sku, quantity] of wanted) {
    if (order.skus.includes(sku)) continue;
    const answer = await line.tell(api.addLineItem(order.id, sku, quantity));
    if (answer.status === 422 && answer.problems.length > 0) {
      throw refuse("CART_INVALID", "The store does not know an item of the order or cannot sell it.");
    }
    if (answer.status < 200 || answer.status > 299) throw errorOfAnswer(answer, call.now());
    readCreatedId(answer.json, "line_items");
  }
}

// --- the shopper ----------------------------------------------------------------------------------------------------

async function putIdentity(till: Till, order: Order, trail: Trail, identity: Identity): Promise<void> {
  const { call, line } = till;
  const { shipping, billing } = draftAddresses(identity, call.store.settings);
  if (call.resume !== null) await clearBefore(till, order, trail);
  const ids: string[] = [];
  for (const draft of billing === null ? [shipping] : [shipping, billing]) {
    ids.push(readCreatedId(await line.ask(api.createAddress(draft, trail.mark)), "addresses"));
    await call.checkpoint(JSON.stringify({ ...trail, addresses: ids }));
  }
  await line.ask(api.identifyOrder(trail.order, identity["buyer.email"] ?? "", ids));
}

/**
 * What an earlier attempt left is deleted and made anew: it may hold an older profile, or have been created without our
 * hearing of it. With an address of ours goes the copy that the store made of it for billing.
 */
async function clearBefore({ call, line }: Till, { shipping, billing }: Order, trail: Trail): Promise<void> {
  const made = readIds(await line.ask(api.findAddresses(trail.mark)), "addresses");
  const ours = new Set([...trail.addresses, ...made]);
  if (shipping !== null && ours.has(shipping.id) && billing !== null) ours.add(billing.id);
  for (const id of ours) {
    const answer = await line.tell(api.deleteAddress(id));
    if (!isGone(answer) && (answer.status < 200 || answer.status > 299)) throw errorOfAnswer(answer, call.now());
  }
}

/** In a customer's place nothing is done for anybody else: told before anything personal is sent. */
function refuseOther({ secret }: Till, order: Order, identity: Identity): void {
  if (secret?.kind !== "seat") return;
  if (order.customerId !== null && order.customerId !== secret.customerId) {
    throw refuse("CART_INVALID", "The order is not of the customer who is being impersonated.");
  }
  if (order.email === null || isSameEmail(order.email, identity["buyer.email"] ?? "")) return;
  throw refuse("REFUSED_BY_STORE", "The e-mail address is not of the customer who is being impersonated.", [
    "buyer.email",
  ]);
}

/** And looked at again once it is filled in. */
function expectSame({ secret }: Till, order: Order): void {
  if (secret?.kind !== "seat" || order.customerId === secret.customerId) return;
  throw refuse("IMPERSONATION_LOST", "The order has become another customer's than the one who is being impersonated.");
}

// --- the answer -----------------------------------------------------------------------------------------------------

const isOrdered = ({ status }: Order): boolean => ["placing", "placed", "approved"].includes(status);

/** Placed while nobody looked (the gateway was down between two steps): then the order is the answer. */
function alreadyOrdered(till: Till, order: Order, identity: Identity): Applied {
  const applied = describe(till, order, identity);
  if (till.trail?.order === order.id && applied.fields.includes("buyer.email")) return applied;
  throw refuse("CART_INVALID", "This order was placed already.");
}

function describe({ call, secret }: Till, order: Order, identity: Identity): Applied {
  const { settings } = call.store;
  // The e-mail address leads the store to another customer than the one that was connected: an address that changed since.
  const isOther = secret !== null && order.customerId !== null && order.customerId !== secret.customerId;
  return {
    cart: { id: order.id, url: checkoutUrl(settings, order.id) },
    total: { amountMinor: order.total, currency: order.currency ?? settings.currency },
    fields: fieldsCarried(order, identity, settings),
    remarks: isOther ? [{ code: "OTHER_CUSTOMER", severity: "warning" }] : [],
    ...(isOrdered(order) ? { ordered: { reference: order.number } } : {}),
  };
}
