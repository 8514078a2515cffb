import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiKeys, type Scope } from "../../src/data/index.js";
import { newId } from "../../src/kernel/ids.js";
import { as, type Bench, makeOrg, openBench } from "./fixtures.js";

let bench: Bench;
let scope: Scope;
beforeAll(async () => {
  bench = await openBench();
  scope = await makeOrg(bench.data);
});
afterAll(() => bench.end());

async function makeKey() {
  const hash = randomBytes(32);
  const id = newId("key");
  const owner = { ownerKind: "USER", ownerName: "Somebody" } as const;
  const key = { id, name: "key", hash, last4: "abcd", scopes: ["profiles:read"], ...owner };
  const row = await bench.data.inScope(scope, (tx) =>
    apiKeys.insert(tx, { ...key, createdAt: new Date(), expiresAt: null }),
  );
  return { id, hash, row };
}

/** Collects what is told until `what` is among it. */
function waitFor(what: string) {
  const told: string[] = [];
  let stop = () => {};
  const heard = new Promise<string[]>((resolve) => {
    stop = bench.data.onApiKeyChange((hashHex) => {
      told.push(hashHex);
      if (hashHex === what) resolve(told);
    });
  });
  return { heard: heard.finally(stop), told, stop };
}

const killListener = () =>
  as(bench.database.adminUrl, (admin) =>
    admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'shopkey keys'`),
  );

describe("a caller", () => {
  test("is found by the key's hash alone, whatever org it is", async () => {
    const { hash, row } = await makeKey();
    const caller = await bench.data.callerByKey(hash);
    expect(caller?.key).toEqual(row);
    expect(caller?.org).toMatchObject({ id: scope.orgId, name: "An org", settings: {} });
  });

  test("is nobody for another hash", async () => {
    expect(await bench.data.callerByKey(randomBytes(32))).toBeNull();
    expect(await bench.data.callerByKey(Buffer.alloc(0))).toBeNull();
  });
});

describe("a listener", () => {
  test("is told of a revocation, with the hash", async () => {
    const { id, hash } = await makeKey();
    const { heard } = waitFor(hash.toString("hex"));
    await bench.data.inScope(scope, (tx) => apiKeys.revoke(tx, id, new Date()));
    await heard;
    expect((await bench.data.callerByKey(hash))?.key.revokedAt).toBeInstanceOf(Date);
  });

  test("is not told that a key was used", async () => {
    const [used, revoked] = [await makeKey(), await makeKey()];
    const { heard } = waitFor(revoked.hash.toString("hex"));
    await bench.data.inScope(scope, (tx) => apiKeys.noteUse(tx, used.id, new Date()));
    await bench.data.inScope(scope, (tx) => apiKeys.revoke(tx, revoked.id, new Date()));
    expect(await heard).toEqual([revoked.hash.toString("hex")]);
    expect((await bench.data.callerByKey(used.hash))?.key.lastUsedAt).toBeInstanceOf(Date);
  });

  test("is told all when the org's settings change", async () => {
    const { heard } = waitFor("all");
    await bench.data.inScope(scope, (tx) => tx.em.execute("update org set settings = '{}'"));
    await heard;
  });

  test("is told all when the connection was lost, and hears again", async () => {
    const { told, stop } = waitFor("never");
    // At the loss, and again when it is back.
    await killListener();
    await until(() => told.filter((what) => what === "all").length >= 2);
    const { id, hash } = await makeKey();
    await bench.data.inScope(scope, (tx) => apiKeys.revoke(tx, id, new Date()));
    await until(() => told.includes(hash.toString("hex")));
    stop();
  });

  test("hears no more when it has stopped", async () => {
    const stopped = waitFor("never");
    stopped.stop();
    const { id, hash } = await makeKey();
    const { heard } = waitFor(hash.toString("hex"));
    await bench.data.inScope(scope, (tx) => apiKeys.revoke(tx, id, new Date()));
    await heard;
    expect(stopped.told).toEqual([]);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
