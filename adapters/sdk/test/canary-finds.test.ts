import { expect, test } from "@jest/globals";
import { AdapterError } from "@shopkey/adapter-sdk";
import { findCanary, personalCanaries, SAMPLE_SHOPPER, secretCanaries } from "../src/conformance/shopper.js";

const canaries = [...personalCanaries(SAMPLE_SHOPPER), ...secretCanaries("credentials", { app: { key: "k-1234567" } })];

test.each([
  ["as it is", { note: "for curio.do.campo@canary.example" }, "buyer.email"],
  ["in capitals", { note: "FILOMENA" }, "buyer.firstName"],
  ["in a URL", "https://x.example/?e=curio.do.campo%40canary.example", "buyer.email"],
  ["in base64", { token: Buffer.from("curio.do.campo@canary.example").toString("base64") }, "buyer.email"],
  ["with the document's dots", ["390.533.447-05"], "buyer.document"],
  ["with the phone's brackets", "call +55 (11) 98765-1234", "buyer.phone"],
  ["in an error's message", new AdapterError("CART_INVALID", "not for 39053344705"), "buyer.document"],
  ["among an error's fields", new AdapterError("CART_INVALID", "no", { fields: ["Quaresma"] }), "buyer.lastName"],
  ["inside a credential", { header: "Bearer k-1234567" }, "credentials.app.key"],
])("a value is found %s", (_where, told, name) => {
  expect(findCanary(told, canaries)).toBe(name);
});

test("what tells of nobody is let be", () => {
  const told = { document: "•••05", email: "f•••@canary.example", city: "São Paulo", country: "BRA", total: 390533 };
  expect(findCanary(told, canaries)).toBeNull();
  expect(findCanary(undefined, canaries)).toBeNull();
});

test("every value of the sample shopper is found only where it is", () => {
  for (const { name, value } of personalCanaries(SAMPLE_SHOPPER)) {
    const others = canaries.filter((canary) => canary.name !== name);
    expect([name, findCanary(value, canaries)]).toEqual([name, name]);
    expect([name, findCanary(value, others)]).toEqual([name, null]);
  }
});
