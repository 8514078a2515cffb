import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Caller } from "../../src/identity/index.js";
import { ANA } from "../support/story.js";
import {
  codesOf,
  openCorner,
  openTestHouse,
  refusalsOf,
  type TestHouse,
  wanted,
  withoutScope,
  withScopes,
} from "./house.js";

let house: TestHouse;
let caller: Caller;
beforeAll(async () => {
  house = await openTestHouse();
  caller = await house.org();
});
afterAll(() => house.close());

describe("consumers", () => {
  test("are made once, renamed, and keep their names to themselves", async () => {
    const { consumer } = await house.identity.createConsumer(caller, { externalId: "c-1", shopperReference: "ref-1" });
    expect(consumer).toMatchObject({ externalId: "c-1", shopperReference: "ref-1", status: "PROSPECT" });
    const again = await refusalsOf(house.identity.createConsumer(caller, { externalId: "c-1" }));
    expect(again).toMatchObject([{ code: "ALREADY_EXISTS", field: ["externalId"] }]);
    await house.identity.createConsumer(caller, { externalId: "c-2" });
    const change = { consumer: { id: consumer.id }, externalId: "c-2" };
    expect(await codesOf(house.identity.updateConsumer(caller, change))).toEqual(["ALREADY_EXISTS"]);
    const nothing = house.identity.updateConsumer(caller, { consumer: change.consumer, shopperReference: null });
    await expect(nothing).rejects.toMatchObject({
      code: "INVALID",
      field: null,
      nextAction: expect.stringContaining("`externalId`"),
    });
    const renamed = await house.identity.updateConsumer(caller, { ...change, externalId: "c-3" });
    expect(renamed.consumer).toMatchObject({ id: consumer.id, externalId: "c-3", shopperReference: "ref-1" });
    const other = await house.org();
    await house.identity.createConsumer(other, { externalId: "c-3", shopperReference: "ref-1" });
  });

  test.each([
    ["ana@example.com", "externalId"],
    ["", "externalId"],
    ["csm_1", "externalId"],
    ["a\nb", "externalId"],
    [" a", "externalId"],
    ["x".repeat(129), "externalId"],
    ["\ud800", "externalId"],
  ])("are not called %j", async (externalId, field) => {
    const refused = await refusalsOf(house.identity.createConsumer(caller, { externalId }));
    expect(refused).toMatchObject([{ code: "INVALID", field: [field] }]);
  });

  test("have a reference of 3 to 128 characters", async () => {
    for (const shopperReference of ["ab", "x".repeat(129)]) {
      const given = { externalId: "ref", shopperReference };
      expect(await codesOf(house.identity.createConsumer(caller, given))).toEqual(["INVALID"]);
    }
  });

  test("come in pages, in both directions, counted when asked", async () => {
    const org = await house.org();
    for (let index = 0; index < 5; index += 1)
      await house.identity.saveProfile(org, { externalId: `p-${index}`, profile: ANA });
    const walk = async (orderBy: "CREATED_AT_ASC" | "CREATED_AT_DESC") => {
      const seen: string[] = [];
      let after: string | null = null;
      for (;;) {
        const want = { ...wanted, totalCount: true };
        const page = await house.identity.listConsumers(org, { first: 2, after, orderBy }, want);
        expect(page.totalCount).toBe(5);
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        for (const node of page.nodes) expect(node.profile?.buyer.document).toBe("•••00");
        seen.push(...page.nodes.map(({ externalId }) => externalId));
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) return seen;
      }
    };
    expect(await walk("CREATED_AT_ASC")).toEqual(["p-0", "p-1", "p-2", "p-3", "p-4"]);
    expect(await walk("CREATED_AT_DESC")).toEqual(["p-4", "p-3", "p-2", "p-1", "p-0"]);
    const bare = { profile: false, connections: false, totalCount: false };
    for (const wrong of [{ first: 0 }, { first: 101 }, { first: 1.5 }, { first: 2, after: "sto_1" }])
      expect(await codesOf(house.identity.listConsumers(org, wrong, bare))).toEqual(["INVALID"]);
    const prefixed = await house.identity.listConsumers(org, { first: 9, filter: { externalIdPrefix: "p-" } }, bare);
    expect(prefixed.nodes).toHaveLength(5);
    const odd = await house.identity.listConsumers(org, { first: 9, filter: { externalIdPrefix: "p_" } }, bare);
    expect(odd.nodes).toEqual([]);
  });

  test("give other work its turn while a page is opened", async () => {
    const org = await house.org();
    for (let index = 0; index < 30; index += 1)
      await house.identity.saveProfile(org, { externalId: `t-${index}`, profile: ANA });
    let turns = 0;
    let isOpen = true;
    const count = () => {
      turns += 1;
      if (isOpen) setImmediate(count);
    };
    const pages = Promise.all(
      Array.from({ length: 8 }, () =>
        house.identity.listConsumers(org, { first: 50 }, { ...wanted, totalCount: false }),
      ),
    );
    setImmediate(count);
    const answers = await pages;
    isOpen = false;
    for (const { nodes } of answers) expect(nodes).toHaveLength(30);
    expect(turns).toBeGreaterThan(8);
  });

  test("show parts only to keys that may read them", async () => {
    const id = { externalId: "c-3" };
    const reader = withScopes(caller, "consumers:read");
    expect(await house.identity.findConsumer(reader, id, { profile: false, connections: false })).not.toBeNull();
    expect(await codesOf(house.identity.findConsumer(reader, id, wanted))).toEqual(["FORBIDDEN"]);
    expect(await codesOf(house.identity.findConsumer(caller, {}, wanted))).toEqual(["INVALID"]);
    const both = { id: "csm_1", externalId: "c-3" };
    expect(await codesOf(house.identity.findConsumer(caller, both, wanted))).toEqual(["INVALID"]);
  });
});

