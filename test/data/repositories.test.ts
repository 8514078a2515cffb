import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  auditEvents,
  type CheckoutInsert,
  type CheckoutSettlement,
  checkouts,
  connections,
  consumers,
  idempotency,
  orders,
  type Scope,
  stores,
  type Tx,
} from "../../src/data/index.js";
import { newId } from "../../src/kernel/ids.js";
import { type Bench, ledgerLine, makeOrg, makeShopper, openBench } from "./fixtures.js";

let bench: Bench;
let scope: Scope;
beforeAll(async () => {
  bench = await openBench();
  scope = await makeOrg(bench.data);
});
afterAll(() => bench.end());

const inScope = <T>(work: (tx: Tx) => Promise<T>) => bench.data.inScope(scope, work);

const APPLIED: CheckoutSettlement = {
  ...{
    state: "APPLIED",
    cartId: "c1",
    cartUrl: "https://store.example/c1",
    totalMinor: 9_007_199_254,
    currency: "BRL",
  },
  ...{
    sources: { "buyer.email": "PROFILE" },
    masks: Buffer.from("sealed"),
    handOff: null,
    remarks: ['a,"b"', "ç\\"],
    reason: null,
  },
  ...{ retryAfterMs: null, failedFields: [], orderReference: null, settledAt: new Date(5_000) },
};

async function makeCheckout(change: Partial<CheckoutInsert> = {}) {
  const { consumerId, storeId } = await makeShopper(bench.data, scope);
  const intent: CheckoutInsert = {
    ...{
      id: newId("chk"),
      consumerId,
      storeId,
      idempotencyKey: null,
      fingerprint: null,
      cart: { items: [{ id: "1" }] },
    },
    ...{
      hasOverrides: true,
      purpose: "a test",
      keyId: null,
      impersonationId: null,
      leaseUntil: new Date(2_000),
      createdAt: new Date(1_000),
    },
    ...change,
  };
  return { intent, row: await inScope((tx) => checkouts.insert(tx, intent)) };
}

describe("a checkout", () => {
  test("is read as it was written", async () => {
    const { intent, row } = await makeCheckout();
    expect(row).toMatchObject({ ...intent, state: "PENDING", checkpoint: null, settledAt: null, remarks: [] });
    const settled = await inScope((tx) => checkouts.settle(tx, intent.id, APPLIED));
    expect(settled).toEqual({ ...row, ...APPLIED, leaseUntil: null });
    expect(await inScope((tx) => checkouts.find(tx, intent.id))).toEqual(settled);
  });

  test("has one intent for each idempotency key", async () => {
    const { intent } = await makeCheckout({ idempotencyKey: "once", fingerprint: Buffer.alloc(32, 1) });
    const again = await inScope(async (tx) => [
      await checkouts.insert(tx, { ...intent, id: newId("chk") }),
      await checkouts.findByIdempotencyKey(tx, "once"),
    ]);
    expect([again[0], again[1]?.id]).toEqual([null, intent.id]);
  });

  test("is settled once, whoever tries", async () => {
    const { intent } = await makeCheckout();
    const tries = await Promise.all([1, 2, 3].map(() => inScope((tx) => checkouts.settle(tx, intent.id, APPLIED))));
    expect(tries.filter((row) => row !== null)).toHaveLength(1);
    const later = await inScope(async (tx) => [
      await checkouts.saveCheckpoint(tx, intent.id, "step", new Date()),
      await checkouts.renewLease(tx, intent.id, new Date()),
      await checkouts.takeLease(tx, intent.id, new Date(), new Date()),
    ]);
    expect(later).toEqual([false, false, null]);
  });

  test("is taken by one clock when its lease is over", async () => {
    const { intent } = await makeCheckout();
    expect(await inScope((tx) => checkouts.takeLease(tx, intent.id, new Date(1_999), new Date(9_000)))).toBeNull();
    const listed = await bench.data.pendingCheckouts(new Date(2_001), 1_000);
    expect(listed).toContainEqual({ ...scope, id: intent.id });
    const take = () => inScope((tx) => checkouts.takeLease(tx, intent.id, new Date(2_001), new Date(9_000)));
    expect((await Promise.all([take(), take()])).filter((row) => row !== null)).toHaveLength(1);
    expect(await bench.data.pendingCheckouts(new Date(2_001), 1_000)).not.toContainEqual({ ...scope, id: intent.id });
  });
});

describe("an order", () => {
  test("counts once for each reference and makes the status", async () => {
    const { intent } = await makeCheckout();
    const { consumerId, storeId, id } = intent;
    await inScope((tx) => checkouts.settle(tx, id, APPLIED));
    const report = (reference: string) => {
      const order = { consumerId, storeId, reference, checkoutId: id, at: new Date() };
      return inScope((tx) => orders.report(tx, order));
    };
    const seen = [await report("o-1"), await report("o-1"), await report("o-2"), await report("o-3")];
    expect(
      seen.map((order) => (order.outcome === "not_found" ? null : [order.outcome, order.consumer.status])),
    ).toEqual([
      ["reported", "ACQUIRED"],
      ["repeated", "ACQUIRED"],
      ["reported", "REPEAT"],
      ["reported", "REPEAT"],
    ]);
    const checkout = await inScope((tx) => checkouts.find(tx, id));
    expect(checkout).toMatchObject({ state: "ORDERED", orderReference: "o-1" });
    const raced = await Promise.all(Array.from({ length: 6 }, (_, n) => report(`race-${n % 3}`)));
    expect(raced.filter(({ outcome }) => outcome === "reported")).toHaveLength(3);
    expect(await inScope((tx) => consumers.find(tx, { id: consumerId }))).toMatchObject({ orderCount: 6 });
  });

  test("of nobody is not_found", async () => {
    const order = { consumerId: newId("csm"), storeId: null, reference: "o", checkoutId: null, at: new Date() };
    expect(await inScope((tx) => orders.report(tx, order))).toEqual({ outcome: "not_found" });
  });
});

