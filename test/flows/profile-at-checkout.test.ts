/** The story of the README: a profile saved once is applied at a VTEX checkout. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openGateway, type TestGateway } from "../support/gateway.js";
import {
  ANA,
  APPLY,
  type ApplyAnswer,
  READINESS,
  SAVE_PROFILE,
  type SaveProfileAnswer,
  type UserError,
} from "../support/story.js";

const shopper = { externalId: "shopper_abc" };
const store = { slug: "cobasi" };
const cart = { items: [{ id: "1001", quantity: 2 }] };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

/** What the store holds, asked directly. */
async function heldByStore(cartId: string): Promise<string> {
  const answer = await fetch(`${gateway.sandboxes.get("vtex")}/_sandbox/carts/${cartId}`);
  return answer.text();
}

/** How often the store was asked for a new cart. */
async function cartsAtStore(): Promise<number> {
  const answer = await fetch(`${gateway.sandboxes.get("vtex")}/_sandbox/journal`);
  const requests = (await answer.json()) as { method: string; path: string }[];
  return requests.filter(({ method, path }) => method === "GET" && /^\/api\/checkout\/pub\/orderForm(\?|$)/.test(path))
    .length;
}

const apply = async (input: object) => {
  const { body } = await gateway.ask<ApplyAnswer>(APPLY, { input: { consumer: shopper, store, cart, ...input } });
  if (!body.data) throw new Error(JSON.stringify(body.errors));
  return body.data.applyCheckoutIdentity;
};

describe("a profile", () => {
  test("is saved and reads back masked", async () => {
    const { status, body } = await gateway.ask<SaveProfileAnswer>(SAVE_PROFILE, {
      input: { ...shopper, profile: ANA },
    });
    expect(status).toBe(200);
    const saved = body.data?.saveProfile;
    expect(saved).toMatchObject({
      created: true,
      userErrors: [],
      consumer: { externalId: "shopper_abc", status: "PROSPECT" },
    });
    expect(saved?.profile).toMatchObject({
      buyer: { document: "•••00", email: "a•••@example.com", firstName: "A•••", phone: "•••99" },
      address: { state: "SP", city: "•••", postalCode: "•••" },
      complete: true,
      missing: [],
      warnings: [{ code: "CHECK_DIGITS", field: ["buyer", "document"] }],
    });
  });

  test("is merged field by field", async () => {
    const input = {
      ...shopper,
      profile: { buyer: { email: "ana.lima@example.org" }, address: { complement: "ap 12" } },
    };
    const { body } = await gateway.ask<SaveProfileAnswer>(SAVE_PROFILE, { input });
    expect(body.data?.saveProfile).toMatchObject({
      created: false,
      profile: { buyer: { email: "a•••@example.org", document: "•••00", firstName: "A•••" }, complete: true },
    });
    await gateway.ask(SAVE_PROFILE, {
      input: { ...shopper, profile: { buyer: { email: ANA.buyer.email }, address: { complement: null } } },
    });
  });

  test("tells everything that is wrong at once, and repeats none of it", async () => {
    const profile = {
      buyer: { email: "not-an-email", phone: 5511999999999, firstName: "x".repeat(5_000) },
      address: { postalCode: ["01310100"] },
    };
    const { body } = await gateway.ask<SaveProfileAnswer>(SAVE_PROFILE, { input: { ...shopper, profile } });
    const errors = body.data?.saveProfile.userErrors ?? [];
    expect(errors.map(({ field }) => field?.join(".")).sort()).toEqual([
      "profile.address.postalCode",
      "profile.buyer.email",
      "profile.buyer.firstName",
      "profile.buyer.phone",
    ]);
    expect(JSON.stringify(body)).not.toMatch(/not-an-email|5511999999999|xxx|01310100/);
  });
});

describe("readiness", () => {
  test("says yes before anyone waits", async () => {
    const { body } = await gateway.ask(READINESS, { consumer: shopper, store });
    expect(body.data).toMatchObject({
      checkoutReadiness: { readiness: { ready: true, state: "READY", missing: [] }, userErrors: [] },
    });
  });

  test("names what is missing and one next action", async () => {
    const someone = { externalId: "shopper_half" };
    await gateway.ask(SAVE_PROFILE, { input: { ...someone, profile: { buyer: { firstName: "Bia" } } } });
    const { body } = await gateway.ask<{ checkoutReadiness: { readiness: { missing: string[]; nextAction: string } } }>(
      READINESS,
      { consumer: someone, store },
    );
    expect(body.data?.checkoutReadiness.readiness).toMatchObject({
      ready: false,
      state: "PROFILE_INCOMPLETE",
      nextAction: expect.any(String),
    });
    expect(body.data?.checkoutReadiness.readiness.missing).toContain("buyer.email");
  });
});

