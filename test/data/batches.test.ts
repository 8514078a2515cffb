import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Batches, openBatches } from "../../src/data/batches.js";
import type { ProfileWrite, Scope } from "../../src/data/index.js";
import type { Statement } from "../../src/data/placed-query.js";
import { as, type Bench, firstWrite, laterWrite, log, makeOrg, openBench } from "./fixtures.js";

let bench: Bench;
let scopes: readonly Scope[];
beforeAll(async () => {
  bench = await openBench(4);
  scopes = [await makeOrg(bench.data), await makeOrg(bench.data), await makeOrg(bench.data)];
});
afterAll(() => bench.end());

const scopeOf = (at: number): Scope => scopes[at % scopes.length] as Scope;

let made = 0;
const saved = (many: number): Promise<ProfileWrite[]> =>
  Promise.all(
    Array.from({ length: many }, async (_, at) => {
      const write = firstWrite(`shopper ${made++}`);
      expect((await bench.data.saveProfile(scopeOf(at), write)).outcome).toBe("saved");
      return write;
    }),
  );

async function change(write: ProfileWrite, scope: Scope) {
  const read = await bench.data.profileOutline(scope, { id: write.consumerId }, false);
  if (read === null) throw new Error("the consumer is not there");
  return bench.data.saveProfile(scope, { ...laterWrite(write, read.revision), read });
}

const transactionsOf = (writes: readonly ProfileWrite[]) =>
  as(bench.database.adminUrl, async (admin) => {
    const { rows } = await admin.query<{ id: string; xid: string }>(
      "select consumer_id as id, max(xid::text::bigint)::text as xid from audit_event where consumer_id = any($1) group by 1",
      [writes.map(({ consumerId }) => consumerId)],
    );
    return new Map(rows.map(({ id, xid }) => [id, xid]));
  });

describe("changes that come at the same time", () => {
  test("are each its own org's, and many of them one transaction", async () => {
    const writes = await saved(90);
    const results = await Promise.all(writes.map((write, at) => change(write, scopeOf(at))));
    expect(results.map(({ outcome, revision }) => [outcome, revision])).toEqual(writes.map(() => ["saved", 2]));
    for (const [at, write] of writes.entries()) {
      const read = (scope: Scope) => bench.data.profileOutline(scope, { id: write.consumerId }, false);
      expect((await read(scopeOf(at)))?.revision).toBe(2);
      expect(await read(scopeOf(at + 1))).toBeNull();
    }
    expect(new Set((await transactionsOf(writes)).values()).size).toBeLessThan(writes.length);
  });

  test("aimed at other orgs' consumers write nothing, whatever is written beside them", async () => {
    const writes = await saved(30);
    const reads = await Promise.all(
      writes.map((write, at) => bench.data.profileOutline(scopeOf(at), { id: write.consumerId }, false)),
    );
    const results = await Promise.all(
      writes.map((write, at) =>
        bench.data.saveProfile(scopeOf(at + (at % 2)), { ...laterWrite(write, 1), read: reads[at] ?? null }),
      ),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(writes.map((_, at) => (at % 2 ? "conflict" : "saved")));
  });

  test("do not wait for one that is locked, and that one is saved when it is free", async () => {
    const writes = await saved(40);
    const [locked, ...others] = writes as [ProfileWrite, ...ProfileWrite[]];
    await as(bench.database.adminUrl, async (admin) => {
      await admin.query("begin");
      await admin.query("select from profile where consumer_id = $1 for update", [locked.consumerId]);
      let isSaved = false;
      const late = change(locked, scopeOf(0)).then((result) => {
        isSaved = true;
        return result;
      });
      const results = await Promise.all(others.map((write, at) => change(write, scopeOf(at + 1))));
      expect(results.every(({ outcome }) => outcome === "saved")).toBe(true);
      expect(isSaved).toBe(false);
      await admin.query("commit");
      expect((await late).outcome).toBe("saved");
    });
  });

  test("that are acknowledged are there, however often connections are cut", async () => {
    const writes = await saved(8);
    const acknowledged = new Map<string, number>();
    let isOver = false;
    const changing = writes.map(async (write, at) => {
      while (!isOver) {
        const result = await change(write, scopeOf(at)).catch(() => null);
        if (result?.outcome === "saved") acknowledged.set(write.consumerId, result.revision);
      }
    });
    const sum = () => [...acknowledged.values()].reduce((total, revision) => total + revision, 0);
    for (let cut = 0; cut < 5; cut += 1) {
      const target = sum() + 20;
      while (sum() < target) await new Promise((resolve) => setImmediate(resolve));
      await as(bench.database.adminUrl, (admin) =>
        admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and usename = 'shopkey_app'`),
      );
    }
    isOver = true;
    await Promise.all(changing);
    for (const [at, write] of writes.entries()) {
      const read = await bench.data.profileOutline(scopeOf(at), { id: write.consumerId }, false);
      expect(read?.revision).toBeGreaterThanOrEqual(acknowledged.get(write.consumerId) ?? Number.POSITIVE_INFINITY);
    }
  });
});

describe("a batch in which one statement fails", () => {
  const DIVIDE: Statement = { name: "divide", text: "select (1 / $1::int)::text, $2::text" };
  let alone: string[];
  let batches: Batches;
  beforeAll(() => {
    const config = { connectionString: bench.database.appUrl, statement_timeout: 10_000 };
    batches = openBatches(DIVIDE, config, log, async (_, values) => {
      alone.push(String(values[1]));
      if (values[0] === "0") throw new Error("alone as well");
      return [["1", values[1] as string]];
    });
  });
  afterAll(() => batches.close());

  test("is undone, and each is asked alone: the error is given to whom it belongs", async () => {
    alone = [];
    const asked = Array.from({ length: 20 }, (_, at) => batches.ask(String(at), [at === 7 ? "0" : "1", String(at)]));
    const answers = await Promise.allSettled(asked);
    answers.forEach((answer, at) => {
      if (at === 7) expect(answer).toMatchObject({ reason: { message: "alone as well" } });
      else expect(answer).toEqual({ status: "fulfilled", value: [["1", String(at)]] });
    });
    expect(alone).toContain("7");
    alone = [];
    expect(await batches.ask("a", ["1", "a"])).toEqual([["1", "a"]]);
    expect(alone).toEqual([]);
  });

  test("whose connection is gone is not asked again: nobody knows what became of it", async () => {
    alone = [];
    const nowhere = { connectionString: "postgresql://x@127.0.0.1:1/x", statement_timeout: 1_000 };
    const cut = openBatches(DIVIDE, nowhere, log, () => Promise.reject(new Error("was asked again")));
    await expect(cut.ask("a", ["1", "a"])).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(cut.ask("b", ["1", "b"])).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await cut.close();
  });
});