describe("stores", () => {
  test("are registered, changed and removed; their credentials stay inside", async () => {
    const org = await house.org();
    await openCorner(house, org, "shop");
    const found = await house.identity.findStore(org, { slug: "shop" });
    expect(found).toMatchObject({
      slug: "shop",
      adapter: { id: "pretend" },
      settings: { shop: "shop" },
      hasCredentials: true,
      environment: "test",
    });
    const { rows } = await house.admin.query<{ all: string }>("select string_agg(s::text, '') as all from store s");
    expect(rows[0]?.all).not.toContain("key-of-shop");
    const changed = await house.identity.updateStore(org, { store: { slug: "shop" }, title: "New", credentials: null });
    expect(changed.store).toMatchObject({ title: "New", hasCredentials: false, settings: { shop: "shop" } });
    const again = { adapter: "pretend", slug: "shop", title: "Other", settings: { shop: "other" } };
    expect(await codesOf(house.identity.registerStore(org, again))).toEqual(["ALREADY_EXISTS"]);
    await house.identity.removeStore(org, { store: { slug: "shop" } });
    expect(await house.identity.findStore(org, { slug: "shop" })).toBeNull();
    expect((await house.identity.listStores(org, { first: 10 })).nodes).toEqual([]);
    expect(await codesOf(house.identity.removeStore(org, { store: { slug: "shop" } }))).toEqual(["NOT_FOUND"]);
    await house.identity.registerStore(org, again);
  });

  test("are refused by path, without a value", async () => {
    const given = { adapter: "pretend", slug: "x", title: "X", settings: { shop: "NOT A SHOP" } };
    const refused = await refusalsOf(house.identity.registerStore(caller, given));
    expect(refused).toMatchObject([{ code: "INVALID", field: ["settings", "shop"] }]);
    expect(JSON.stringify(refused)).not.toContain("NOT A SHOP");
    const badKey = { ...given, settings: { shop: "x" }, credentials: { key: 5, secret: "s3cret" } };
    const unsealed = await refusalsOf(house.identity.registerStore(caller, badKey));
    expect(unsealed.every(({ field }) => field?.[0] === "credentials")).toBe(true);
    expect(unsealed.map(({ message }) => message).join()).not.toContain("s3cret");
    expect(await codesOf(house.identity.registerStore(caller, { ...given, slug: "No Slug" }))).toEqual(["INVALID"]);
    expect(await codesOf(house.identity.registerStore(caller, { ...given, adapter: "none" }))).toEqual(["NOT_FOUND"]);
    const poor = withoutScope(caller, "stores:write");
    expect(await codesOf(house.identity.registerStore(poor, given))).toEqual(["FORBIDDEN"]);
  });

  test("of the other environment and of others are not there", async () => {
    await openCorner(house, caller, "mine");
    const live = await house.identity.consoleCaller(caller.scope.orgId, "live");
    const own = await house.identity.findStore(caller, { slug: "mine" });
    for (const stranger of [live, await house.org()]) {
      expect(await house.identity.findStore(stranger, { slug: "mine" })).toBeNull();
      expect(await house.identity.findStore(stranger, { id: own?.id })).toBeNull();
      const change = { store: { id: own?.id }, title: "Stolen" };
      expect(await codesOf(house.identity.updateStore(stranger, change))).toEqual(["NOT_FOUND"]);
    }
  });
});

