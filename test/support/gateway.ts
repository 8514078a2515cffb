/** A whole gateway for one test file: real database, real sandboxes, real HTTP; its log is kept for the leak search. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { type Config, readConfig } from "../../src/config.js";
import { urlsOf } from "../../src/data/embedded/cluster.js";
import { placeIn } from "../../src/data/embedded/creation.js";
import { findRunningCluster } from "../../src/data/embedded/index.js";
import { readPasswords } from "../../src/data/embedded/passwords.js";
import type { Paces } from "../../src/jobs/index.js";
import type { Clock } from "../../src/kernel/clock.js";
import { openLog } from "../../src/kernel/log.js";
import { type Gateway, startGateway } from "../../src/main.js";
import { createDatabase } from "./database.js";

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly data?: T;
    readonly errors?: readonly { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
  };
}

interface Times {
  /** The gateway's and its sandboxes' time of day. */
  readonly clock?: Clock;
  readonly paces?: Paces;
}
interface Settings extends Partial<Omit<Config, "browser">> {
  readonly browser?: Partial<Config["browser"]>;
  readonly times?: Times;
  /** `own`: a cluster of its own in the data folder, which ends and starts with it; by default a database of the test run's. */
  readonly database?: "own";
}

export interface TestGateway extends Gateway {
  /** The development key: every scope, test environment. */
  readonly key: string;
  /** The superuser on this database: sees past row-level security. */
  readonly adminUrl: string;
  readonly config: Config;
  readonly logLines: readonly string[];
  /** Asks as a client would. `key: null` sends no key. */
  readonly ask: <T = Record<string, never>>(
    query: string,
    variables?: object,
    key?: string | null,
  ) => Promise<Answer<T>>;
  /** Stops the gateway and starts another one on the same database and data folder. */
  readonly restart: () => Promise<TestGateway>;
  /** Another gateway on the same database, data folder and sandboxes; to be closed before this one. */
  readonly replica: () => Promise<TestGateway>;
}

/** Without a hosted browser, unless `browser` says otherwise. */
export async function openGateway({
  browser,
  times = {},
  database: kind,
  ...settings
}: Settings = {}): Promise<TestGateway> {
  const database = kind === "own" ? null : await createDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "shopkey-test-"));
  const defaults = readConfig({ PORT: "0" });
  const config: Config = {
    ...defaults,
    browser: { ...defaults.browser, mode: "off", ...browser },
    dataDir,
    rootKey: { kind: "file", path: join(dataDir, "root.key") },
    databaseUrl: database?.ownerUrl ?? null,
    databaseRoles: database && { appUrl: database.appUrl, clockUrl: database.clockUrl },
    databasePoolSize: 6,
    logLevel: "info",
    ...settings,
  };
  return run(config, times, database?.adminUrl ?? null, async () => {
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });
}

interface Options extends Times {
  readonly sandboxes?: ReadonlyMap<string, string>;
}

async function run(
  config: Config,
  options: Options,
  given: string | null,
  cleanUp: () => Promise<void>,
): Promise<TestGateway> {
  const logLines: string[] = [];
  const destination = new Writable({
    write: (chunk, _, done) => {
      logLines.push(String(chunk));
      done();
    },
  });
  const log = openLog({ level: config.logLevel, destination });
  const gateway = await startGateway({ config, log, onStep: () => undefined, ...options });
  const key = gateway.development?.key ?? "";
  const adminUrl = given ?? adminUrlIn(config.dataDir);
  return {
    ...gateway,
    key,
    adminUrl,
    config,
    logLines,
    ask: (query, variables = {}, asKey = key) => ask(`${gateway.url}/graphql`, query, variables, asKey),
    close: async () => {
      await gateway.close();
      await cleanUp();
    },
    restart: async () => {
      await gateway.close();
      return run(config, options, given, cleanUp);
    },
    replica: () => run(config, { ...options, sandboxes: gateway.sandboxes }, given, async () => undefined),
  };
}

/** Of the cluster that runs in a gateway's data folder. */
function adminUrlIn(dataDir: string): string {
  const folder = join(dataDir, "postgres");
  const running = findRunningCluster(folder);
  if (running === null) throw new Error("the gateway has no database of its own");
  const { adminUrl } = urlsOf(running.port, readPasswords(placeIn(folder).cluster));
  return new URL("/shopkey", adminUrl).href;
}

async function ask<T>(url: string, query: string, variables: object, key: string | null): Promise<Answer<T>> {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/graphql-response+json, application/json",
  };
  if (key !== null) headers.authorization = `Bearer ${key}`;
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer<T>["body"] };
}
