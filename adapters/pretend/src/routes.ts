import { createHmac, timingSafeEqual } from "node:crypto";
import { type Call, type RawRequest, type Route, route } from "@shopkey/adapter-sdk";
import { z } from "zod";
import type { CornerKept } from "./kept.js";

const FIVE_MINUTES_S = 300;
const ORDER = z.object({ id: z.string().min(1), basket: z.string(), order: z.string() });

/** The shop tells of an order: `x-corner-signature: <unix seconds>.<hex HMAC-SHA256 over "<seconds>.<body>">`. */
export const orderPlaced: Route<CornerKept> = route({
  name: "order-placed",
  method: "POST",
  verify: async (call: Call<CornerKept>, request) => (isGenuine(call, request) ? readOrder(request.body) : null),
  receive: async (_call, { id, basket, order }) => ({
    status: 200,
    events: [{ name: "order.placed", id, facts: { cart: basket, order } }],
  }),
});

function isGenuine(call: Call<CornerKept>, { headers, body }: RawRequest): boolean {
  const [, seconds, signature] = /^(\d{1,12})\.([0-9a-f]{64})$/.exec(headers["x-corner-signature"] ?? "") ?? [];
  if (seconds === undefined || signature === undefined || call.store.credentials === null) return false;
  const age = call.now().getTime() / 1000 - Number(seconds);
  if (Math.abs(age) > FIVE_MINUTES_S) return false;
  const hmac = createHmac("sha256", call.store.credentials.hookKey).update(`${seconds}.`).update(body);
  return timingSafeEqual(hmac.digest(), Buffer.from(signature, "hex"));
}

function readOrder(body: Uint8Array): z.infer<typeof ORDER> | null {
  try {
    return ORDER.safeParse(JSON.parse(Buffer.from(body).toString("utf8"))).data ?? null;
  } catch {
    return null;
  }
}
