/**
 * What Commerce Layer calls us for: a customer has changed. `X-CommerceLayer-Signature` is the base64 HMAC-SHA256 of the raw
 * body with the webhook's own secret. There is no time in it, so what is repeated is known by the event's id: the same state of
 * the same customer is the same event. Nothing is asked of the store here; the gateway asks afterwards, in its own time.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { type RawRequest, type Route, type RouteAnswer, route } from "@shopkey/adapter-sdk";
import { z } from "zod";
import type { LayerCall } from "./exchange.js";
import type { CommerceLayerKept } from "./settings.js";

const SIGNATURE_HEADER = "x-commercelayer-signature";
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;

const change = z.object({
  data: z.object({
    id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    type: z.string().regex(/^[a-z_]{1,64}$/),
    attributes: z.object({
      status: z.enum(["prospect", "acquired", "repeat"]).nullish().catch(null),
      anonymization_status: z
        .enum(["requested", "started", "in_progress", "completed", "failed", "cancelled"])
        .nullish()
        .catch(null),
      updated_at: z.string().max(64).nullish().catch(null),
    }),
  }),
});
type Change = z.output<typeof change>;

/** Mounted by its name. Register one webhook per topic, all with this address; each has a secret of its own. */
export const customerChanged: Route<CommerceLayerKept> = route<CommerceLayerKept, Change>({
  name: "commerce-layer",
  method: "POST",
  verify: async (call, request) => (isGenuine(call, request) ? readChange(request.body) : null),
  receive: async (_call, told) => answerTo(told),
});

/** Every secret is tried, whichever fits, so that the time tells nothing. */
function isGenuine(call: LayerCall, { headers, body }: RawRequest): boolean {
  const told = headers[SIGNATURE_HEADER] ?? "";
  if (!SIGNATURE.test(told)) return false;
  const signature = Buffer.from(told, "base64");
  let genuine = false;
  for (const secret of call.store.credentials?.webhookSecrets ?? []) {
    const ours = createHmac("sha256", secret).update(body).digest();
    if (signature.length === ours.length && timingSafeEqual(ours, signature)) genuine = true;
  }
  return genuine;
}

function readChange(body: Uint8Array): Change | null {
  try {
    return change.safeParse(JSON.parse(Buffer.from(body).toString("utf8"))).data ?? null;
  } catch {
    return null;
  }
}

/** Another resource than a customer is none of ours: taken, and nothing follows. A refusal would only open the circuit. */
function answerTo({ data: { id, type, attributes } }: Change): RouteAnswer {
  if (type !== "customers") return { status: 200, events: [] };
  const { status = null, updated_at: at = null } = attributes;
  const told = attributes.anonymization_status ?? null;
  const anonymization = told === "in_progress" ? "started" : told;
  const event = createHash("sha256")
    .update(JSON.stringify([id, at, status, anonymization]))
    .digest("hex")
    .slice(0, 32);
  return {
    status: 200,
    events: [
      {
        name: anonymization === null ? "customer.changed" : "anonymization.changed",
        id: event,
        facts: { account: id, standing: status, anonymization },
      },
    ],
  };
}
