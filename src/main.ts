/** Opens the rooms in order and closes them in reverse; the only file that knows them all. */
import { chmod, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openBrowserLayer } from "./browser/index.js";
import type { Config } from "./config.js";
import {
  attachCluster,
  DatabaseUnusable,
  type DatabaseUrls,
  prepareDatabase,
  startCluster,
} from "./data/embedded/index.js";
import {
  BackupUnusable,
  type Data,
  type Forgotten,
  migrate,
  openData,
  type Restored,
  restoreBackup,
  writeBackup,
} from "./data/index.js";
import { type Development, prepareDevelopment } from "./development.js";
import { openHttp } from "./http/index.js";
import { forgottenOf, type Identity, openIdentity } from "./identity/index.js";
import { readDefinition, startSandboxes } from "./installed-adapters.js";
import { openClock, type Paces } from "./jobs/index.js";
import { type Clock, systemClock } from "./kernel/clock.js";
import { isError } from "./kernel/fault.js";
import type { OrgId } from "./kernel/ids.js";
import type { Log } from "./kernel/log.js";
import { openStores } from "./stores/index.js";
import {
  EnvelopeRejected,
  environmentKms,
  fileKms,
  folderKeystore,
  type OrgVault,
  openVault,
  type Vault,
} from "./vault/index.js";

/** The rooms behind the street door: all that the command line needs. */
export interface House {
  readonly identity: Identity;
  readonly data: Data;
  /** Adapter id → URL of its sandbox. */
  readonly sandboxes: ReadonlyMap<string, string>;
  /** Resolves when requests can be served: the database answers and the root key can be used. */
  readonly ready: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Gateway {
  /** `http://host:port` */
  readonly url: string;
  /** The Stores' own listeners. */
  readonly storeUrls: readonly string[];
  readonly sandboxes: ReadonlyMap<string, string>;
  /** The development org and key; null outside development. */
  readonly development: Development | null;
  readonly close: () => Promise<void>;
}

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

type Close = () => Promise<unknown>;

/** Closes in reverse what was opened, once, and goes on when one of them fails. */
function closing(log: Log): { add: (close: Close) => void; close: () => Promise<void> } {
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

export async function openHouse(options: OpenOptions): Promise<House> {
  const { config, log, onStep, beside, hostsBrowser, clock = systemClock } = options;
  const rooms = closing(log);
  const { dataDir, logLevel } = config;
  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    const kms = config.rootKey.kind === "file" ? fileKms(config.rootKey.path) : environmentKms(config.rootKey.value);
    if (config.rootKey.kind === "environment")
      log.warn("the root key comes from the environment: for development only");
    const vault = await openVault({
      kms,
      keystore: folderKeystore(join(config.dataDir, "keystore")),
      clock: systemClock,
    });

    const urls = await openDatabase({ config, log, onStep, beside }, rooms.add);
    const applied = await migrate(urls.ownerUrl);
    if (applied.length > 0) onStep(`migrated the database (${applied.length})`);
    const data = await openData({ ...urls, poolSize: config.databasePoolSize, log });
    rooms.add(() => data.close());

    const definition = await readDefinition(config);
    const browser = hostsBrowser ? await openBrowserLayer({ settings: config.browser, dataDir, log, logLevel }) : null;
    rooms.add(async () => browser?.close());
    const sandboxes =
      options.sandboxes ??
      (config.sandboxes ? await startSandboxes(definition, config, clock, rooms.add) : new Map<string, string>());
    const stores = openStores({
      adapters: definition.adapters,
      sandboxes,
      clock,
      log,
      deadlineMs: config.storeDeadlineMs,
      browser,
      embedders: config.browser.embedders,
    });
    rooms.add(() => stores.close());

    const { verifyLoginsAfterMs } = config;
    const anonymizationGraceMs = config.anonymizationGraceMs ?? undefined;
    const times = { verifyLoginsAfterMs, anonymizationGraceMs, keyEpochMs: config.keyEpochMs };
    const identity = openIdentity({ data, vault, stores, clock, log, ...times });
    rooms.add(() => identity.close());
    const ready = async () => {
      await data.ping();
      if ((await vault.health()).status !== "ready") throw new Error("the root key cannot be used");
    };
    return { identity, data, sandboxes, ready, close: rooms.close };
  } catch (error) {
    await rooms.close();
    throw error;
  }
}

export async function startGateway({
  paces,
  clock: timeOfDay = systemClock,
  ...options
}: OpenOptions): Promise<Gateway> {
  const { config, log } = options;
  const house = await openHouse({ ...options, clock: timeOfDay, hostsBrowser: true });
  const rooms = closing(log);
  rooms.add(house.close);
  try {
    const development = config.development ? await prepareDevelopment(house.identity, config.dataDir) : null;
    const clock = openClock({
      identity: house.identity,
      pending: house.data.pendingCheckouts,
      due: house.data.dueConnections,
      dueStoreAccounts: house.data.dueStoreAccounts,
      dueAnonymizations: house.data.dueAnonymizations,
      rotate: house.identity.tendKeyEpochs,
      dueImpersonations: house.data.dueImpersonations,
      dueOperatorLogins: house.data.dueOperatorLogins,
      log,
      clock: timeOfDay,
      ...paces,
    });
    rooms.add(() => clock.close());
    const http = await openHttp({
      identity: house.identity,
      ready: house.ready,
      host: config.host,
      port: config.port,
      log,
      playground: config.playground ? { key: development?.key ?? null } : null,
      storeHosts: config.storeHosts,
      storeListeners: config.storeListeners,
      trustedDocuments: config.trustedDocuments,
    });
    rooms.add(() => http.close());
    return { url: http.url, storeUrls: http.storeUrls, sandboxes: house.sandboxes, development, close: rooms.close };
  } catch (error) {
    await rooms.close();
    throw error;
  }
}

/** The strongroom and the database's owner, for commands that need no more. */
async function withStrongroom<T>(
  options: OpenOptions,
  work: (rooms: { readonly vault: Vault; readonly ownerUrl: string }) => Promise<T>,
): Promise<T> {
  const { config } = options;
  const rooms = closing(options.log);
  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    const kms = config.rootKey.kind === "file" ? fileKms(config.rootKey.path) : environmentKms(config.rootKey.value);
    const vault = await openVault({ kms, keystore: folderKeystore(join(config.dataDir, "keystore")) });
    rooms.add(async () => vault.close());
    const { ownerUrl } = await openDatabase(options, rooms.add);
    await migrate(ownerUrl);
    return await work({ vault, ownerUrl });
  } finally {
    await rooms.close();
  }
}

