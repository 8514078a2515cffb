/**
 * Fills in a guest checkout. VTEX's pitfalls give the order: the cart's id is remembered before anything personal is
 * sent; `ignoreProfileData` only works before the profile; the profile is sent once; every request waits for the one
 * before it (a GET that races with clientProfileData overwrites it); and what counts is the cart read back at the end.
 */
import {
  AdapterError,
  type Applied,
  type Call,
  type Cart,
  type CheckoutIdentity,
  type Identity,
} from "@shopkey/adapter-sdk";
import { type OrderForm, type Remark, readOrderForm } from "./answers.js";
import * as api from "./api.js";
import { carriesAddress, carriesProfile, fieldsCarried, refuseWall, verifyCart } from "./carried.js";
import { readiness } from "./connect.js";
import { errorOfAnswer, errorOfRemarks, refuse } from "./errors.js";
import { CookieJar } from "./jar.js";
import { type Line, openLine } from "./line.js";
import { inSeat, keepSeat, seatIn, takeSeat } from "./seat.js";
import { checkoutUrl, type VtexKept } from "./settings.js";

export const checkoutIdentity: CheckoutIdentity<VtexKept> = {
  readiness: (call, _secret, identity) => readiness(call, identity["buyer.email"]),
  apply: (call, secret, identity, cart) => {
    const seat = seatIn(secret);
    return inSeat(seat, async () => {
      const jar = seat === null ? new CookieJar() : await takeSeat(call, seat, identity["buyer.email"]);
      const till = openTill(call, jar);
      const opened = await openCart(till, cart);
      if (opened.ordered !== null) return alreadyOrdered(till, opened, identity);
      refuseWall(opened, identity);
      await call.checkpoint(opened.id);
      if (seat !== null) await keepSeat(call, seat, jar, opened.id);
      const held = await fillIn(till, opened, cart, identity);
      if (seat !== null) await keepSeat(call, seat, jar, opened.id);
      return describe(till, held, identity);
    });
  },
  abandon: async (call) => {
    if (call.resume === null) return;
    const answer = await openLine(call).tell(api.scrubCart(expectCartId(call.resume)));
    // Documented as 200, in fact a redirect to the new cart. A cart that is gone holds nothing any more.
    const gone = answer.trouble.code === "ORD002" || (answer.status === 404 && !answer.html);
    if ((answer.status >= 200 && answer.status < 400 && !answer.broken) || gone) return;
    throw errorOfAnswer(answer, call.now());
  },
};

async function fillIn(till: Till, opened: OrderForm, cart: Cart, identity: Identity): Promise<OrderForm> {
  const filled = cart.kind === "items" ? await putItems(till, opened, cart) : opened;
  const named = await putProfile(till, filled, identity);
  await putAddress(till, named, identity);
  await till.write(api.attachPreferences(opened.id, till.call.store.settings.locale));
  const held = await till.write(api.refreshCart(opened.id));
  verifyCart(held, identity);
  return held;
}

/** The line to one cart. `write` refuses errors that the store hides in a 200, unless the cart came with them. */
interface Till {
  readonly call: Call<VtexKept>;
  readonly line: Line;
  readonly write: (request: api.StoreRequest) => Promise<OrderForm>;
  readonly known: Set<string>;
}

function openTill(call: Call<VtexKept>, jar: CookieJar): Till {
  const line = openLine(call, jar);
  const known = new Set<string>();
  const write = async (request: api.StoreRequest): Promise<OrderForm> => {
    const form = readOrderForm(await line.ask(request));
    const refusal = errorOfRemarks(form.remarks.filter((remark) => !known.has(keyOf(remark))));
    if (refusal !== null) throw refusal;
    return form;
  };
  return { call, line, write, known };
}

const keyOf = (remark: Remark): string => JSON.stringify([remark.code, remark.status, remark.text]);

/** After a crash the same cart is taken up again: one intent, one cart. */
async function openCart(till: Till, cart: Cart): Promise<OrderForm> {
  if (cart.kind === "url") throw refuse("CART_INVALID", "A VTEX cart is made of items, or is there already.");
  if (cart.kind === "existing") return readCart(till, cart.id);
  if (till.call.resume === null) return read(till, api.newCart(till.call.store.settings));
  try {
    return await readCart(till, till.call.resume);
  } catch (error) {
    // VTEX drops carts in time; then nothing is left of the first attempt.
    if (!(error instanceof AdapterError) || error.code !== "CART_INVALID") throw error;
    return read(till, api.newCart(till.call.store.settings));
  }
}

