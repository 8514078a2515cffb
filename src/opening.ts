/** What every way of opening the house needs: what is asked for, the database, and an order in which to close again. */
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "./config.js";
import {
  attachCluster,
  DatabaseUnusable,
  type DatabaseUrls,
  prepareDatabase,
  startLastingCluster,
} from "./data/embedded/index.js";
import type { Paces } from "./jobs/index.js";
import type { Clock } from "./kernel/clock.js";
import { isError } from "./kernel/fault.js";
import type { Log } from "./kernel/log.js";
import { environmentKms, fileKms, folderKeystore } from "./vault/index.js";

export interface OpenOptions {
  readonly config: Config;
  readonly log: Log;
  /** Tells a person what is going on. */
  readonly onStep: (step: string) => void;
  /** For the command line: works on the embedded database of a gateway that runs, instead of being refused. */
  readonly beside?: boolean;
  /** The command line needs no browser, and the gateway that runs has one. */
  readonly hostsBrowser?: boolean;
  /** The time of day, where it is not the system's: a test turns it. The vault keeps to the system's. */
  readonly clock?: Clock;
  /** Sandboxes that run already, by adapter id: another gateway on the same database has started them. */
  readonly sandboxes?: ReadonlyMap<string, string>;
  readonly paces?: Paces;
}

export type Close = () => Promise<unknown>;

/** Closes in reverse what was opened, once, and goes on when one of them fails. */
export function closing(log: Log): { add: (close: Close) => void; close: () => Promise<void> } {
  const opened: Close[] = [];
  let closed: Promise<void> | undefined;
  const closeAll = async () => {
    for (const close of opened.reverse()) {
      try {
        await close();
      } catch (error) {
        log.error("could not close", { error: isError(error) ? error.name : typeof error });
      }
    }
  };
  return {
    add: (close) => void opened.push(close),
    close: () => {
      closed ??= closeAll();
      return closed;
    },
  };
}

/** The database of the settings, or the embedded one: started, or the one that runs already. */
export async function openDatabase(
  { config, log, onStep, beside = false }: OpenOptions,
  onOpen: (close: Close) => void,
): Promise<DatabaseUrls> {
  if (config.databaseUrl !== null) {
    return config.databaseRoles
      ? { ownerUrl: config.databaseUrl, ...config.databaseRoles }
      : prepareDatabase(config.databaseUrl);
  }
  const dir = join(config.dataDir, "postgres");
  const running = beside ? await attachCluster(dir) : null;
  if (running !== null) return running;
  const start = () => startLastingCluster({ dir, durable: true, log, onStep });
  const cluster = await start().catch(async (error: unknown) => {
    await letPass(error, config.dataDir, onStep);
    return start();
  });
  onOpen(() => cluster.stop());
  return cluster;
}

/**
 * Under root PostgreSQL runs as another account, which has to pass the data folder. Where the kernel offers no user
 * namespace for that (a container, mostly), the folder is opened for passing through, not for listing; what lies in it
 * stays 0600 and 0700.
 */
async function letPass(error: unknown, dataDir: string, onStep: (step: string) => void): Promise<void> {
  if (!(error instanceof DatabaseUnusable) || error.closedFolder !== dataDir) throw error;
  onStep("letting PostgreSQL's account pass the data folder (mode 0711): no user namespaces here");
  await chmod(dataDir, 0o711);
}

/** Where the root key and the orgs' keys lie. */
export function openKeys({ rootKey, dataDir }: Config) {
  const kms = rootKey.kind === "file" ? fileKms(rootKey.path) : environmentKms(rootKey.value);
  return { kms, keystore: folderKeystore(join(dataDir, "keystore")) };
}
