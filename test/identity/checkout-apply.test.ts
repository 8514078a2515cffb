import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ApplyCheckoutIdentityInput, Caller } from "../../src/identity/index.js";
import { ANA } from "../support/story.js";
import {
  codesOf,
  ledgerOf,
  openCorner,
  openTestHouse,
  refusalsOf,
  type TestHouse,
  wanted,
  withoutScope,
} from "./house.js";

let house: TestHouse;
let caller: Caller;
let store: { slug: string };
const consumer = { externalId: "shopper_abc" };
const cart = { items: [{ id: "coffee", quantity: 2 }] };

beforeAll(async () => {
  house = await openTestHouse();
  caller = await house.org();
  store = await openCorner(house, caller);
  await house.identity.saveProfile(caller, { ...consumer, profile: ANA });
});
afterAll(() => house.close());
beforeEach(() => house.sandbox.shop("ana").baskets.clear());

const apply = async (more: Partial<ApplyCheckoutIdentityInput> = {}, by = caller, identity = house.identity) =>
  (await identity.applyCheckoutIdentity(by, { consumer, store, cart, ...more })).checkoutIdentity;
const baskets = () => [...house.sandbox.shop("ana").baskets.values()];

async function withSwitch<T>(switched: object, work: () => Promise<T>): Promise<T> {
  const url = `${house.sandbox.url}/_sandbox/switches`;
  const headers = { "content-type": "application/json" };
  await fetch(url, { method: "PUT", headers, body: JSON.stringify(switched) });
  try {
    return await work();
  } finally {
    await fetch(url, { method: "DELETE" });
  }
}

describe("a checkout", () => {
  test("gives the store the plain values and the caller masks", async () => {
    const applied = await apply();
    expect(applied).toMatchObject({
      state: "APPLIED",
      total: { amountMinor: 3780, currency: "BRL" },
      fields: [
        { path: "buyer.firstName", source: "PROFILE", mask: "A•••" },
        { path: "buyer.lastName", source: "PROFILE", mask: "L•••" },
        { path: "buyer.email", source: "PROFILE", mask: "a•••@example.com" },
        { path: "buyer.phone", source: "PROFILE", mask: "•••99" },
      ],
      statusReason: null,
    });
    expect(applied.checkoutUrl).toContain(house.sandbox.url);
    expect(baskets()).toMatchObject([{ id: applied.cartId, buyer: { name: "Ana Lima", email: "ana@example.com" } }]);
    expect(await house.identity.findCheckout(caller, applied.id)).toEqual(applied);
  });

  test("takes overrides for this time only", async () => {
    const applied = await apply({ overrides: { buyer: { firstName: "Beatriz", phone: null } } });
    expect(applied.fields).toMatchObject([{ source: "OVERRIDE", mask: "B•••" }, { source: "PROFILE" }, {}]);
    expect(baskets()).toMatchObject([{ buyer: { name: "Beatriz Lima" } }]);
    expect(baskets()[0]?.buyer?.phone).toBeUndefined();
    const { profile } = (await house.identity.findConsumer(caller, consumer, wanted)) ?? {};
    expect(profile?.buyer).toMatchObject({ firstName: "A•••", phone: "•••99" });
  });

  test("is possible for a shopper who is given whole in the overrides", async () => {
    await house.identity.createConsumer(caller, { externalId: "bare" });
    const applied = await apply({ consumer: { externalId: "bare" }, overrides: ANA });
    expect(applied.fields.every(({ source, mask }) => source === "OVERRIDE" && mask.includes("•••"))).toBe(true);
  });

  test("takes a cart that is there", async () => {
    const { cartId } = await apply();
    const again = await apply({ cart: { id: cartId } });
    expect(again.cartId).toBe(cartId);
    expect(baskets()).toHaveLength(1);
  });

  test("marks the store as used, with a connection by profile", async () => {
    await apply();
    const found = await house.identity.findConsumer(caller, consumer, wanted);
    expect(found?.connections).toMatchObject([{ via: "PROFILE", status: "ACTIVE", store: { slug: "ana" } }]);
    expect(found?.connections[0]?.lastUsedAt).toBeInstanceOf(Date);
  });

  test("is told in the ledger, the use before what came of it", async () => {
    const org = await house.org();
    await openCorner(house, org);
    await house.identity.saveProfile(org, { ...consumer, profile: ANA });
    await apply({ purpose: "weekly groceries" }, org);
    expect((await ledgerOf(house, org.scope.orgId)).slice(-2)).toEqual(["profile.used", "checkout.applied"]);
    const { nodes } = await house.identity.listAuditEvents(org, { first: 10, filter: { action: "profile.used" } });
    expect(nodes).toMatchObject([
      {
        purpose: "weekly groceries",
        outcome: "done",
        facts: { use: "checkout", fields: ["buyer.firstName", "buyer.lastName", "buyer.email", "buyer.phone"] },
      },
    ]);
  });
});

