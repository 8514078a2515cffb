import { createHash } from "node:crypto";
import { AdapterError, type Call, type CheckoutIdentity, type Identity, type ProfileField } from "@shopkey/adapter-sdk";
import {
  ask,
  type Basket,
  basketBuyer,
  basketFilling,
  basketRemoval,
  basketRequest,
  hostOf,
  type Reply,
  readBasket,
  readNo,
} from "./api.js";
import type { CornerKept } from "./kept.js";

export const needs = {
  checkout: { required: ["buyer.firstName", "buyer.lastName", "buyer.email"], optional: ["buyer.phone"] },
  readiness: [],
  anonymize: ["buyer.email"],
} as const;

export const checkoutIdentity: CheckoutIdentity<CornerKept> = {
  /** Nothing but the fields stands in the way here, and those the gateway checks by itself. */
  readiness: async () => ({ kind: "ready" }),

  apply: async (call, _secret, identity, cart) => {
    if (cart.kind === "url") throw new AdapterError("CART_INVALID", "The shop sells by item, not by address.");
    const id = cart.kind === "existing" ? cart.id : basketIdOf(call);
    if (cart.kind === "items") await call.checkpoint(id);
    const filled = cart.kind === "items" ? basketFilling(id, cart.items) : basketRequest(id);
    refuseUnknown(await ask(call, filled));
    await ask(call, basketBuyer(id, identity));
    const basket = readBasket(await ask(call, basketRequest(id)));
    return {
      cart: { id, url: `https://${hostOf(call.store.settings.shop)}${basketRequest(id).path}` },
      total: { amountMinor: basket.totalCents, currency: "BRL" },
      fields: fieldsOf(basket, identity),
      remarks: basket.totalCents < 2000 ? [{ code: "SMALL_ORDER", severity: "info" }] : [],
    };
  },

  abandon: async (call) => {
    if (call.resume === null) return;
    const reply = await ask(call, basketRemoval(call.resume));
    if (reply.status !== 204 && reply.status !== 404) throw new AdapterError("REFUSED_BY_STORE", "The basket stayed.");
  },
};

/** The same intent gets the same basket, whoever repeats it. */
function basketIdOf(call: Call<CornerKept>): string {
  return call.resume ?? `b-${createHash("sha256").update(call.idempotencyKey).digest("hex").slice(0, 24)}`;
}

function refuseUnknown(reply: Reply): void {
  if (reply.status === 404 || reply.status === 422) {
    const what = readNo(reply) === "unknown item" ? "an item in it" : "the basket";
    throw new AdapterError("CART_INVALID", `The shop does not know ${what}.`, { fields: ["cart"] });
  }
  readBasket(reply);
}

/** What the shop has, by its own word. */
function fieldsOf({ buyer }: Basket, identity: Identity): ProfileField[] {
  const fields: ProfileField[] = [];
  if (buyer?.name === `${identity["buyer.firstName"]} ${identity["buyer.lastName"]}`) {
    fields.push("buyer.firstName", "buyer.lastName");
  }
  if (buyer !== null && buyer.email === identity["buyer.email"]) fields.push("buyer.email");
  if (buyer?.phone !== undefined && buyer.phone === identity["buyer.phone"]) fields.push("buyer.phone");
  return fields;
}