describe("a checkout", () => {
  test("carries the plain profile to the store and only masks to the caller", async () => {
    const { checkoutIdentity, userErrors } = await apply({});
    expect(userErrors).toEqual([]);
    expect(checkoutIdentity).toMatchObject({ state: "APPLIED", total: { currency: "BRL" } });
    expect(checkoutIdentity?.total.amountMinor).toBeGreaterThan(0);
    expect(checkoutIdentity?.fields).toEqual(
      expect.arrayContaining([
        { path: "buyer.email", source: "PROFILE", mask: "a•••@example.com" },
        { path: "buyer.document", source: "PROFILE", mask: "•••00" },
      ]),
    );
    const held = await heldByStore(checkoutIdentity?.cartId ?? "");
    for (const value of [ANA.buyer.email, ANA.buyer.document, ANA.address.street]) expect(held).toContain(value);
    const page = await fetch(checkoutIdentity?.checkoutUrl ?? "");
    expect(page.status).toBe(200);
  });

  test("lets inline values win field by field, and forgets them", async () => {
    const overrides = { buyer: { firstName: "Beatriz" }, address: { number: "77" } };
    const { checkoutIdentity } = await apply({ overrides });
    expect(checkoutIdentity?.fields).toEqual(
      expect.arrayContaining([
        { path: "buyer.firstName", source: "OVERRIDE", mask: "B•••" },
        { path: "buyer.lastName", source: "PROFILE", mask: "L•••" },
        { path: "address.number", source: "OVERRIDE", mask: "•••" },
      ]),
    );
    const held = await heldByStore(checkoutIdentity?.cartId ?? "");
    expect(held).toContain("Beatriz");
    expect(held).toContain(ANA.buyer.lastName);
    const again = await apply({});
    expect(await heldByStore(again.checkoutIdentity?.cartId ?? "")).not.toContain("Beatriz");
  });

  test("asked twice with one idempotency key is one cart and one answer", async () => {
    const before = await cartsAtStore();
    const first = await apply({ idempotencyKey: "order-1" });
    const second = await apply({ idempotencyKey: "order-1" });
    expect(second).toEqual(first);
    expect(await cartsAtStore()).toBe(before + 1);
    const other = await apply({ idempotencyKey: "order-1", cart: { items: [{ id: "1001", quantity: 3 }] } });
    expect(other.userErrors[0]).toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
  });

  test("asked ten times at once with one idempotency key is one cart", async () => {
    const before = await cartsAtStore();
    const answers = await Promise.all(Array.from({ length: 10 }, () => apply({ idempotencyKey: "order-2" })));
    expect(await cartsAtStore()).toBe(before + 1);
    const settled = answers.filter(({ checkoutIdentity }) => checkoutIdentity?.state === "APPLIED");
    expect(new Set(settled.map(({ checkoutIdentity }) => checkoutIdentity?.cartId)).size).toBe(1);
    for (const { userErrors } of answers)
      expect(userErrors.every(({ code, retry }) => code === "CONFLICT" && retry === "LATER")).toBe(true);
  });
});

describe("what a store really does", () => {
  const switches = () => `${gateway.sandboxes.get("vtex")}/_sandbox/switches`;
  async function withSwitch(switched: object, input: object = {}): Promise<UserError | undefined> {
    await fetch(switches(), {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(switched),
    });
    try {
      return (await apply(input)).userErrors[0];
    } finally {
      await fetch(switches(), { method: "DELETE" });
    }
  }

  test.each([
    [{ identityWall: true }, "CHALLENGE_REQUIRED", "AFTER_SHOPPER"],
    [{ trouble: "down" }, "STORE_UNAVAILABLE", "LATER"],
    [{ trouble: "htmlNotFound" }, "STORE_CHANGED", "NEVER"],
    [{ trouble: "garbage" }, "STORE_CHANGED", "NEVER"],
    [{ messageInside: true }, "REFUSED_BY_STORE", "NEVER"],
  ])("%j comes back typed", async (switched, code, retry) => {
    expect(await withSwitch(switched)).toMatchObject({ code, retry, nextAction: expect.any(String) });
  });

  test("429 tells how long to wait", async () => {
    expect(await withSwitch({ trouble: "rateLimited" })).toMatchObject({
      code: "RATE_LIMITED",
      retry: "LATER",
      retryAfterMs: 7_000,
    });
  });

  test("an item that the store does not know", async () => {
    const refused = await apply({ cart: { items: [{ id: "999999", quantity: 1 }] } });
    expect(refused.userErrors[0]).toMatchObject({
      code: "CART_INVALID",
      field: ["cart"],
      nextAction: expect.stringContaining("catalogue"),
    });
  });

  test("a postal code that leads nowhere", async () => {
    const refused = await apply({ overrides: { address: { postalCode: "00000000" } } });
    expect(refused.userErrors[0]).toMatchObject({
      code: "IDENTITY_INCOMPLETE",
      field: expect.arrayContaining(["postalCode"]),
    });
  });

  test("a failed checkout may be tried again with the same key when the store is back", async () => {
    expect(await withSwitch({ trouble: "down" }, { idempotencyKey: "order-3" })).toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
    expect(await apply({ idempotencyKey: "order-3" })).toMatchObject({
      checkoutIdentity: { state: "APPLIED" },
      userErrors: [],
    });
  });
});