describe("readiness", () => {
  test("names missing fields before it asks the store, and says yes when it can", async () => {
    const org = await house.org();
    const store = await openCorner(house, org, "ready");
    const consumer = { externalId: "r" };
    await house.identity.saveProfile(org, { ...consumer, profile: { buyer: { firstName: "Ana" } } });
    expect(await house.identity.readiness(org, consumer, store)).toEqual({
      ready: false,
      state: "PROFILE_INCOMPLETE",
      missing: ["buyer.lastName", "buyer.email"],
      nextAction: expect.stringContaining("buyer.lastName, buyer.email"),
    });
    await house.identity.saveProfile(org, { ...consumer, profile: ANA });
    expect(await house.identity.readiness(org, consumer, store)).toEqual({
      ready: true,
      state: "READY",
      missing: [],
      nextAction: null,
    });
    expect(await codesOf(house.identity.readiness(org, consumer, { slug: "none" }))).toEqual(["NOT_FOUND"]);
    expect(await codesOf(house.identity.readiness(org, { externalId: "none" }, store))).toEqual(["NOT_FOUND"]);
  });
});

describe("orders", () => {
  test("make a prospect acquired, then a repeat customer; each counts once", async () => {
    const org = await house.org();
    const consumer = { externalId: "buyer" };
    await house.identity.createConsumer(org, consumer);
    const report = (orderReference: string) => house.identity.reportOrder(org, { consumer, orderReference });
    const answers = await Promise.all(Array.from({ length: 6 }, () => report("order-1")));
    for (const answer of answers) expect(answer.consumer).toMatchObject({ status: "ACQUIRED", orderCount: 1 });
    expect((await report("order-2")).consumer).toMatchObject({ status: "REPEAT", orderCount: 2 });
    expect(await codesOf(report("ana@example.com"))).toEqual(["INVALID"]);
    const { nodes } = await house.identity.listAuditEvents(org, { first: 10, filter: { consumer } });
    expect(nodes.map(({ action }) => action)).toEqual(["order.reported", "order.reported", "consumer.created"]);
  });

  test("end the checkout that they came from", async () => {
    const org = await house.org();
    const store = await openCorner(house, org, "till");
    const consumer = { externalId: "buyer" };
    await house.identity.saveProfile(org, { ...consumer, profile: ANA });
    const cart = { items: [{ id: "coffee" }] };
    const { checkoutIdentity } = await house.identity.applyCheckoutIdentity(org, { consumer, store, cart });
    const given = { checkoutIdentity: checkoutIdentity.id, orderReference: "o-1", idempotencyKey: "o" };
    const first = await house.identity.reportOrder(org, given);
    expect(first).toMatchObject({
      consumer: { status: "ACQUIRED", orderCount: 1 },
      checkoutIdentity: { state: "ORDERED", orderReference: "o-1" },
    });
    expect(await house.identity.reportOrder(org, given)).toEqual(first);
    const stranger = await house.org();
    expect(await codesOf(house.identity.reportOrder(stranger, { ...given, idempotencyKey: null }))).toEqual([
      "NOT_FOUND",
    ]);
    expect(await codesOf(house.identity.reportOrder(org, { orderReference: "o-2" }))).toEqual(["INVALID"]);
  });
});
