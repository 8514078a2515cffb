/** A PostgreSQL of the gateway's own that is started again when it dies, where it was: whoever has its address finds it there. */
import { setTimeout as sleep } from "node:timers/promises";
import { errorFacts } from "../../kernel/log.js";
import { type ClusterOptions, startCluster } from "./cluster.js";
import type { DatabaseUrls } from "./foreign.js";

export interface LastingCluster extends DatabaseUrls {
  /** The superuser, on the database `postgres`. */
  readonly adminUrl: string;
  /** PostgreSQL's main process: another one after each death. */
  readonly pid: () => number;
  /** Shuts it down in order, for good. */
  readonly stop: () => Promise<void>;
}

/** Whoever lived that long died of something else than of being started. */
const LIVED_MS = 5_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * As `startCluster`, whose errors it throws. Killed, by whom or what ever, it replays its log and takes connections again on the port
 * that it had; one that keeps dying is tried again after longer and longer pauses.
 */
export async function startLastingCluster(options: ClusterOptions): Promise<LastingCluster> {
  const { log } = options;
  const first = await startCluster(options);
  const stopping = new AbortController();
  let current = first;
  const watched = watch();

  async function watch(): Promise<void> {
    let deaths = 0;
    for (let begun = performance.now(); ; begun = performance.now()) {
      await current.ended;
      if (performance.now() - begun > LIVED_MS) deaths = 0;
      await sleep(pauseAfter(deaths), undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      deaths += 1;
      current = await startCluster({ ...options, port: first.port }).catch((error: unknown) => {
        log.error("database.not_started", errorFacts(error));
        return current;
      });
      if (stopping.signal.aborted) return current.stop();
    }
  }
  return {
    ...{ ownerUrl: first.ownerUrl, appUrl: first.appUrl, clockUrl: first.clockUrl, adminUrl: first.adminUrl },
    pid: () => current.pid,
    stop: async () => {
      stopping.abort();
      await current.stop();
      await watched;
    },
  };
}

const pauseAfter = (deaths: number): number =>
  deaths === 0 ? 0 : Math.min(250 * 2 ** Math.min(deaths - 1, 20), LONGEST_PAUSE_MS);