describe("what is refused before anything is begun", () => {
  test("missing fields, each by its path, with one next action", async () => {
    await house.identity.saveProfile(caller, { externalId: "half", profile: { buyer: { firstName: "Bia" } } });
    const refused = await refusalsOf(apply({ consumer: { externalId: "half" } }));
    expect(refused).toMatchObject([
      { code: "IDENTITY_INCOMPLETE", field: ["overrides", "buyer", "lastName"] },
      { code: "IDENTITY_INCOMPLETE", field: ["overrides", "buyer", "email"] },
    ]);
    expect(new Set(refused.map(({ nextAction }) => nextAction)).size).toBe(1);
    expect(baskets()).toEqual([]);
  });

  test("carts, overrides and purposes that are none", async () => {
    const wrong = { cart: { id: "a", items: [] }, overrides: { buyer: { email: 5 } }, purpose: "for 123.456.789-00" };
    expect((await refusalsOf(apply(wrong))).map(({ field }) => field?.join(".")).sort()).toEqual([
      "cart",
      "overrides.buyer.email",
      "purpose",
    ]);
    expect(await codesOf(apply({ cart: { items: [{ id: "coffee", quantity: 0 }] } }))).toEqual(["INVALID"]);
    expect(await codesOf(apply({ cart: { items: [{ id: "ana@example.com" }] } }))).toEqual(["INVALID"]);
  });

  test("unknown, foreign and removed things alike", async () => {
    const stranger = await house.org();
    expect(await codesOf(apply({}, stranger))).toEqual(["NOT_FOUND"]);
    expect(await codesOf(apply({ store: { slug: "nowhere" } }))).toEqual(["NOT_FOUND"]);
    expect(await codesOf(apply({ consumer: { id: "csm_nonsense" } }))).toEqual(["NOT_FOUND"]);
    expect(await codesOf(apply({}, withoutScope(caller, "checkouts:write")))).toEqual(["FORBIDDEN"]);
  });
});

describe("the same idempotency key", () => {
  test("is the same answer and one cart", async () => {
    const first = await apply({ idempotencyKey: "same" });
    expect(await apply({ idempotencyKey: "same" })).toEqual(first);
    expect(baskets()).toHaveLength(1);
    expect(await codesOf(apply({ idempotencyKey: "same", cart: { items: [{ id: "milk" }] } }))).toEqual([
      "IDEMPOTENCY_KEY_REUSED",
    ]);
  });

  test("ten at once, on two gateways, are one cart and one answer", async () => {
    const neighbour = await house.neighbour();
    const before = await countUses();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        apply({ idempotencyKey: "race" }, caller, index % 2 === 0 ? house.identity : neighbour.identity),
      ),
    );
    expect(new Set(answers.map(({ id, cartId }) => `${id} ${cartId}`)).size).toBe(1);
    expect(baskets()).toHaveLength(1);
    expect(await countUses()).toBe(before + 1);
  });

  test("replays a failure as it was", async () => {
    const unknown = { idempotencyKey: "failed", cart: { items: [{ id: "nothing" }] } };
    const [first] = await refusalsOf(apply(unknown));
    const [second] = await refusalsOf(apply(unknown));
    expect(first).toMatchObject({ code: "CART_INVALID", retry: "after-shopper", nextAction: expect.any(String) });
    expect([second?.code, second?.message, second?.field, second?.nextAction]).toEqual([
      first?.code,
      first?.message,
      first?.field,
      first?.nextAction,
    ]);
    expect(baskets()).toEqual([]);
  });

  test("takes a checkout up again when the store is back", async () => {
    const down = await withSwitch({ trouble: "down" }, () => refusalsOf(apply({ idempotencyKey: "down" })));
    expect(down).toMatchObject([{ code: "STORE_UNAVAILABLE", retry: "later" }]);
    expect(await apply({ idempotencyKey: "down" })).toMatchObject({ state: "APPLIED" });
    expect(baskets()).toHaveLength(1);
  });

  test.each(["down", "reset", "lostAnswer", "cut"])(
    "mends after %s at any step of the way, with one cart",
    async (trouble) => {
      for (const skip of [0, 1, 2]) {
        house.sandbox.shop("ana").baskets.clear();
        const idempotencyKey = `${trouble} ${skip}`;
        const codes = await withSwitch({ trouble, skip }, () => codesOf(apply({ idempotencyKey })));
        expect(codes).toEqual(["STORE_UNAVAILABLE"]);
        expect(await apply({ idempotencyKey })).toMatchObject({ state: "APPLIED" });
        expect(baskets()).toHaveLength(1);
      }
    },
  );

  test("tells how long a store asks to wait, each time", async () => {
    const limited = () => refusalsOf(apply({ idempotencyKey: "limited" }));
    const answers = await withSwitch({ trouble: "rateLimited" }, async () => [
      ...(await limited()),
      ...(await limited()),
    ]);
    for (const answer of answers) expect(answer).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 7_000 });
  });

  async function countUses(): Promise<number> {
    const { rows } = await house.admin.query<{ count: number }>(
      "select count(*)::int as count from audit_event where action = 'profile.used'",
    );
    return rows[0]?.count ?? 0;
  }
});

test("closing waits for a checkout that is at the store", async () => {
  const neighbour = await house.neighbour();
  await withSwitch({ delayMs: 150 }, async () => {
    const applying = apply({ idempotencyKey: "closing" }, caller, neighbour.identity);
    await neighbour.identity.close();
    const { rows } = await house.admin.query("select state from checkout where idempotency_key = 'closing'");
    expect(rows).toEqual([{ state: "APPLIED" }]);
    await applying;
  });
});

test("no table, log or ledger line holds what went to the store", async () => {
  await apply({ overrides: { buyer: { firstName: "Canarina", email: "canarina@example.org" } } });
  expect(baskets()).toMatchObject([{ buyer: { name: "Canarina Lima", email: "canarina@example.org" } }]);
  const { rows } = await house.admin.query<{ tables: string }>(
    `select string_agg(query_to_xml(format('select * from %I', tablename), true, false, '')::text, '') as tables
     from pg_tables where schemaname = 'public'`,
  );
  expect(`${rows[0]?.tables}${house.logLines.join("")}`).not.toMatch(/canarina|Ana Lima|ana@example\.com/i);
});
