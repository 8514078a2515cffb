import { describe, expect, test } from "@jest/globals";
import type { Call } from "@shopkey/adapter-sdk";
import { type AmazonKept, settingsSchema } from "../src/kept.js";
import { proveCaller, signRequest } from "../src/proof.js";

const key = { id: "main", secret: "a-secret-of-at-least-thirty-two-characters" };
const next = { id: "next", secret: "another-secret-of-thirty-two-characters" };
const request = { method: "POST", path: "/v1/identity/shopper", headers: {}, body: Buffer.from("{}") };
const now = new Date("2030-01-01T00:00:00Z");

function callAt(environment: "test" | "live", inbound?: object, credentials: object | null = null): Call<AmazonKept> {
  const settings = settingsSchema.parse({ prefix: "GWID", stores: [{ id: "S" }], inbound });
  return { environment, now: () => now, store: { id: "sto", settings, credentials } } as Call<AmazonKept>;
}

describe("whoever asks", () => {
  test("is nobody where the Store does not say how they are proven", () => {
    for (const environment of ["test", "live"] as const) expect(proveCaller(callAt(environment), request)).toBeNull();
  });

  test("is anybody for tests, and never in live", () => {
    expect(proveCaller(callAt("test", { kind: "allow-all" }), request)).toBe("anybody");
    expect(proveCaller(callAt("live", { kind: "allow-all" }), request)).toBeNull();
  });

  test("is known by any of the forwarder's keys, while one is replaced by another", () => {
    const call = callAt("live", { kind: "hmac" }, { hmacKeys: [key, next] });
    for (const one of [key, next]) {
      const headers = { "x-shopkey-signature": signRequest(one, request, now) };
      expect(proveCaller(call, { ...request, headers })).toBe(`hmac:${one.id}`);
    }
  });

  test.each([299, 301, -299, -301])("with a signature %i seconds old", (age) => {
    const call = callAt("live", { kind: "hmac" }, { hmacKeys: [key] });
    const at = new Date(now.getTime() - age * 1_000);
    const headers = { "x-shopkey-signature": signRequest(key, request, at) };
    expect(proveCaller(call, { ...request, headers })).toBe(Math.abs(age) <= 300 ? "hmac:main" : null);
  });

  test("is nobody behind a proxy without a secret of its own", () => {
    const inbound = { kind: "mtls", header: "x-client-cert", identities: ["CN=amazon"] };
    const headers = { "x-client-cert": "CN=amazon", "x-shopkey-proxy": "" };
    expect(proveCaller(callAt("live", inbound, { hmacKeys: [] }), { ...request, headers })).toBeNull();
    expect(proveCaller(callAt("live", inbound), { ...request, headers })).toBeNull();
  });
});
