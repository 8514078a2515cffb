/** Whether the cluster's folder is free: nobody else's server runs on it, and no dead one's pid file stands in the way. */
import { readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "../../kernel/fault.js";
import type { Log } from "../../kernel/log.js";
import { isRunning, isServerOf, leftOf } from "./processes.js";
import { DatabaseUnusable } from "./unusable.js";

/** Who watches whom; written by the watchdog while its server lasts. */
interface Watch {
  readonly gateway: number;
  readonly watchdog: number;
  readonly postgres: number;
}

interface Occupied {
  /** The data directory. */
  readonly cluster: string;
  /** The watchdog's file. */
  readonly state: string;
  readonly log: Log;
  readonly onStep: (text: string) => void;
}

/** Whoever was killed a moment ago may still be seen. */
const PATIENCE_MS = 400;
/** How long a server whose gateway is gone may take to stop. */
const FAREWELL_MS = 30_000;

/**
 * Returns when the folder is ours to start on. A server whose gateway died is waited for (its watchdog is stopping it),
 * or stopped here when the watchdog died as well.
 * @throws DatabaseUnusable `IN_USE`
 */
export async function freeFolder(place: Occupied): Promise<void> {
  const cluster = realpathSync(place.cluster);
  const pidFile = join(cluster, "postmaster.pid");
  const server = Number.parseInt(readOr(pidFile, ""), 10);
  if (Number.isNaN(server)) return;
  await outlast(place, cluster, server);
  // Sessions of a killed server end by themselves, and must have before another server opens the files.
  if (!(await until(() => leftOf(cluster).length === 0, FAREWELL_MS)))
    throw inUse(place.cluster, leftOf(cluster)[0] ?? server);
  if (Number.parseInt(readOr(pidFile, ""), 10) !== server) return;
  rmSync(pidFile, { force: true });
  place.log.warn("database.stale_pid_file.removed", { pid: server });
}

/** Returns when the server is gone. Its watchdog stops it; where that was killed as well, we do. */
async function outlast(place: Occupied, cluster: string, server: number): Promise<void> {
  const isGone = () => !isServerOf(server, cluster);
  await until(() => isGone() || orphaned(place.state, server) !== null, PATIENCE_MS);
  if (isGone()) return;
  const watch = orphaned(place.state, server);
  if (watch === null) throw inUse(place.cluster, server);
  place.onStep("waiting for the previous database process to stop…");
  let isAsked = false;
  const isStopped = () => {
    if (isGone()) return true;
    if (!isAsked && !isRunning(watch.watchdog)) {
      place.log.warn("database.orphan.stopped", { pid: server });
      interrupt(server);
      isAsked = true;
    }
    return false;
  };
  if (!(await until(isStopped, FAREWELL_MS))) throw inUse(place.cluster, server);
}

function interrupt(pid: number): void {
  try {
    process.kill(pid, "SIGINT");
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}

/** The watch of a server whose gateway is gone; null when the gateway lives, or the server is not one of ours. */
export function orphaned(state: string, server: number): Watch | null {
  const watch = readWatch(state);
  return watch?.postgres === server && !isRunning(watch.gateway) ? watch : null;
}

async function until(done: () => boolean, patienceMs: number): Promise<boolean> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(20)) if (done()) return true;
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
    if (errorCode(error) === "ENOENT") return otherwise;
    throw error;
  }
}
