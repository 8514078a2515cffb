/**
 * A copy of every org's rows as they are at one moment, in two files: the data, and the keys that open it. A file is JSON,
 * one object a line, in gzip: a header, `{"t": table, "r": row}`, and at the end how many rows there were.
 */
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import pg from "pg";
import type { OrgId } from "../kernel/ids.js";
import { type BackedTable, backedTables, KEY_TABLE, schemaVersion } from "./backup-tables.js";

export const BACKUP_FORMAT = "shopkey-backup/1";
export type BackupPart = "data" | "keys";
export interface BackupHeader {
  readonly format: typeof BACKUP_FORMAT;
  readonly part: BackupPart;
  /** ISO 8601. */
  readonly at: string;
  readonly migrations: readonly string[];
}
export interface BackupLine {
  readonly t: string;
  readonly r: Readonly<Record<string, unknown>>;
}

const FETCH = 500;
const ENVIRONMENTS = ["test", "live"] as const;

/**
 * Writes one part; how many rows it has. The file is there when it is whole.
 * @param ownerUrl as the role that owns the tables: row-level security shows it one org at a time
 */
export async function writeBackup(
  ownerUrl: string,
  orgs: readonly OrgId[],
  part: BackupPart,
  path: string,
): Promise<number> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: "shopkey backup" });
  await client.connect();
  try {
    await client.query("begin isolation level repeatable read read only");
    const count = { rows: 0 };
    const draft = `${path}.part`;
    const file = createWriteStream(draft, { mode: 0o600, flush: true });
    await pipeline(Readable.from(linesOf(client, orgs, part, count)), createGzip(), file);
    await rename(draft, path);
    return count.rows;
  } finally {
    await client.end();
  }
}

async function* linesOf(client: pg.Client, orgs: readonly OrgId[], part: BackupPart, count: { rows: number }) {
  const migrations = await schemaVersion(client);
  const header: BackupHeader = { format: BACKUP_FORMAT, part, at: new Date().toISOString(), migrations };
  yield `${JSON.stringify(header)}\n`;
  const tables = await backedTables(client);
  for (const org of orgs) {
    for (const environment of ENVIRONMENTS) {
      await client.query("select set_config('app.org', $1, true), set_config('app.environment', $2, true)", [
        ...[org, environment],
      ]);
      for (const { name, query } of queriesOf(tables, part, environment)) {
        for await (const row of rowsOf(client, query)) {
          count.rows += 1;
          yield `{"t":${JSON.stringify(name)},"r":${row}}\n`;
        }
      }
    }
  }
  yield `${JSON.stringify({ end: count.rows })}\n`;
}

function queriesOf(tables: readonly BackedTable[], part: BackupPart, environment: "test" | "live") {
  const mine = tables.filter(({ hasEnvironment }) => hasEnvironment || environment === ENVIRONMENTS[0]);
  if (part === "data") {
    return mine
      .filter(({ name }) => name !== KEY_TABLE)
      .map(({ name }) => ({ name, query: `select row_to_json(t)::text as row from ${name} t` }));
  }
  // Sealed under the org's key itself: an old copy opens no more than an old consumer's key does.
  const credentials = "select org_id, environment, id, credentials from store where credentials is not null";
  const secrets = "select org_id, environment, secret from token_issuer where secret is not null";
  const keys = mine.some(({ name }) => name === KEY_TABLE)
    ? [{ name: KEY_TABLE, query: `select row_to_json(t)::text as row from ${KEY_TABLE} t` }]
    : [];
  // Whoever was forgotten since the data was copied must not come back by an import either.
  const suppressed = mine.some(({ name }) => name === "suppression")
    ? [{ name: "suppression", query: "select row_to_json(t)::text as row from suppression t" }]
    : [];
  return [
    ...keys,
    ...suppressed,
    { name: "store", query: `select row_to_json(t)::text as row from (${credentials}) t` },
    { name: "token_issuer", query: `select row_to_json(t)::text as row from (${secrets}) t` },
  ];
}

async function* rowsOf(client: pg.Client, query: string): AsyncGenerator<string> {
  await client.query(`declare backup no scroll cursor for ${query}`);
  for (;;) {
    const { rows } = await client.query<{ row: string }>(`fetch ${FETCH} from backup`);
    for (const { row } of rows) yield row;
    if (rows.length < FETCH) break;
  }
  await client.query("close backup");
}
