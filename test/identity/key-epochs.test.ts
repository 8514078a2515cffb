/** Keys give way to the next ones while shoppers are served, cut off anywhere, and nothing opens under the old ones. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Caller } from "../../src/identity/index.js";
import { ANA } from "../support/story.js";
import { openCorner, openTestHouse, type TestHouse, wanted } from "./house.js";

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse();
});
afterAll(() => house.close());

const NOW = { settleMs: 0 } as const;
const save = (caller: Caller, externalId: string, email = `${externalId}@example.com`) =>
  house.identity.saveProfile(caller, { externalId, profile: { ...ANA, buyer: { ...ANA.buyer, email } } });
const emailOf = async (caller: Caller, externalId: string) =>
  (await house.identity.findConsumer(caller, { externalId }, wanted))?.profile?.buyer.email ?? null;
const found = async (caller: Caller, email: string) =>
  (
    await house.identity.listConsumers(caller, { first: 10, filter: { email } }, { ...wanted, totalCount: false })
  ).nodes.map(({ externalId }) => externalId);
async function versions(caller: Caller) {
  const { rows } = await house.admin.query<{ kek: number[]; index: number[] }>(
    `select array(select distinct kek_version from consumer_key where org_id = $1 order by 1) as kek,
       array(select distinct key_version from consumer_index where org_id = $1 order by 1) as index`,
    [caller.scope.orgId],
  );
  return rows[0];
}

describe("a rotation", () => {
  test("wraps, seals and indexes everything anew, and destroys what did it before", async () => {
    const caller = await house.org();
    const shop = await openCorner(house, caller);
    for (let at = 0; at < 5; at += 1) await save(caller, `shopper-${at}`);
    expect(await versions(caller)).toEqual({ kek: [1], index: [1] });
    const stages: string[] = [];
    const onProgress = ({ kind, stage }: { kind: string; stage: string }) => void stages.push(`${kind} ${stage}`);
    expect(await house.identity.rotateKeys({ ...NOW, org: caller.scope.orgId, onProgress })).toBe(true);
    expect(await versions(caller)).toEqual({ kek: [2], index: [2] });
    for (const kind of ["kek", "index"])
      expect(stages.filter((stage) => stage.startsWith(`${kind} `))).toEqual(
        ["minted", "promoted", "renewing", "promoted", "retired", "steady"].map((stage) => `${kind} ${stage}`),
      );
    expect(await emailOf(caller, "shopper-3")).toBe("s•••@example.com");
    expect(await found(caller, "shopper-3@example.com")).toEqual(["shopper-3"]);
    // The Store's sealed credentials open, too.
    const cart = { items: [{ id: "coffee", quantity: 1 }] };
    const consumer = { externalId: "shopper-1" };
    await house.identity.applyCheckoutIdentity(caller, { consumer, store: shop, cart });
    await house.identity.rotateKeys({ ...NOW, org: caller.scope.orgId });
    expect(await versions(caller)).toEqual({ kek: [3], index: [3] });
    expect(await emailOf(caller, "shopper-1")).toBe("s•••@example.com");
  });

  test("of several orgs waits for all of them together", async () => {
    const orgs = [await house.org(), await house.org()].map(({ scope }) => scope.orgId);
    const told: { orgId: string; stage: string }[] = [];
    expect(await house.identity.rotateKeys({ ...NOW, org: null, onProgress: (one) => void told.push(one) })).toBe(true);
    const stages = told.filter(({ orgId }) => orgs.some((one) => one === orgId)).map(({ stage }) => stage);
    expect(stages.slice(0, 4)).toEqual(Array.from({ length: 4 }, () => "minted"));
    expect(stages.slice(-4)).toEqual(Array.from({ length: 4 }, () => "steady"));
  });

  test("that is cut off after any stage is gone on with by another gateway", async () => {
    const caller = await house.org();
    await save(caller, "ana");
    const other = await house.neighbour();
    for (let cuts = 0; cuts < 5; cuts += 1) {
      const cutting = new AbortController();
      const onProgress = () => cutting.abort();
      const options = { ...NOW, org: caller.scope.orgId, onProgress, signal: cutting.signal };
      const by = cuts % 2 === 0 ? other.identity : house.identity;
      await expect(by.rotateKeys(options)).rejects.toThrow();
      expect(await emailOf(caller, "ana")).toBe("a•••@example.com");
      await save(caller, `between-${cuts}`);
    }
    expect(await house.identity.rotateKeys({ ...NOW, org: caller.scope.orgId })).toBe(true);
    for (let cuts = 0; cuts < 5; cuts += 1) expect(await emailOf(caller, `between-${cuts}`)).toBe("b•••@example.com");
    expect(await found(caller, "between-2@example.com")).toEqual(["between-2"]);
  });

  test("beside readers and writers leaves none of them with a wrong answer", async () => {
    const caller = await house.org();
    const other = await house.neighbour();
    const names = Array.from({ length: 8 }, (_, at) => `busy-${at}`);
    for (const name of names) await save(caller, name);
    let isOver = false;
    const wrong: string[] = [];
    const answers = { reads: 0, writes: 0 };
    const work = async (name: string, gateway: Pick<typeof house, "identity">, nth: number) => {
      for (let turn = 0; !isOver; turn += 1) {
        const profile = { buyer: { email: `${name}@v${turn}.example` } };
        try {
          if (turn % 3 === nth % 3) await gateway.identity.saveProfile(caller, { externalId: name, profile });
          const view = await gateway.identity.findConsumer(caller, { externalId: name }, wanted);
          if (!view?.profile?.buyer.email?.startsWith("b•••@")) wrong.push(`${name}: ${view?.profile?.buyer.email}`);
          answers.reads += 1;
          if (turn % 3 === nth % 3) answers.writes += 1;
        } catch (error) {
          wrong.push(`${name}: ${error instanceof Error ? `${error.name} ${error.message}` : "?"}`);
        }
      }
    };
    const workers = names.map((name, nth) => work(name, nth % 2 === 0 ? house : other, nth));
    for (let turn = 0; turn < 3; turn += 1) await house.identity.rotateKeys({ settleMs: 200, org: caller.scope.orgId });
    isOver = true;
    await Promise.all(workers);
    expect(wrong).toEqual([]);
    expect(answers.reads).toBeGreaterThan(0);
    expect(answers.writes).toBeGreaterThan(0);
    expect(await versions(caller)).toEqual({ kek: [4], index: [4] });
  });

  test("is not begun twice at the same time", async () => {
    const caller = await house.org();
    const both = await Promise.all([
      house.identity.rotateKeys({ settleMs: 100, org: caller.scope.orgId }),
      house.identity.rotateKeys({ settleMs: 100, org: caller.scope.orgId }),
    ]);
    expect([...both].sort()).toEqual([false, true]);
  });

  test("of a column that nobody told it about stops before it destroys anything", async () => {
    const caller = await house.org();
    await save(caller, "ana");
    await house.admin.query(`create table stranger (org_id uuid, secret bytea); grant select on stranger to shopkey_app;
      insert into stranger select org_id, wrapped from consumer_key where org_id = '${caller.scope.orgId}'`);
    try {
      await expect(house.identity.rotateKeys({ ...NOW, org: caller.scope.orgId })).rejects.toThrow("stranger.secret");
    } finally {
      await house.admin.query("drop table stranger");
    }
    expect(await emailOf(caller, "ana")).toBe("a•••@example.com");
    expect(await house.identity.rotateKeys({ ...NOW, org: caller.scope.orgId })).toBe(true);
  });
});

test("the root key is exchanged beside a running gateway", async () => {
  const caller = await house.org();
  await save(caller, "ana");
  const other = await house.neighbour();
  expect(await other.identity.rotateRootKey(NOW)).toBeGreaterThan(0);
  expect(await emailOf(caller, "ana")).toBe("a•••@example.com");
  await house.identity.rotateKeys({ ...NOW, org: caller.scope.orgId });
  expect(await emailOf(caller, "ana")).toBe("a•••@example.com");
});
