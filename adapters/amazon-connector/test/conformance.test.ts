import { test } from "@jest/globals";
import { amazonConnector } from "@shopkey/adapter-amazon-connector";
import { signRequest, startSandbox } from "@shopkey/adapter-amazon-connector/sandbox";
import { adapterConformance, type DeliveryFixture } from "@shopkey/adapter-sdk/conformance";
import { settingsSchema } from "../src/kept.js";

const key = { id: "main", secret: "a-secret-of-at-least-thirty-two-characters" };
const uuid = "11111111-2222-3333-4444-555555555555";
const known = [
  {
    id: "2f1f4f0e-9c11-4f7f-8a4e-3f5f6a7b8c9d",
    keys: [{ space: "code", value: "printed-card", as: "SHOPPER" }],
    secret: { as: "SHOPPER", by: ["code"], provider: "Example Rewards", promotionIds: [] },
  },
];
const code = Buffer.from("printed-card").toString("base64");
const timestamp = "2024-02-09T17:53:57Z";

/** A genuine request, with the shopper's address hidden in an attribute that nobody reads. */
const delivery = (path: string, fields: object): DeliveryFixture<Awaited<ReturnType<typeof startSandbox>>> => ({
  signature: "x-shopkey-signature",
  staleAfterMs: 300_000,
  known,
  request: (_sandbox, now, shopper) => {
    const asked = { requestId: uuid, storeId: "STORE-001", note: shopper["buyer.email"], ...fields };
    const request = { method: "POST", path: `/v1/identity/${path}`, body: Buffer.from(JSON.stringify(asked)) };
    return { ...request, headers: { "x-shopkey-signature": signRequest(key, request, now) } };
  },
});

adapterConformance(test, {
  adapter: amazonConnector(),
  startSandbox,
  settings: settingsSchema.parse({ prefix: "GWID", stores: [{ id: "STORE-001" }], inbound: { kind: "hmac" } }),
  credentials: { hmacKeys: [key] },
  cart: { none: "Amazon's store asks us who is there, and keeps its cart to itself" },
  holds: () => false,
  login: { none: "the shopper shows a pass, and Amazon is asked nothing" },
  forgetting: { takesMs: { none: "what Amazon holds is asked of Amazon" } },
  deliveries: {
    "verify-identity-keys": delivery("identity-keys", {
      identityKey: code,
      authEvent: { id: uuid, timestamp, location: "ENTRY" },
    }),
    "get-shopper": delivery("shopper", { shopperKey: code, timestamp }),
    "resolve-scan": delivery("scan", { scanEvent: { id: uuid, timestamp, location: "ENTRY", value: code } }),
    "get-scan-details": delivery("scan/details", { scanResult: { id: known[0]?.id, type: "SHOPPER" } }),
  },
});
