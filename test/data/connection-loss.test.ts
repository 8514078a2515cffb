import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { consumers, openData, type Scope, type Tx } from "../../src/data/index.js";
import { newId } from "../../src/kernel/ids.js";
import { as, type Bench, firstWrite, log, makeOrg, openBench } from "./fixtures.js";

const NOTHING = { profile: false, connections: false } as const;

let bench: Bench;
let scope: Scope;
beforeAll(async () => {
  bench = await openBench(4);
  scope = await makeOrg(bench.data);
});
afterAll(() => bench.end());

const killAll = () =>
  as(bench.database.adminUrl, (admin) =>
    admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename in ('shopkey_app', 'shopkey_clock')`),
  );

describe("when PostgreSQL cuts connections", () => {
  test("in the midst of work: what was acknowledged is there, and the room goes on", async () => {
    const acknowledged: string[] = [];
    let failures = 0;
    const worker = async (name: number) => {
      for (let round = 0; round < 30; round += 1) {
        const write = firstWrite(`${name}-${round}`);
        try {
          if ((await bench.data.saveProfile(scope, write)).outcome === "saved") acknowledged.push(write.consumerId);
        } catch {
          failures += 1;
        }
      }
    };
    const workers = Promise.all([1, 2, 3, 4, 5, 6].map(worker));
    for (let kill = 0; kill < 3; kill += 1) {
      const target = acknowledged.length + 10;
      while (acknowledged.length < target && acknowledged.length + failures < 170) await tick();
      await killAll();
    }
    await workers;
    expect(failures).toBeGreaterThan(0);
    for (const id of acknowledged) {
      const ref = { id: id as ReturnType<typeof newId<"csm">> };
      expect(await bench.data.consumerCard(scope, ref, { profile: true, connections: false })).toMatchObject({
        profile: { revision: 1 },
        key: { version: 1 },
      });
    }
    await bench.data.ping();
    expect(await bench.data.pendingCheckouts(new Date(), 1)).toEqual([]);
  });

  test("inside a transaction: it fails, nothing stays, and the next one works", async () => {
    const id = newId("csm");
    const run = bench.data.inScope(scope, async (tx) => {
      await consumers.create(tx, { id, externalId: id, shopperReference: id });
      await killAll();
      await consumers.find(tx, { id });
    });
    await expect(run).rejects.toThrow();
    expect(await bench.data.consumerCard(scope, { id }, NOTHING)).toBeNull();
    expect(await bench.data.inScope(scope, (tx) => consumers.find(tx, { id }))).toBeNull();
  });
});

describe("a pool", () => {
  test("whose every connection was lost in a transaction still has them all", async () => {
    const data = await openData({ ...urls(), poolSize: 2, log });
    for (let loss = 0; loss < 3; loss += 1) {
      const lost = data.inScope(scope, async (tx) => {
        const [row] = await tx.em.execute<{ pid: number }[]>("select pg_backend_pid() as pid");
        await as(bench.database.adminUrl, (admin) => admin.query("select pg_terminate_backend($1)", [row?.pid]));
        await tx.em.execute("select 1");
      });
      await expect(lost).rejects.toThrow();
    }
    const both = await Promise.all(
      [1, 2].map(() => data.inScope(scope, (tx) => tx.em.execute("select pg_sleep(0.05)"))),
    );
    expect(both).toHaveLength(2);
    await data.close();
  });
});

const urls = () => ({ appUrl: bench.database.appUrl, clockUrl: bench.database.clockUrl });

describe("a transaction", () => {
  test("whose work throws leaves nothing", async () => {
    const id = newId("csm");
    const run = bench.data.inScope(scope, async (tx) => {
      await consumers.create(tx, { id, externalId: id, shopperReference: id });
      throw new Error("no");
    });
    await expect(run).rejects.toThrow("no");
    expect(await bench.data.consumerCard(scope, { id }, NOTHING)).toBeNull();
  });

  test("is done again after a deadlock only when it says that it may be", async () => {
    const [first, second] = [firstWrite(newId("csm")), firstWrite(newId("csm"))];
    for (const write of [first, second]) await bench.data.saveProfile(scope, write);
    /** Two that lock the same two rows in opposite orders; each waits until the other has its first row. */
    const collide = (safe?: "repeatable") => {
      let holding = 0;
      let bothHold = (): void => {};
      const met = new Promise<void>((resolve) => {
        bothHold = resolve;
      });
      const lockBoth = (order: readonly (typeof first)[]) => {
        let attempts = 0;
        const work = async (tx: Tx) => {
          attempts += 1;
          await consumers.find(tx, { id: (order[0] as typeof first).consumerId }, "lock");
          if (attempts === 1 && ++holding === 2) bothHold();
          if (attempts === 1) await met;
          await consumers.find(tx, { id: (order[1] as typeof first).consumerId }, "lock");
          return attempts;
        };
        return bench.data.inScope(scope, work, safe);
      };
      return Promise.allSettled([lockBoth([first, second]), lockBoth([second, first])]);
    };
    const safely = await collide("repeatable");
    const attempts = safely.map((end) => (end.status === "fulfilled" ? end.value : 0));
    expect(Math.min(...attempts)).toBeGreaterThan(0);
    expect(Math.max(...attempts)).toBeGreaterThan(1);
    const once = await collide();
    expect(once.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("a room", () => {
  test("does not open on a database that is not there", async () => {
    const { database } = bench;
    const nowhere = new URL(database.appUrl);
    nowhere.pathname = "/nowhere";
    await expect(openData({ appUrl: nowhere.href, clockUrl: database.clockUrl, log })).rejects.toThrow();
  });

  test("gives every connection back when it closes", async () => {
    const database = bench.database;
    const count = () =>
      as(database.adminUrl, async (admin) => {
        const { rows } = await admin.query<{ count: number }>(
          `select count(*)::int as count from pg_stat_activity
           where datname = current_database() and usename in ('shopkey_app', 'shopkey_clock')`,
        );
        return rows[0]?.count ?? -1;
      });
    const before = await count();
    const data = await openData({ appUrl: database.appUrl, clockUrl: database.clockUrl, log });
    await data.ping();
    await data.pendingCheckouts(new Date(), 1);
    expect(await count()).toBeGreaterThan(before);
    await data.close();
    while ((await count()) > before) await tick();
    await expect(data.ping()).rejects.toThrow();
  });
});

const tick = () => new Promise((resolve) => setTimeout(resolve, 2));
