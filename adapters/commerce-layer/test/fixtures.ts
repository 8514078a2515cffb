/** The sandbox's organization `loja` as conformance options: with a token book that remembers, or with one that forgets. */
import { commerceLayer } from "@shopkey/adapter-commerce-layer";
import {
  ANONYMIZATION_MS,
  type CommerceLayerSandbox,
  REPEAT_EMAIL,
  startSandbox,
  userIdOf,
} from "@shopkey/adapter-commerce-layer/sandbox";
import type { Kept, ProfileField } from "@shopkey/adapter-sdk";
import type { ConformanceOptions } from "@shopkey/adapter-sdk/conformance";
import { type CommerceLayerKept, credentialsSchema, settingsSchema } from "../src/settings.js";
import { openTokenBook, type TokenBook } from "../src/token-book.js";
import { customerDelivery, WEBHOOK_SECRET } from "./deliveries.js";

export const SLUG = "loja";
export const settings = settingsSchema.parse({ slug: SLUG, scope: "market:id:mrkBrazil1", userId: userIdOf(SLUG) });
export const credentials = credentialsSchema.parse({
  integration: { clientId: `integration_${SLUG}`, clientSecret: `secret_${SLUG}` },
  salesChannel: { clientId: `sales_channel_${SLUG}`, clientSecret: `secret_${SLUG}` },
  webhookSecrets: ["another-webhooks-secret", WEBHOOK_SECRET],
});

/** Asks the auth server again for each request. */
export function forgetfulBook(): TokenBook {
  const book = openTokenBook({ callsPerMinute: 1e6 });
  const obtain: TokenBook["obtain"] = (call, principal) => {
    book.clear();
    return book.obtain(call, principal);
  };
  return { ...book, obtain };
}

interface Held {
  readonly orders: unknown;
  readonly addresses: unknown;
}

/** In orders and addresses: a customer record is what connecting makes, and only anonymization takes it away. */
function holds(sandbox: CommerceLayerSandbox, value: string, field: ProfileField): boolean {
  const { orders, addresses } = sandbox.state(SLUG) as Held;
  const held = JSON.stringify([orders, addresses]);
  // A country has two letters there, and a receiver's name two attributes.
  const told =
    field === "address.country" ? [value.slice(0, 2)] : field === "address.receiver" ? value.split(" ") : [value];
  return told.every((part) => held.includes(JSON.stringify(part).slice(1, -1)));
}

export function organization(book: TokenBook): ConformanceOptions<CommerceLayerKept & Kept, CommerceLayerSandbox> {
  return {
    adapter: commerceLayer(book),
    startSandbox: (options) => {
      book.clear();
      return startSandbox({ ...options, tokenCallsPerMinute: 1e6 });
    },
    ...{ settings, credentials, holds },
    cart: () => ({
      kind: "items",
      items: [
        { id: "CANECA-300", quantity: 2 },
        { id: "MOCHILA-20L", quantity: 1 },
      ],
    }),
    login: { none: "a customer record is the organization's own: the shopper has nothing to log in to" },
    forgetting: { takesMs: ANONYMIZATION_MS },
    impersonation: {
      request: {
        customer: { "buyer.email": REPEAT_EMAIL },
        operator: { id: "operator-17", token: null },
        reason: "Order by telephone",
      },
      stranger: { "buyer.email": "ninguem.aqui@example.com" },
      isLive: (sandbox, secret) => secret.kind === "seat" && sandbox.tokens.judge(secret.token) !== null,
      // A token whose answer was lost is held by nobody: it opens nothing until it runs out.
      anyLive: (sandbox) => sandbox.tokens.lens().live.some(({ owner, used }) => owner?.type === "Customer" && used),
    },
    deliveries: { "commerce-layer": customerDelivery },
  };
}
