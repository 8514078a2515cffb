import { AdapterError, type Impersonate } from "@shopkey/adapter-sdk";
import { ask, readSeat, seatFarewell, seatQuestion, seatRequest } from "./api.js";
import { healthOf, inspect } from "./connect.js";
import type { CornerKept } from "./kept.js";

/** A clerk sits down in a member's place for an hour. */
export const impersonate: Impersonate<CornerKept> = {
  start: async (call, { customer, operator, reason }) => {
    const reply = await ask(call, seatRequest(customer["buyer.email"] ?? "", operator.id, reason));
    if (reply.status === 404)
      return { kind: "denied", code: "CUSTOMER_UNKNOWN", why: "The shop knows no such member." };
    const { token, member, endsAt } = readSeat(reply);
    return { kind: "active", secret: { kind: "seat", token }, storeUserId: member, expiresAt: new Date(endsAt) };
  },

  check: (call, { token }) => inspect(call, async () => healthOf(await ask(call, seatQuestion(token)))),

  stop: async (call, { token }) => {
    const reply = await ask(call, seatFarewell(token));
    const gone = reply.status === 401;
    if (reply.status !== 204 && !gone) throw new AdapterError("REFUSED_BY_STORE", "The shop did not end it.");
    return { storeAgreed: true, note: gone ? "It had ended already." : "The shop ended it." };
  },
};
