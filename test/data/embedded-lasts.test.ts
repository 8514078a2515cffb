/** A database that dies beside a gateway that lives: it comes back where it was, with all that was acknowledged. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { type LastingCluster, startLastingCluster } from "../../src/data/embedded/index.js";
import { isRunning } from "../../src/data/embedded/processes.js";
import { openLog } from "../../src/kernel/log.js";
import { ask } from "../support/database-sql.js";
import { until } from "../support/shopper.js";

const folder = mkdtempSync(join(tmpdir(), "shopkey-lasting-"));
chmodSync(folder, 0o711);
const started: LastingCluster[] = [];

afterAll(async () => {
  for (const cluster of started) await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<LastingCluster> {
  const cluster = await startLastingCluster({
    ...{ dir: join(folder, "postgres"), durable: true, log: openLog({ level: "silent" }) },
  });
  started.push(cluster);
  return cluster;
}

const rows = ({ ownerUrl }: LastingCluster) => ask(ownerUrl, "select id from shelf order by id").catch(() => null);

async function kill(cluster: LastingCluster): Promise<number> {
  const pid = cluster.pid();
  process.kill(pid, "SIGKILL");
  await until(
    () => cluster.pid(),
    (now) => now !== pid,
  );
  return pid;
}

test("killed twice in a row, it is there again, under the same address", async () => {
  const cluster = await start();
  await ask(cluster.ownerUrl, "create table shelf (id int)");
  for (const id of [1, 2]) {
    await ask(cluster.ownerUrl, "insert into shelf values ($1)", [id]);
    expect(isRunning(await kill(cluster))).toBe(false);
    expect(await rows(cluster)).toEqual([{ id: 1 }, { id: 2 }].slice(0, id));
  }
  const last = cluster.pid();
  await cluster.stop();
  await cluster.stop();
  expect(isRunning(last)).toBe(false);
}, 120_000);

test("stopped while it comes back, it stays away", async () => {
  const cluster = await start();
  process.kill(cluster.pid(), "SIGKILL");
  await until(
    () => isRunning(cluster.pid()),
    (isThere) => !isThere,
  );
  await cluster.stop();
  expect(isRunning(cluster.pid())).toBe(false);
  expect(await rows(cluster)).toBeNull();
}, 120_000);
