/** What everything runs on: one durable PostgreSQL in a temporary folder, two filled databases, and the servers. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { type Cluster, startCluster } from "#dist/data/embedded/index.js";
import { createDatabase } from "#dist/data/embedded/roles.js";
import { migrate } from "#dist/data/index.js";
import { openLog } from "#dist/kernel/log.js";
import { fileKms, folderKeystore, openVault, type Vault } from "#dist/vault/index.js";
import { type Server, startServer } from "./processes.js";
import { type SeededOrg, seed } from "./seed.js";

export interface Filled {
  readonly adminUrl: string;
  readonly orgs: readonly SeededOrg[];
  /** What a server on this database is given. */
  readonly gatewayEnv: Readonly<Record<string, string>>;
  readonly bareEnv: Readonly<Record<string, string>>;
}

export interface World {
  readonly dir: string;
  readonly cluster: Cluster;
  readonly vault: Vault;
  readonly fill: (name: string, size: { readonly orgs: number; readonly consumers: number }) => Promise<Filled>;
  readonly close: () => Promise<void>;
}

/** A login that row-level security does not hold, with the application's rights on the tables. */
const BARE_ROLE = "shopkey_bench";

function onDatabase(url: string, database: string, login?: { user: string; password: string }): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  if (login) Object.assign(parsed, { username: login.user, password: login.password });
  return parsed.href;
}

async function asAdmin(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await work(client).finally(() => client.end());
}

export async function openWorld(): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), "shopkey-bench-"));
  // Under root the database runs as another account, which has to pass.
  await chmod(dir, 0o711);
  const keys = join(dir, "keys");
  await mkdir(keys, { mode: 0o700 });
  const cluster = await startCluster({ dir: join(dir, "postgres"), durable: true, log: openLog({ level: "silent" }) });
  const password = randomBytes(16).toString("hex");
  await asAdmin(cluster.adminUrl, (client) =>
    client.query(`create role ${BARE_ROLE} with login bypassrls in role shopkey_app password '${password}'`),
  );
  const vault = await openVault({
    kms: fileKms(join(keys, "root.key")),
    keystore: folderKeystore(join(keys, "keystore")),
  });

  const fill: World["fill"] = async (name, size) => {
    await asAdmin(cluster.adminUrl, (client) => createDatabase(client, name));
    const on = (url: string) => onDatabase(url, name);
    await migrate(on(cluster.ownerUrl));
    const orgs = await seed({ adminUrl: on(cluster.adminUrl), vault, ...size });
    const shared = { SHOPKEY_DATA_DIR: keys };
    return {
      adminUrl: on(cluster.adminUrl),
      orgs,
      gatewayEnv: {
        ...shared,
        DATABASE_URL: on(cluster.ownerUrl),
        DATABASE_APP_URL: on(cluster.appUrl),
        DATABASE_CLOCK_URL: on(cluster.clockUrl),
        DATABASE_POOL_SIZE: "16",
      },
      bareEnv: { ...shared, DATABASE_URL: onDatabase(cluster.appUrl, name, { user: BARE_ROLE, password }) },
    };
  };
  return {
    dir,
    cluster,
    vault,
    fill,
    close: async () => {
      vault.close();
      await cluster.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const GATEWAY_SCRIPT = fileURLToPath(import.meta.resolve("#dist/cli/main.js"));

/** The gateway as `npm start` runs it, in production; the access log goes to a file. */
export const startGateway = (world: World, on: Filled, name = "gateway"): Promise<Server> =>
  startServer({
    name,
    script: GATEWAY_SCRIPT,
    arguments: ["start"],
    dialect: "graphql",
    env: on.gatewayEnv,
    logPath: join(world.dir, `${name}.log`),
  });

export const startRival = (world: World, on: Filled, name: "limit" | "stock"): Promise<Server> =>
  startServer({
    name,
    script: join(import.meta.dirname, "servers", `${name}.js`),
    dialect: name === "stock" ? "graphql" : "bare",
    env: on.bareEnv,
    logPath: join(world.dir, `${name}.log`),
  });
