/** A database for one test file: a copy of the migrated template, on the cluster that all files of a run share. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { createDatabase as createOn, DATABASE } from "../../src/data/embedded/roles.js";

/** What the test run's cluster answers to whoever asks for it. */
export interface DatabaseHost {
  readonly adminUrl: string;
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly clockUrl: string;
}

export interface TestDatabase {
  /** Owns the tables. */
  readonly ownerUrl: string;
  /** As requests do: held by row-level security. */
  readonly appUrl: string;
  /** As jobs do. */
  readonly clockUrl: string;
  /** The superuser on this database: looks at everything, as nothing of the gateway can. */
  readonly adminUrl: string;
  /** Cuts the connections that are left. */
  readonly drop: () => Promise<void>;
}

/** The same login on another database. */
function onDatabase(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.href;
}

/** A fresh database with the newest schema and no rows. The first call of a run starts the cluster (a second or two). */
export async function createDatabase(): Promise<TestDatabase> {
  const host = await findHost();
  const name = `t_${randomBytes(6).toString("hex")}`;
  await asAdmin(host, (admin) => createOn(admin, name, DATABASE));
  return {
    ownerUrl: onDatabase(host.ownerUrl, name),
    appUrl: onDatabase(host.appUrl, name),
    clockUrl: onDatabase(host.clockUrl, name),
    adminUrl: onDatabase(host.adminUrl, name),
    drop: () => asAdmin(host, (admin) => admin.query(`drop database if exists ${name} with (force)`)).then(() => {}),
  };
}

async function findHost(): Promise<DatabaseHost> {
  const door = process.env.SHOPKEY_TEST_DATABASES;
  if (door === undefined) throw new Error("SHOPKEY_TEST_DATABASES is not set: run under jest with .jestrc.mjs");
  const response = await fetch(door);
  const body = await response.text();
  if (!response.ok) throw new Error(`The test cluster did not start.\n${body}`);
  return JSON.parse(body) as DatabaseHost;
}

async function asAdmin<T>(host: DatabaseHost, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: host.adminUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
