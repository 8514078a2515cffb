/** The only reader of `process.env`. A bad setting stops the start with the variable's name, never with its value. */
import { resolve } from "node:path";
import { z } from "zod";
import type { LogLevel } from "./kernel/log.js";

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Absolute. Keys, the embedded database and the development key live here, mode 0700. */
  readonly dataDir: string;
  /** The owner's URL of a PostgreSQL ≥ 15; null: the embedded one. */
  readonly databaseUrl: string | null;
  /** Logins of the roles that the running gateway uses; null: the owner's login takes those roles on. */
  readonly databaseRoles: { readonly appUrl: string; readonly clockUrl: string } | null;
  readonly databasePoolSize: number;
  readonly rootKey:
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "environment"; readonly value: string };
  readonly logLevel: LogLevel;
  /** Development makes an org, a key and sandbox Stores, and opens the playground. */
  readonly development: boolean;
  readonly sandboxes: boolean;
  readonly playground: boolean;
  readonly storeDeadlineMs: number;
  /** A login is verified again when its store was not asked for this long. */
  readonly verifyLoginsAfterMs: number;
  /** How long a request to be forgotten can be taken back before anything is done; null: 24 hours in live, none in test. */
  readonly anonymizationGraceMs: number | null;
  /** How long an org's key is current before the next one takes over. */
  readonly keyEpochMs: number;
  /** Module whose default export is the gateway's definition; null: the one that comes along. */
  readonly definition: string | null;
  /** Host name → the Store whose routes are at the bare path there. */
  readonly storeHosts: ReadonlyMap<string, string>;
  /** Listeners that are one Store's alone. */
  readonly storeListeners: readonly { readonly host: string; readonly port: number; readonly store: string }[];
  /** JSON file of SHA-256 → document; null: any document that keeps the limits. */
  readonly trustedDocuments: string | null;
  readonly browser: BrowserConfig;
}

/** The hosted browser, for stores that shoppers log in to. */
export interface BrowserConfig {
  /** `local`: a worker beside the gateway. `remote`: workers that run by themselves. */
  readonly mode: "off" | "local" | "remote";
  /** JSON file of the workers of `remote`. */
  readonly workersFile: string | null;
  /** Null: the first Chromium that is found, or brought. */
  readonly chromiumPath: string | null;
  /** File of a browser's address elsewhere, which is used instead of a Chromium here; null: none. */
  readonly endpointFile: string | null;
  /** Of sealed contexts; null: in the data folder. */
  readonly contextFolder: string | null;
  /** Contexts that nobody used for so many days are deleted; 0: never. */
  readonly contextDays: number;
  readonly sandbox: "required" | "off";
  /** So many browsers at once. */
  readonly slots: number;
  /** Of running browsers; null: one in the system's temporary folder. */
  readonly folder: string | null;
  readonly liveView: {
    readonly host: string;
    readonly port: number;
    /** The port was not asked for: another will do. */
    readonly anyPort: boolean;
    /** How shoppers reach it; null: where it listens. */
    readonly publicOrigin: string | null;
  };
  /** Origins whose pages may show a live view in a frame. */
  readonly embedders: readonly string[];
  /** Of a worker that runs by itself. */
  readonly worker: {
    readonly name: string;
    readonly host: string;
    readonly port: number;
    readonly secretFile: string | null;
  };
}

/** Names the variable that is wrong, and what it must be. */
export class ConfigInvalid extends Error {
  constructor(variable: string, expected: string) {
    super(`${variable} is not usable: ${expected}`);
    this.name = "ConfigInvalid";
  }
}

const onOff = z.enum(["on", "off"]);
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//);
const STORE_HOST = /^([a-z0-9.-]{1,253})=(sto_[0-9a-f]{32})$/;
const STORE_LISTENER = /^(?:([\w.:[\]-]{1,255}):)?(\d{1,5})=(sto_[0-9a-f]{32})$/;
const listOf = (form: RegExp) =>
  z
    .string()
    .transform((text) => text.split(",").map((one) => one.trim()))
    .refine((all) => all.every((one) => form.test(one)));

