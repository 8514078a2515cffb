/** A second process beside a running gateway: the command line works on the gateway's own server. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { errorCode } from "../../kernel/fault.js";
import { urlsOf } from "./cluster.js";
import { placeIn } from "./creation.js";
import type { DatabaseUrls } from "./foreign.js";
import { orphaned } from "./occupancy.js";
import { readPasswords } from "./passwords.js";
import { isServerOf } from "./processes.js";
import { DatabaseUnusable } from "./unusable.js";

/** A server that a living gateway runs. */
export interface RunningCluster {
  /** PostgreSQL's main process. */
  readonly pid: number;
  /** On 127.0.0.1. */
  readonly port: number;
}

/** A gateway that has just begun still makes its roles. */
const PATIENCE_MS = 10_000;

/**
 * The connection strings of the server that a running gateway keeps on this folder; null when none does, and the folder
 * is free to start on. The server stays the gateway's: it ends with it.
 * @param dir as for `startCluster`
 * @throws DatabaseUnusable `IN_USE` when the server is there and does not let us in
 */
export async function attachCluster(dir: string): Promise<DatabaseUrls | null> {
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(50)) {
    const running = findRunningCluster(dir);
    if (running === null) return null;
    const { ownerUrl, appUrl, clockUrl } = urlsOf(running.port, readPasswords(placeIn(resolve(dir)).cluster));
    const cause = await failureOf([ownerUrl, appUrl, clockUrl]);
    if (cause === null) return { ownerUrl, appUrl, clockUrl };
    if (performance.now() > end) throw shut(running, cause);
  }
}

/**
 * What the folder says about a server on it; asks nobody and changes nothing.
 * @throws DatabaseUnusable `NO_ACCOUNT` when the folder is closed to this user
 */
export function findRunningCluster(dir: string): RunningCluster | null {
  const place = placeIn(resolve(dir));
  try {
    if (!existsSync(place.cluster)) return null;
    const cluster = realpathSync(place.cluster);
    // pid, data directory, start time, port, …
    const lines = readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n");
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    if (!Number.isInteger(port) || port <= 0 || !isServerOf(pid, cluster)) return null;
    return orphaned(place.state, pid) === null ? { pid, port } : null;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    if (errorCode(error) === "EACCES") throw closed(place.cluster, error);
    throw error;
  }
}

async function failureOf(urls: readonly string[]): Promise<unknown> {
  for (const connectionString of urls) {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
    client.on("error", () => {});
    try {
      await client.connect();
    } catch (error) {
      return error;
    } finally {
      await client.end().catch(() => {});
    }
  }
  return null;
}

const shut = ({ pid, port }: RunningCluster, cause: unknown) =>
  new DatabaseUnusable("IN_USE", `A database runs on this folder (process ${pid}, port ${port}) and lets nobody in.`, {
    nextAction: "Wait until the gateway that runs it has started or ended, and try again.",
    cause,
  });

const closed = (cluster: string, cause: unknown) =>
  new DatabaseUnusable("NO_ACCOUNT", `This user may not read ${cluster}.`, {
    nextAction: "Run the command as the user that runs the gateway.",
    cause,
  });
