import { sign } from "@shopkey/adapter-commerce-layer/sandbox";
import type { RawRequest, Sandbox } from "@shopkey/adapter-sdk";
import type { DeliveryFixture } from "@shopkey/adapter-sdk/conformance";

export const WEBHOOK_SECRET = "4f9c1d7e8b2a4e6f9c1d7e8b2a4e6f9c";

/** As Commerce Layer sends it: the resource as the API shows it, e-mail and all. */
export function deliveryOf(
  attributes: Readonly<Record<string, unknown>>,
  secret = WEBHOOK_SECRET,
  type = "customers",
): RawRequest {
  const data = { id: "xYZkjABcde", type, attributes, relationships: {}, meta: { mode: "test" } };
  const body = JSON.stringify({ data });
  return {
    method: "POST",
    path: "/hooks/sto_1/commerce-layer",
    headers: { "content-type": "application/vnd.api+json", "x-commercelayer-signature": sign(body, secret) },
    body: Buffer.from(body),
  };
}

export const customerDelivery: DeliveryFixture<Sandbox> = {
  request: (_sandbox, now, shopper) =>
    deliveryOf({
      email: shopper["buyer.email"],
      status: "acquired",
      anonymization_status: "started",
      anonymization_info: { requester: { email: shopper["buyer.email"] } },
      updated_at: now.toISOString(),
    }),
  signature: "x-commercelayer-signature",
  staleAfterMs: { none: "nothing in a delivery says when it was sent: a repetition is known by its event's id" },
};
