/** An answer goes with the consumer it was about, also one that is being written at that moment. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { connections, erasure, idempotency, type Json, type Scope, type Tx } from "../../src/data/index.js";
import { newId } from "../../src/kernel/ids.js";
import { as, type Bench, makeOrg, makeShopper, openBench } from "./fixtures.js";

let bench: Bench;
let scope: Scope;
beforeAll(async () => {
  bench = await openBench();
  scope = await makeOrg(bench.data);
});
afterAll(() => bench.end());

const inScope = <T>(work: (tx: Tx) => Promise<T>) => bench.data.inScope(scope, work);
const claim = (tx: Tx, key: string, result: Json) =>
  idempotency.claim(tx, { key, operation: "test", fingerprint: Buffer.from("f"), result });
const find = (key: string) => inScope((tx) => idempotency.find(tx, key));

async function shopper() {
  const { consumerId, storeId } = await makeShopper(bench.data, scope);
  const connection = await inScope((tx) => connections.findBetween(tx, consumerId, storeId));
  if (connection === null) throw new Error("there is no connection");
  return { consumerId, connection: connection.id as string };
}
const shred = (id: Awaited<ReturnType<typeof shopper>>["consumerId"]) =>
  inScope((tx) => erasure.shred(tx, id, new Date()));

test("whatever it names, and nobody else's", async () => {
  const [ana, bia] = [await shopper(), await shopper()];
  const operator = newId("opl") as string;
  await inScope(async (tx) => {
    await claim(tx, "by-consumer", { consumer: ana.consumerId });
    await claim(tx, "by-connection", { connection: ana.connection, health: "LIVE", why: null });
    await claim(tx, "later", null);
    await idempotency.complete(tx, "later", { connection: ana.connection });
    await claim(tx, "bias", { connection: bia.connection });
    await claim(tx, "nobodys", { operatorLogin: operator });
  });
  await shred(ana.consumerId);
  for (const key of ["by-consumer", "by-connection", "later"]) expect(await find(key)).toBeNull();
  for (const key of ["bias", "nobodys"]) expect(await find(key)).not.toBeNull();
});

test("the shred waits for an answer that is being written, and takes it along", async () => {
  const ana = await shopper();
  let shredded: Promise<void> | null = null;
  await inScope(async (tx) => {
    expect(await claim(tx, "under-way", { connection: ana.connection })).toBeNull();
    shredded = shred(ana.consumerId);
    await untilSomebodyWaits();
  });
  await shredded;
  expect(await find("under-way")).toBeNull();
  // Whoever comes later has nothing to answer about: their work goes on, and no answer of it stays.
  expect(await inScope((tx) => claim(tx, "too-late", { connection: ana.connection }))).toBeNull();
  expect(await find("too-late")).toBeNull();
});

async function untilSomebodyWaits(): Promise<void> {
  await as(bench.database.adminUrl, async (admin) => {
    for (let looks = 0; looks < 3_000; looks += 1) {
      const { rowCount } = await admin.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      if (rowCount !== 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error("nobody waits");
  });
}
