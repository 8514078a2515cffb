/** What is read for a question, whatever the tables held when its plan was made. */
import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { recognitions, type Scope } from "../../src/data/index.js";
import type { ConnectionId, ConsumerId, StoreId } from "../../src/kernel/ids.js";
import { type Bench, makeOrg, makeShopper, openBench } from "./fixtures.js";

const SHOPPERS = 40;
const TOGETHER = 32;

let bench: Bench;
let scope: Scope;
let client: pg.Client;
let storeId: StoreId;
const digests: Buffer[] = [];
beforeAll(async () => {
  bench = await openBench();
  scope = await makeOrg(bench.data);
  client = new pg.Client({ connectionString: bench.database.appUrl });
  await client.connect();
  const first = await makeShopper(bench.data, scope);
  storeId = first.storeId;
});
afterAll(async () => {
  await client.end();
  await bench.end();
});

async function know(): Promise<void> {
  const { consumerId, storeId: own } = await makeShopper(bench.data, scope);
  const digest = randomBytes(32);
  await bench.data.inScope(scope, async (tx) => {
    const [row] = await tx.em.execute<{ id: ConnectionId }[]>(
      "update connection set store_id = ? where consumer_id = ? and store_id = ? returning id",
      [storeId, consumerId as ConsumerId, own],
    );
    if (row === undefined) throw new Error("no connection");
    const key = { digest, space: "code", standing: "SHOPPER", once: false, keep: 1, moves: false };
    await recognitions.bind(tx, { consumerId, connectionId: row.id, storeId, keys: [key] }, "instead");
  });
  digests.push(digest);
}

/** Outcomes, and how many rows were read for them in this transaction. */
async function meet(asked: readonly Buffer[]) {
  await client.query("begin");
  const { rows } = await client.query<{ known: readonly boolean[] }>({
    name: "meet",
    text: "select * from meet_shoppers($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    values: [
      ...[scope.orgId, scope.environment, storeId, Buffer.alloc(32), asked.length, 0, 60_000, 1_000],
      ...[asked.length, randomBytes(16 * asked.length), 1, Buffer.concat(asked), null, ["SHOPPER"], true, null, false],
    ],
  });
  const { rows: stats } = await client.query<{ read: number }>(
    `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables
     where relname in ('recognition', 'recognition_key', 'recognition_answer', 'connection')`,
  );
  await client.query("commit");
  return { known: rows[0]?.known, read: stats[0]?.read ?? Number.NaN };
}

test("three rows for each question, with nothing noted and with thousands of answers", async () => {
  // The plan is made here, when there is nothing.
  const nobody = Array.from({ length: TOGETHER }, () => randomBytes(32));
  expect((await meet(nobody)).known).toEqual(nobody.map(() => false));
  for (let nth = 0; nth < SHOPPERS; nth += 1) await know();
  const asked = Array.from({ length: TOGETHER }, (_, nth) => digests[nth % SHOPPERS] ?? randomBytes(32));
  const few = await meet(asked);
  expect(few.known).toEqual(asked.map(() => true));
  for (let nth = 0; nth < 100; nth += 1) await meet(nobody.map(() => randomBytes(32)));
  const many = await meet(asked);
  expect(few.read).toBeLessThanOrEqual(4 * TOGETHER);
  expect(many.read).toBeLessThanOrEqual(4 * TOGETHER);
});

test("an id that somebody else's Store gave is nobody here", async () => {
  const other = await makeOrg(bench.data);
  const ask = { fingerprint: null, digests: [], id: randomUUID(), standings: ["SHOPPER"], spend: false };
  const batch = { storeId, caller: Buffer.alloc(32), paid: 1, take: 0, perMinute: 60, burst: 1 };
  const asks = [{ ...ask, refuse: null, withSecret: true }];
  expect((await bench.data.meetShoppers(other, { ...batch, asks })).rows).toEqual([{ kind: "unknown" }]);
  const known = { ...ask, digests: [digests[0] ?? Buffer.alloc(32)], id: null, refuse: null, withSecret: false };
  expect((await bench.data.meetShoppers(scope, { ...batch, asks: [known] })).rows[0]?.kind).toBe("known");
  expect((await bench.data.meetShoppers(other, { ...batch, asks: [known] })).rows[0]?.kind).toBe("unknown");
});