describe("an idempotency key", () => {
  const claim = { key: "k", operation: "createConsumer", fingerprint: Buffer.alloc(32), result: null };

  test("is claimed by one; the other waits, and finds the result", async () => {
    const work = () =>
      inScope(async (tx) => {
        const known = await idempotency.claim(tx, claim);
        if (known !== null) return known.result;
        await tx.em.execute("select pg_sleep(0.05)");
        await idempotency.complete(tx, claim.key, { mine: true });
        return "did it";
      });
    const answers = await Promise.all([work(), work()]);
    expect(answers).toContain("did it");
    expect(answers).toContainEqual({ mine: true });
  });

  test("is free again when the work throws", async () => {
    const failed = inScope(async (tx) => {
      await idempotency.claim(tx, { ...claim, key: "f" });
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await inScope((tx) => idempotency.claim(tx, { ...claim, key: "f" }))).toBeNull();
  });
});

describe("names", () => {
  const create = (externalId: string, shopperReference: string) =>
    inScope((tx) => consumers.create(tx, { id: newId("csm"), externalId, shopperReference }));

  test("that are taken are told, and the transaction goes on", async () => {
    expect(await create("one", "ref-one")).toMatchObject({ outcome: "created", consumer: { externalId: "one" } });
    expect(await create("one", "ref-two")).toEqual({ outcome: "taken", name: "externalId" });
    expect(await create("two", "ref-one")).toEqual({ outcome: "taken", name: "shopperReference" });
    const both = await inScope(async (tx) => {
      const id = newId("csm");
      await consumers.create(tx, { id, externalId: "three", shopperReference: "ref-three" });
      const clash = await consumers.update(tx, id, { externalId: "one" }, new Date());
      return [clash, await consumers.update(tx, id, { externalId: "four" }, new Date(7_000))];
    });
    expect(both[0]).toEqual({ outcome: "taken", name: "externalId" });
    expect(both[1]).toMatchObject({ outcome: "updated", consumer: { externalId: "four", updatedAt: new Date(7_000) } });
    expect(await inScope((tx) => consumers.update(tx, newId("csm"), {}, new Date()))).toEqual({ outcome: "not_found" });
  });

  test("of stores are free again when the store is removed", async () => {
    const store = {
      slug: "corner",
      adapter: "vtex",
      title: "Corner",
      settings: {},
      credentials: Buffer.from("sealed"),
    };
    const [first, second] = [newId("sto"), newId("sto")];
    await inScope(async (tx) => {
      expect(await stores.insert(tx, { ...store, id: first })).toMatchObject({ id: first, removedAt: null });
      expect(await stores.insert(tx, { ...store, id: second })).toBeNull();
      expect(await stores.update(tx, first, { title: "New" }, new Date())).toMatchObject({
        title: "New",
        settings: {},
      });
      expect(await stores.remove(tx, first, new Date(8_000))).toMatchObject({
        credentials: null,
        removedAt: new Date(8_000),
      });
      expect(await stores.remove(tx, first, new Date())).toBeNull();
      expect(await stores.find(tx, { slug: "corner" })).toBeNull();
      expect(await stores.find(tx, { id: first })).toBeNull();
      expect(await stores.find(tx, { id: first }, "removed")).toMatchObject({ id: first });
      expect(await stores.insert(tx, { ...store, id: second })).toMatchObject({ id: second });
    });
  });
});

describe("a connection", () => {
  test("is one between a consumer and a store, however often it is used", async () => {
    const { consumerId, storeId } = await makeShopper(bench.data, scope);
    const use = (at: Date) =>
      inScope((tx) => connections.upsertUsed(tx, { id: newId("con"), consumerId, storeId, at }));
    const last = new Date(Date.now() + 60_000);
    const uses = await Promise.all([use(new Date()), use(last), use(new Date())]);
    expect(new Set(uses.map(({ id }) => id)).size).toBe(1);
    const [only, ...others] = await inScope((tx) => connections.list(tx, consumerId));
    expect([only?.lastUsedAt, only?.status, others]).toEqual([last, "ACTIVE", []]);
  });
});

describe("the ledger", () => {
  test("is read in pages, newest first, by consumer and by action", async () => {
    const consumerId = newId("csm");
    const lines = ["a.b", "c.d", "a.b"].map((action, n) => ({ ...ledgerLine(action), consumerId, facts: { n } }));
    await inScope(async (tx) => {
      for (const line of lines) await auditEvents.insert(tx, line);
    });
    const read = (after: (typeof lines)[number]["id"] | null, limit: number, action?: string) =>
      inScope((tx) => auditEvents.list(tx, { limit, after, descending: true }, { consumerId, action }));
    const first = await read(null, 2);
    const rest = await read(first.at(-1)?.id ?? null, 2);
    expect([...first, ...rest]).toEqual(lines.map((line) => ({ ...scope, ...line })).reverse());
    expect((await read(null, 9, "a.b")).map(({ facts }) => facts)).toEqual([{ n: 2 }, { n: 0 }]);
  });
});