async function readCart(till: Till, id: string): Promise<OrderForm> {
  const form = await read(till, api.getCart(expectCartId(id)));
  if (form.id === id) return form;
  throw refuse("CART_INVALID", "The store no longer has this cart and answered with another one.");
}

async function read({ line, known }: Till, request: api.StoreRequest): Promise<OrderForm> {
  const form = readOrderForm(await line.ask(request));
  for (const remark of form.remarks) known.add(keyOf(remark));
  return form;
}

/** An id becomes a part of a path, so it is nothing but letters, digits and hyphens. */
function expectCartId(id: string): string {
  if (/^[A-Za-z0-9-]{8,64}$/.test(id)) return id;
  throw refuse("CART_INVALID", "This is not the id of a VTEX cart.");
}

async function putItems(till: Till, form: OrderForm, cart: Extract<Cart, { kind: "items" }>): Promise<OrderForm> {
  const wanted = mergeItems(cart, till.call.store.settings.seller);
  if (wanted.length === 0) throw refuse("CART_INVALID", "A cart needs at least one item.");
  const missing = wanted.filter(({ id }) => !form.items.some((item) => item.id === id));
  const filled = missing.length === 0 ? form : await till.write(api.addItems(form.id, missing, form.items.length));
  // VTEX leaves an item that it cannot sell out of the cart, or marks it, and answers 200. The seller is not compared:
  // VTEX may give the item to a franchise of the store.
  if (wanted.some(({ id }) => !filled.items.some((item) => item.id === id && item.available))) {
    throw refuse("CART_INVALID", "The store does not know an item of the cart or cannot sell it.");
  }
  return filled;
}

/** The same item twice in one request is an error at VTEX (ORD056); twice the quantity is not. */
function mergeItems(cart: Extract<Cart, { kind: "items" }>, defaultSeller: string): api.OrderItem[] {
  const merged = new Map<string, api.OrderItem>();
  for (const { id, quantity, seller = defaultSeller } of cart.items) {
    const key = JSON.stringify([id, seller]);
    merged.set(key, { id, seller, quantity: quantity + (merged.get(key)?.quantity ?? 0) });
  }
  return [...merged.values()];
}

async function putProfile(till: Till, form: OrderForm, identity: Identity): Promise<OrderForm> {
  if (carriesProfile(form, identity)) return form; // taken up again: it is there already
  if (form.profile === null) await till.write(api.ignoreProfile(form.id));
  const named = await till.write(api.attachProfile(form.id, identity));
  refuseWall(named, identity);
  return named;
}

async function putAddress(till: Till, form: OrderForm, identity: Identity): Promise<void> {
  const { settings } = till.call.store;
  if (carriesAddress(form, identity, settings)) return;
  await till.write(api.attachShipping(form.id, identity, settings, form.items.length));
}

/**
 * Paid while nobody looked (the gateway was down between two steps): then the order is the answer. The store may know
 * the shopper by now and mask the rest, so the e-mail decides.
 */
function alreadyOrdered(till: Till, form: OrderForm, identity: Identity): Applied {
  const applied = describe(till, form, identity);
  if (till.call.resume === form.id && applied.fields.includes("buyer.email")) return applied;
  throw refuse("CART_INVALID", "This cart was ordered already.");
}

function describe({ call }: Till, form: OrderForm, identity: Identity): Applied {
  const { settings } = call.store;
  return {
    cart: { id: form.id, url: checkoutUrl(settings, form.id) },
    total: { amountMinor: form.total, currency: form.currency ?? settings.currency },
    fields: fieldsCarried(form, identity, settings),
    remarks: form.remarks.flatMap(describeRemark),
    ...(form.ordered === null ? {} : { ordered: { reference: form.ordered } }),
  };
}

/** The code alone: the text is localized and may quote a value. */
function describeRemark({ code, status }: Remark): Applied["remarks"] {
  if (code === null || !/^[A-Za-z0-9._-]{1,64}$/.test(code)) return [];
  return [{ code, severity: status === "info" || status === "success" ? "info" : "warning" }];
}
