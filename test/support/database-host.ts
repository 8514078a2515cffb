/**
 * A process of its own for one test run: a throw-away cluster whose own database is migrated, to be copied. It prints where they are as
 * one line of JSON, and ends when its standard input does.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startCluster } from "../../src/data/embedded/index.js";
import { openLog } from "../../src/kernel/log.js";
import type { DatabaseHost } from "./database.js";

const dir = await mkdtemp(join(tmpdir(), "shopkey-databases-"));
// Under root the server runs as another account, which has to pass.
await chmod(dir, 0o711);
try {
  const starting = startCluster({ dir: join(dir, "postgres"), durable: false, log: openLog({ level: "silent" }) });
  // Loaded while another process makes the cluster.
  const [cluster, { migrate }] = await Promise.all([starting, import("../../src/data/index.js")]);
  try {
    await migrate(cluster.ownerUrl);
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
