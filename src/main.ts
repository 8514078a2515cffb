/** Opens the rooms in order and closes them in reverse; the only file that knows them all. */
import { mkdir } from "node:fs/promises";
import { openBrowserLayer } from "./browser/index.js";
import { type Data, migrate, openData } from "./data/index.js";
import { type Development, prepareDevelopment } from "./development.js";
import { openHttp } from "./http/index.js";
import { type Identity, openIdentity } from "./identity/index.js";
import { readDefinition, startSandboxes } from "./installed-adapters.js";
import { openClock } from "./jobs/index.js";
import { systemClock } from "./kernel/clock.js";
import { closing, type OpenOptions, openDatabase, openKeys } from "./opening.js";
import { openStores } from "./stores/index.js";
import { openVault } from "./vault/index.js";

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

export async function openHouse(options: OpenOptions): Promise<House> {
  const { config, log, onStep, beside, hostsBrowser, clock = systemClock } = options;
  const rooms = closing(log);
  const { dataDir, logLevel } = config;
  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    if (config.rootKey.kind === "environment")
      log.warn("the root key comes from the environment: for development only");
    const vault = await openVault({ ...openKeys(config), clock: systemClock });

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