/** Writes the data (unless null) and the keys, each as it is at one moment; how many rows each has. */
export const backupTo = (options: OpenOptions, files: { readonly data: string | null; readonly keys: string }) =>
  withStrongroom(options, async ({ vault, ownerUrl }) => {
    await mkdir(dirname(files.keys), { recursive: true, mode: 0o700 });
    const orgs = await vault.epochs.orgs();
    const data = files.data === null ? 0 : await writeBackup(ownerUrl, orgs, "data", files.data);
    return { data, keys: await writeBackup(ownerUrl, orgs, "keys", files.keys) };
  });

/** Fills an empty database from both, without whoever was forgotten since; every key that comes back is opened. */
export const restoreFrom = (
  options: OpenOptions,
  files: { readonly dataPath: string; readonly keysPath: string },
): Promise<Restored> =>
  withStrongroom(options, async ({ vault, ownerUrl }) => {
    const erased: Forgotten[] = [];
    const orgs = new Map<OrgId, OrgVault>();
    for (const orgId of await vault.epochs.orgs()) {
      orgs.set(orgId, await vault.org(orgId));
      erased.push(...forgottenOf(await vault.erasures.list(orgId), await vault.receipts.list(orgId)));
    }
    return restoreBackup({
      ...{ ownerUrl, ...files, erased },
      onKey: ({ orgId, consumerId, ...key }) => {
        try {
          orgs.get(orgId)?.withConsumer(consumerId, key, () => undefined);
        } catch (error) {
          if (!(error instanceof EnvelopeRejected)) throw error;
          throw new BackupUnusable("The keys file is of an older key epoch, or not of this keystore: use the latest.", {
            cause: error,
          });
        }
      },
    });
  });

/** Brings the database to this version's shape and stops; the names of what was applied. */
export async function migrateOnly(options: OpenOptions): Promise<readonly string[]> {
  const rooms = closing(options.log);
  try {
    await mkdir(options.config.dataDir, { recursive: true, mode: 0o700 });
    const urls = await openDatabase(options, rooms.add);
    return await migrate(urls.ownerUrl);
  } finally {
    await rooms.close();
  }
}

async function openDatabase(
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
  const start = () => startCluster({ dir, durable: true, log, onStep });
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
