import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { AdapterError, type Cart, type Identity, PROFILE_FIELDS } from "@shopkey/adapter-sdk";
import type { ServedSandbox } from "@shopkey/adapter-sdk/sandbox";
import { vtex } from "@shopkey/adapter-vtex";
import { startSandbox } from "@shopkey/adapter-vtex/sandbox";
import fc from "fast-check";
import { ANA, openBench } from "./bench.js";

const { apply } = vtex().checkoutIdentity;
let sandbox: ServedSandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const faults = () => sandbox.journal.filter(({ fault }) => fault !== undefined);
const nasty = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
  fc.constantFrom(
    "null",
    "__proto__",
    "%00",
    "../..",
    "<b>",
    "*",
    "a@b.c",
    "00000000",
    "\u202e",
    "ÁÉ\u0301",
    "x".repeat(5000),
  ),
);
const strange: fc.Arbitrary<Identity> = fc
  .dictionary(fc.constantFrom(...PROFILE_FIELDS), nasty, { maxKeys: 6 })
  .map((odd) => ({ ...ANA, ...odd }));
const carts: fc.Arbitrary<Cart> = fc.oneof(
  fc.record({ kind: fc.constant("existing" as const), id: nasty }),
  fc.record({
    kind: fc.constant("items" as const),
    items: fc.array(fc.record({ id: fc.oneof(fc.constantFrom("1001", "1002"), nasty), quantity: fc.integer() }), {
      maxLength: 4,
    }),
  }),
  fc.constant<Cart>({ kind: "items", items: [{ id: "1001", quantity: 1 }] }),
);

test("whatever a shopper is called, it fills a cart or is refused by a code, and the refusal does not quote it", async () => {
  let filled = 0;
  await fc.assert(
    fc.asyncProperty(strange, carts, async (identity, cart) => {
      const { call, logged } = openBench(sandbox);
      try {
        const applied = await apply(call, null, identity, cart);
        filled += 1;
        expect(JSON.stringify([applied, logged])).not.toContain("ana@example.com");
      } catch (error) {
        if (!(error instanceof AdapterError)) throw error;
        const long = Object.values(identity).filter((value) => value.length > 8);
        for (const value of long) expect(error.message).not.toContain(value);
      }
    }),
    { numRuns: 150 },
  );
  expect(filled).toBeGreaterThan(0);
  expect(faults()).toEqual([]);
});

test("the sandbox makes no mistake of its own over any body", async () => {
  const paths = [
    "items",
    "attachments/clientProfileData",
    "attachments/shippingData",
    "attachments/clientPreferencesData",
  ];
  const part = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.record({ id: nasty, quantity: fc.integer(), index: fc.integer() })),
  );
  const names = fc.constantFrom("orderItems", "selectedAddresses", "logisticsInfo", "email", "document", "locale");
  const headers = {
    accept: "application/json",
    "content-type": "application/json",
    "x-forwarded-host": "x.vtexcommercestable.com.br",
  };
  const form = `${sandbox.url}/api/checkout/pub/orderForm`;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.dictionary(names, part), async (path, body) => {
      const { orderFormId } = (await (await fetch(`${form}?forceNewCart=true`, { headers })).json()) as {
        orderFormId: string;
      };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      const response = await fetch(`${form}/${orderFormId}/${path}`, init);
      expect([200, 400, 403]).toContain(response.status);
      await response.body?.cancel();
    }),
    { numRuns: 150 },
  );
  expect(faults()).toEqual([]);
});
