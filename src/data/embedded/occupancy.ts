/** Whether the cluster's folder is free: nobody else's server runs on it, and no dead one's pid file stands in the way. */
import { readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../../kernel/log.js";
import { hasCode } from "./binaries.js";
import { isRunning, isServerOf, leftOf } from "./processes.js";
import { DatabaseUnusable } from "./unusable.js";

/** Who watches whom; written by the watchdog while its server lasts. */
interface Watch {
  readonly gateway: number;
  readonly watchdog: number;
  readonly postgres: number;
}

/** How long a server whose gateway is gone may take to stop. */
const FAREWELL_MS = 30_000;

/**
 * Returns when the folder is ours to start on. A server whose gateway died is waited for (its watchdog is stopping it),
 * or stopped here when the watchdog died as well.
 * @param state the file of the watchdog
 * @throws DatabaseUnusable `IN_USE`
 */
export async function freeFolder(place: {
  readonly cluster: string;
  readonly state: string;
  readonly log: Log;
  readonly onStep: (text: string) => void;
}): Promise<void> {
  const cluster = realpathSync(place.cluster);
  const pidFile = join(cluster, "postmaster.pid");
  const server = Number.parseInt(readOr(pidFile, ""), 10);
  if (Number.isNaN(server)) return;
  if (isServerOf(server, cluster)) {
    const watch = readWatch(place.state);
    const orphan = watch?.postgres === server && !isRunning(watch.gateway);
    if (!orphan) throw inUse(place.cluster, server);
    place.onStep("waiting for the previous database process to stop…");
    if (!isRunning(watch.watchdog)) {
      place.log.warn("database.orphan.stopped", { pid: server });
      process.kill(server, "SIGINT");
    }
    if (!(await until(() => !isServerOf(server, cluster)))) throw inUse(place.cluster, server);
  }
  // Sessions of a killed server end by themselves, and must have before another server opens the files.
  if (!(await until(() => leftOf(cluster).length === 0))) throw inUse(place.cluster, leftOf(cluster)[0] ?? server);
  if (Number.parseInt(readOr(pidFile, ""), 10) !== server) return;
  rmSync(pidFile, { force: true });
  place.log.warn("database.stale_pid_file.removed", { pid: server });
}

async function until(done: () => boolean): Promise<boolean> {
  for (const end = performance.now() + FAREWELL_MS; performance.now() < end; await sleep(20)) if (done()) return true;
  return done();
}

function inUse(cluster: string, pid: number): DatabaseUnusable {
  return new DatabaseUnusable("IN_USE", `Another gateway runs its database on ${cluster} (process ${pid}).`, {
    nextAction: "Stop that gateway, give this one another folder, or set DATABASE_URL so that both share one server.",
  });
}

function readWatch(state: string): Watch | null {
  try {
    return JSON.parse(readOr(state, "null")) as Watch | null;
  } catch {
    return null;
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return otherwise;
    throw error;
  }
}
