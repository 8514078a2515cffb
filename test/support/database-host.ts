/**
 * A process of its own for one test run: a throw-away cluster with the migrated template. It prints where they are as
 * one line of JSON, and ends when its standard input does.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import pg from "pg";
import { type Cluster, startCluster } from "../../src/data/embedded/index.js";
import { createDatabase } from "../../src/data/embedded/roles.js";
import { openLog } from "../../src/kernel/log.js";
import { type DatabaseHost, onDatabase, TEMPLATE } from "./database.js";

async function makeTemplate(cluster: Cluster, migrate: (ownerUrl: string) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: cluster.adminUrl });
  await admin.connect();
  await createDatabase(admin, TEMPLATE);
  await admin.end();
  await migrate(onDatabase(cluster.ownerUrl, TEMPLATE));
}

const dir = await mkdtemp(join(tmpdir(), "shopkey-databases-"));
// Under root the server runs as another account, which has to pass.
await chmod(dir, 0o711);
try {
  const starting = startCluster({ dir: join(dir, "postgres"), durable: false, log: openLog({ level: "silent" }) });
  // Loaded while another process makes the cluster.
  const [cluster, { migrate }] = await Promise.all([starting, import("../../src/data/index.js")]);
  try {
    await makeTemplate(cluster, migrate);
    const { adminUrl, ownerUrl, appUrl, clockUrl } = cluster;
    const host: DatabaseHost = { adminUrl, ownerUrl, appUrl, clockUrl };
    process.stdout.write(`${JSON.stringify(host)}\n`);
    await text(process.stdin);
  } finally {
    await cluster.stop();
  }
} finally {
  await rm(dir, { recursive: true, force: true });
}