const VARIABLES = {
  PORT: { schema: z.coerce.number().int().min(0).max(65535), expected: "a port number, 0 for any free one" },
  HOST: { schema: z.string().min(1).max(253), expected: "an address to listen on, such as 127.0.0.1 or 0.0.0.0" },
  SHOPKEY_DATA_DIR: { schema: z.string().min(1), expected: "a folder" },
  DATABASE_URL: {
    schema: postgresUrl,
    expected: "postgresql://user:password@host:port/database",
  },
  DATABASE_APP_URL: { schema: postgresUrl, expected: "the login of shopkey_app, together with DATABASE_CLOCK_URL" },
  DATABASE_CLOCK_URL: { schema: postgresUrl, expected: "the login of shopkey_clock, together with DATABASE_APP_URL" },
  DATABASE_POOL_SIZE: { schema: z.coerce.number().int().min(2).max(200), expected: "2 to 200 connections" },
  SHOPKEY_ROOT_KEY_FILE: { schema: z.string().min(1), expected: "a file of mode 0600" },
  SHOPKEY_ROOT_KEY: { schema: z.string().min(43), expected: "32 bytes in base64 or hex (development only)" },
  LOG_LEVEL: {
    schema: z.enum(["debug", "info", "warn", "error", "silent"]),
    expected: "debug, info, warn, error or silent",
  },
  NODE_ENV: { schema: z.enum(["development", "production", "test"]), expected: "development, production or test" },
  SHOPKEY_SANDBOXES: { schema: onOff, expected: "on or off" },
  SHOPKEY_PLAYGROUND: { schema: onOff, expected: "on or off" },
  SHOPKEY_STORE_DEADLINE_MS: {
    schema: z.coerce.number().int().min(100).max(50_000),
    expected: "100 to 50000 milliseconds: a lease lasts a minute",
  },
  SHOPKEY_VERIFY_LOGINS_HOURS: { schema: z.coerce.number().min(1).max(720), expected: "1 to 720 hours" },
  SHOPKEY_ANONYMIZATION_GRACE_HOURS: { schema: z.coerce.number().min(0).max(168), expected: "0 to 168 hours" },
  SHOPKEY_KEY_EPOCH_DAYS: { schema: z.coerce.number().min(1).max(365), expected: "1 to 365 days" },
  SHOPKEY_CONFIG: { schema: z.string().min(1), expected: "a module that exports a gateway definition" },
  SHOPKEY_STORE_HOSTS: {
    schema: listOf(STORE_HOST),
    expected: "host=sto_…, as many as there are, with commas between",
  },
  SHOPKEY_STORE_LISTENERS: {
    schema: listOf(STORE_LISTENER).refine((all) => all.every((one) => Number(STORE_LISTENER.exec(one)?.[2]) <= 65_535)),
    expected: "port=sto_… or address:port=sto_…, as many as there are, with commas between",
  },
  SHOPKEY_TRUSTED_DOCUMENTS: { schema: z.string().min(1), expected: "a JSON file of SHA-256 → document" },
  CHROMIUM_PATH: { schema: z.string().min(1), expected: "the path of a Chromium or Chrome" },
  SHOPKEY_BROWSER_ENDPOINT_FILE: {
    schema: z.string().min(1),
    expected: "a file of mode 0600 with the ws:// or wss:// address of a browser elsewhere",
  },
  SHOPKEY_BROWSER: { schema: onOff, expected: "on or off" },
  SHOPKEY_BROWSER_SANDBOX: { schema: z.enum(["required", "off"]), expected: "required or off" },
  SHOPKEY_BROWSER_SLOTS: { schema: z.coerce.number().int().min(1).max(500), expected: "1 to 500 browsers at once" },
  SHOPKEY_BROWSER_FOLDER: { schema: z.string().min(1), expected: "a folder that every user may pass through" },
  SHOPKEY_BROWSER_CONTEXTS: { schema: z.string().min(1), expected: "a folder" },
  SHOPKEY_BROWSER_CONTEXT_DAYS: { schema: z.coerce.number().int().min(0).max(3_650), expected: "0 to 3650 days" },
  SHOPKEY_BROWSER_WORKERS: { schema: z.string().min(1), expected: "a JSON file of browser workers" },
  SHOPKEY_LIVE_VIEW_HOST: { schema: z.string().min(1).max(253), expected: "an address to listen on" },
  SHOPKEY_LIVE_VIEW_PORT: {
    schema: z.coerce.number().int().min(0).max(65535),
    expected: "a port number, 0 for any free one",
  },
  SHOPKEY_LIVE_VIEW_ORIGIN: {
    schema: z.string().regex(/^https?:\/\/[^/?#@\s]+$/),
    expected: "https://live.example, without a path",
  },
  SHOPKEY_LIVE_VIEW_EMBEDDERS: {
    schema: listOf(/^https?:\/\/[^/?#@\s,;']+$/),
    expected: "origins such as https://shop.example, as many as there are, with commas between",
  },
  SHOPKEY_WORKER_NAME: {
    schema: z.string().regex(/^[a-z0-9-]{1,24}$/),
    expected: "1 to 24 letters a to z, digits, hyphens",
  },
  SHOPKEY_WORKER_HOST: { schema: z.string().min(1).max(253), expected: "an address to listen on" },
  SHOPKEY_WORKER_PORT: {
    schema: z.coerce.number().int().min(0).max(65535),
    expected: "a port number, 0 for any free one",
  },
  SHOPKEY_WORKER_SECRET_FILE: { schema: z.string().min(1), expected: "a file of mode 0600" },
} as const;

type Variable = keyof typeof VARIABLES;
type Value<V extends Variable> = z.output<(typeof VARIABLES)[V]["schema"]>;

type Read = <V extends Variable>(variable: V) => Value<V> | undefined;

function readerOf(env: NodeJS.ProcessEnv): Read {
  return (variable) => {
    const text = env[variable];
    if (text === undefined || text === "") return undefined;
    const { schema, expected } = VARIABLES[variable];
    const result = schema.safeParse(text);
    if (!result.success) throw new ConfigInvalid(variable, `expected ${expected}`);
    return result.data as Value<typeof variable>;
  };
}

export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const read = readerOf(env);

  const development = read("NODE_ENV") !== "production";
  const dataDir = resolve(read("SHOPKEY_DATA_DIR") ?? ".shopkey");
  return {
    host: read("HOST") ?? "127.0.0.1",
    port: read("PORT") ?? 4000,
    dataDir,
    databaseUrl: read("DATABASE_URL") ?? null,
    databaseRoles: readDatabaseRoles(read("DATABASE_APP_URL"), read("DATABASE_CLOCK_URL")),
    databasePoolSize: read("DATABASE_POOL_SIZE") ?? 16,
    rootKey: readRootKey(
      read("SHOPKEY_ROOT_KEY"),
      read("SHOPKEY_ROOT_KEY_FILE") ?? resolve(dataDir, "root.key"),
      development,
    ),
    logLevel: read("LOG_LEVEL") ?? "info",
    development,
    sandboxes: (read("SHOPKEY_SANDBOXES") ?? "on") === "on",
    playground: (read("SHOPKEY_PLAYGROUND") ?? (development ? "on" : "off")) === "on",
    storeDeadlineMs: read("SHOPKEY_STORE_DEADLINE_MS") ?? 30_000,
    verifyLoginsAfterMs: (read("SHOPKEY_VERIFY_LOGINS_HOURS") ?? 24) * 3_600_000,
    anonymizationGraceMs: hoursOf(read("SHOPKEY_ANONYMIZATION_GRACE_HOURS")),
    keyEpochMs: (read("SHOPKEY_KEY_EPOCH_DAYS") ?? 30) * 24 * 3_600_000,
    definition: read("SHOPKEY_CONFIG") ?? null,
    storeHosts: new Map(
      (read("SHOPKEY_STORE_HOSTS") ?? []).map((one) => [one.split("=")[0] ?? "", one.split("=")[1] ?? ""] as const),
    ),
    storeListeners: (read("SHOPKEY_STORE_LISTENERS") ?? []).map((one) => {
      const [, host, port, store] = STORE_LISTENER.exec(one) ?? [];
      return { host: (host ?? "127.0.0.1").replace(/^\[|\]$/g, ""), port: Number(port), store: store ?? "" };
    }),
    trustedDocuments: read("SHOPKEY_TRUSTED_DOCUMENTS") ?? null,
    browser: readBrowser(read, development),
  };
}

/** Beside the gateway's port; an address that was asked for is taken as it is, or refused. */
function readBrowser(read: Read, development: boolean): BrowserConfig {
  const workersFile = read("SHOPKEY_BROWSER_WORKERS") ?? null;
  const isOn = (read("SHOPKEY_BROWSER") ?? (development || workersFile ? "on" : "off")) === "on";
  const port = read("PORT") ?? 4000;
  const asked = read("SHOPKEY_LIVE_VIEW_PORT");
  return {
    mode: isOn ? (workersFile ? "remote" : "local") : "off",
    workersFile,
    chromiumPath: read("CHROMIUM_PATH") ?? null,
    endpointFile: read("SHOPKEY_BROWSER_ENDPOINT_FILE") ?? null,
    contextFolder: read("SHOPKEY_BROWSER_CONTEXTS") ?? null,
    contextDays: read("SHOPKEY_BROWSER_CONTEXT_DAYS") ?? 90,
    sandbox: read("SHOPKEY_BROWSER_SANDBOX") ?? "required",
    slots: read("SHOPKEY_BROWSER_SLOTS") ?? 8,
    folder: read("SHOPKEY_BROWSER_FOLDER") ?? null,
    liveView: {
      host: read("SHOPKEY_LIVE_VIEW_HOST") ?? "127.0.0.1",
      port: asked ?? (port === 0 || port > 65_000 ? 0 : port + 100),
      anyPort: asked === undefined,
      publicOrigin: read("SHOPKEY_LIVE_VIEW_ORIGIN") ?? null,
    },
    embedders: read("SHOPKEY_LIVE_VIEW_EMBEDDERS") ?? [],
    worker: {
      name: read("SHOPKEY_WORKER_NAME") ?? "w1",
      host: read("SHOPKEY_WORKER_HOST") ?? "127.0.0.1",
      port: read("SHOPKEY_WORKER_PORT") ?? 4200,
      secretFile: read("SHOPKEY_WORKER_SECRET_FILE") ?? null,
    },
  };
}

const hoursOf = (hours: number | undefined): number | null => (hours === undefined ? null : hours * 3_600_000);

/** A key in the environment is readable in `/proc` and in diagnostic reports: never in production. */
function readRootKey(value: string | undefined, path: string, development: boolean): Config["rootKey"] {
  if (value === undefined) return { kind: "file", path };
  if (!development)
    throw new ConfigInvalid(
      "SHOPKEY_ROOT_KEY",
      "a root key in the environment is for development; use SHOPKEY_ROOT_KEY_FILE",
    );
  return { kind: "environment", value };
}

function readDatabaseRoles(appUrl: string | undefined, clockUrl: string | undefined): Config["databaseRoles"] {
  if (appUrl === undefined && clockUrl === undefined) return null;
  if (appUrl === undefined) throw new ConfigInvalid("DATABASE_APP_URL", "set it together with DATABASE_CLOCK_URL");
  if (clockUrl === undefined) throw new ConfigInvalid("DATABASE_CLOCK_URL", "set it together with DATABASE_APP_URL");
  return { appUrl, clockUrl };
}
