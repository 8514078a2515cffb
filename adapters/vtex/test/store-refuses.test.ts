import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { AdapterError } from "@shopkey/adapter-sdk";
import type { ServedSandbox, Switches } from "@shopkey/adapter-sdk/sandbox";
import { vtex } from "@shopkey/adapter-vtex";
import { KNOWN_EMAIL, startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { ANA, type BenchOptions, heldCart, itemsOf, openBench } from "./bench.js";

const { apply } = vtex().checkoutIdentity;
let sandbox: ServedSandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => {
  sandbox.switches.clear(null);
  sandbox.reset(null);
});
afterAll(() => sandbox.close());

async function refusalOf(switches: Switches, identity = ANA, options: BenchOptions = {}): Promise<AdapterError> {
  sandbox.switches.set("cobasi", switches);
  const bench = openBench(sandbox, options);
  const error = await apply(bench.call, null, identity, itemsOf("1001")).catch((thrown: unknown) => thrown);
  if (!(error instanceof AdapterError)) throw new Error("it was not refused", { cause: error });
  const told = JSON.stringify([error.message, error.fields, bench.logged]);
  for (const value of Object.values(ANA)) expect(told).not.toContain(`"${value}"`);
  expect(told).not.toMatch(/ana@|12345678900|999999999|Paulista|maria/);
  return error;
}

describe("what goes wrong at the store comes back typed", () => {
  test.each([
    [{ trouble: "down" }, "STORE_UNAVAILABLE", "later"],
    [{ trouble: "reset" }, "STORE_UNAVAILABLE", "later"],
    [{ trouble: "cut" }, "STORE_UNAVAILABLE", "later"],
    [{ trouble: "htmlNotFound" }, "STORE_CHANGED", "never"],
    [{ trouble: "garbage" }, "STORE_CHANGED", "never"],
    [{ trouble: "rateLimited" }, "RATE_LIMITED", "later"],
  ] as const)("%j at any of the seven requests is %s", async (trouble, code, retry) => {
    for (let skip = 0; skip < 7; skip += 1) {
      const error = await refusalOf({ ...trouble, skip, times: 1 });
      expect([skip, error.code, error.retry]).toEqual([skip, code, retry]);
      if (code === "RATE_LIMITED") expect(error.retryAfterMs).toBe(7000);
    }
  });

  test("a store that never answers lets go as soon as the caller does", async () => {
    const leaving = new AbortController();
    const pending = refusalOf({ trouble: "hang", skip: 2 }, ANA, { signal: leaving.signal });
    while (sandbox.journal.at(-1)?.status !== 0) await new Promise((next) => setTimeout(next, 5));
    leaving.abort();
    expect((await pending).code).toBe("STORE_UNAVAILABLE");
  });

  test.each([
    [true, "REFUSED_BY_STORE", []],
    ["CHK0211", "STORE_UNAVAILABLE", []],
    ["CHK0087", "CHALLENGE_REQUIRED", []],
    ["ORD021.3", "RATE_LIMITED", []],
    ["FMT0032", "IDENTITY_INCOMPLETE", ["buyer.email"]],
  ] as const)("a 200 with the error %s inside is %s", async (messageInside, code, fields) => {
    const error = await refusalOf({ messageInside });
    expect([error.code, error.fields]).toEqual([code, fields]);
  });
});

describe("the identity wall", () => {
  test("a shopper whom the store knows: challenge, and nothing after the profile was sent", async () => {
    const error = await refusalOf({}, { ...ANA, "buyer.email": KNOWN_EMAIL });
    expect([error.code, error.retry, error.fields]).toEqual(["CHALLENGE_REQUIRED", "after-shopper", ["buyer.email"]]);
    expect(sandbox.journal.at(-1)?.path).toMatch(/clientProfileData$/);
  });

  test("the same by switch for any e-mail", async () => {
    expect((await refusalOf({ identityWall: true })).code).toBe("CHALLENGE_REQUIRED");
  });

  test("a cart that is masked already is not touched", async () => {
    const filled = await apply(openBench(sandbox).call, null, ANA, itemsOf("1001"));
    sandbox.switches.set("cobasi", { identityWall: true });
    const { call, sent, saved } = openBench(sandbox);
    const again = apply(call, null, ANA, { kind: "existing", id: filled.cart.id });
    await expect(again).rejects.toMatchObject({ code: "CHALLENGE_REQUIRED" });
    expect(sent.map(({ method }) => method)).toEqual(["GET"]);
    expect(saved).toEqual([]);
  });

  test("a cart that shows another e-mail at the end is refused, however well all went", async () => {
    const error = await refusalOf({ operatorEmail: true });
    expect([error.code, error.fields]).toEqual(["REFUSED_BY_STORE", ["buyer.email"]]);
  });
});

describe("items and addresses that the store cannot take", () => {
  test.each([
    ["unknown", itemsOf("999")],
    ["sold out", itemsOf("1004")],
    ["good and unknown together", itemsOf("1001", "999")],
    ["of an unknown seller", { kind: "items", items: [{ id: "1001", quantity: 1, seller: "nobody" }] }],
    ["none at all", { kind: "items", items: [] }],
  ] as const)("items: %s", async (_, cart) => {
    const { call, sent } = openBench(sandbox);
    await expect(apply(call, null, ANA, cart)).rejects.toMatchObject({ code: "CART_INVALID" });
    expect(JSON.stringify(sent)).not.toContain("ana@example.com");
  });

  test.each(["0".repeat(32), "../../../pvt/orders", "short", ""])("a cart that nobody has: %j", async (id) => {
    const existing = apply(openBench(sandbox).call, null, ANA, { kind: "existing", id });
    await expect(existing).rejects.toMatchObject({ code: "CART_INVALID" });
  });

  test.each([
    ["address.postalCode", "0131010"],
    ["address.postalCode", "00000000"],
    ["address.country", "ZZZ"],
    ["buyer.document", "123"],
    ["buyer.email", "no-mail"],
  ] as const)("%s %j is named", async (field, value) => {
    const error = await refusalOf({}, { ...ANA, [field]: value });
    expect([error.code, error.fields]).toEqual(["IDENTITY_INCOMPLETE", [field]]);
  });

  test("a foreign postal code that VTEX forbids characters in", async () => {
    const error = await refusalOf({}, { ...ANA, "address.country": "USA", "address.postalCode": "10<001" });
    expect([error.code, error.fields]).toEqual(["IDENTITY_INCOMPLETE", ["address.postalCode"]]);
  });

  test("a postal code that the store merely does not know keeps the address, with a remark", async () => {
    const { call } = openBench(sandbox);
    const applied = await apply(call, null, { ...ANA, "address.postalCode": "13083970" }, itemsOf("1001"));
    expect(applied.fields).toContain("address.postalCode");
    expect(await heldCart(sandbox, applied.cart.id)).toMatchObject({ address: { street: "Av. Paulista" } });
  });
});
