/**
 * Puts a backup into an empty database, in one transaction: the data, the latest keys, and nobody who was forgotten since.
 * Before it commits nothing is there, so nobody can read in between.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import pg from "pg";
import { errorCode } from "../kernel/fault.js";
import type { ConsumerId, OrgId } from "../kernel/ids.js";
import { BACKUP_FORMAT, type BackupHeader, type BackupLine, type BackupPart } from "./backup.js";
import { schemaVersion } from "./backup-tables.js";
import { CONSUMER_TABLES } from "./erasure.js";
import { type Forgotten, putBackForgotten, ReceiptDiffers } from "./forgotten.js";

/** The backup cannot be used, for a person to read. */
export class BackupUnusable extends Error {
  override readonly name = "BackupUnusable";
}

export interface RestoredKey {
  readonly orgId: OrgId;
  readonly consumerId: ConsumerId;
  readonly version: number;
  readonly kekVersion: number;
  readonly wrapped: Buffer;
}

export interface Restored {
  readonly rows: number;
  /** Of consumers that are in the data. */
  readonly keys: number;
  /** Rows of forgotten shoppers that were left out or blanked. */
  readonly forgotten: number;
  /** Receipts of the erasure ledger that the database has now, those of the backup among them. */
  readonly receipts: number;
}

export interface RestoreOptions {
  readonly ownerUrl: string;
  readonly dataPath: string;
  readonly keysPath: string;
  /** Everybody who was forgotten, whenever. */
  readonly erased: readonly Forgotten[];
  /** Each key that is put back; throws when it must not be. */
  readonly onKey: (key: RestoredKey) => void;
}

export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: "shopkey restore" });
  await client.connect();
  try {
    await client.query("begin");
    const version = await schemaVersion(client);
    const load = openLoad(client, options);
    for await (const line of linesOf(options.dataPath, "data", version)) await load.row(line);
    for await (const line of linesOf(options.keysPath, "keys", version)) await load.key(line);
    for (const one of options.erased) await load.forgotten(one);
    await client.query("commit");
    return load.done();
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    if (error instanceof ReceiptDiffers) throw new BackupUnusable(error.message, { cause: error });
    if (errorCode(error) === "23505")
      throw new BackupUnusable("The database holds rows already: restore into an empty one.", { cause: error });
    throw error;
  } finally {
    await client.end();
  }
}

const UNREADABLE = new Set(["ENOENT", "ENOTDIR", "EACCES", "EISDIR"]);

async function* linesOf(path: string, part: BackupPart, version: readonly string[]): AsyncGenerator<BackupLine> {
  const unzipped = createGunzip();
  createReadStream(path)
    .on("error", (error) => unzipped.destroy(error))
    .pipe(unzipped);
  const lines = createInterface({ input: unzipped, crlfDelay: Number.POSITIVE_INFINITY });
  let count = -1;
  let end: number | null = null;
  try {
    for await (const text of lines) {
      const line = parseLine(text);
      if (count === -1) judgeHeader(line, part, version);
      else if (line.end !== undefined) end = line.end;
      else yield line;
      if (end === null) count += 1;
    }
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error)?.startsWith("Z_"))
      throw new BackupUnusable(`The ${part} file is damaged.`, { cause: error });
    if (UNREADABLE.has(errorCode(error) ?? ""))
      throw new BackupUnusable(`The ${part} file cannot be read.`, { cause: error });
    throw error;
  }
  if (end !== count) throw new BackupUnusable(`The ${part} file is not whole.`);
}

function parseLine(text: string): BackupHeader & BackupLine & { readonly end?: number } {
  const line: unknown = JSON.parse(text);
  if (typeof line !== "object" || line === null) throw new SyntaxError();
  return line as ReturnType<typeof parseLine>;
}

function judgeHeader(header: BackupHeader, part: BackupPart, version: readonly string[]): void {
  if (header.format !== BACKUP_FORMAT || header.part !== part)
    throw new BackupUnusable(`This is not the ${part} file of a backup.`);
  if (header.migrations.join() !== version.join())
    throw new BackupUnusable("The backup was made by another version: restore it with that one, then migrate.");
}

interface Load {
  readonly row: (line: BackupLine) => Promise<void>;
  readonly key: (line: BackupLine) => Promise<void>;
  readonly forgotten: (one: Forgotten) => Promise<void>;
  readonly done: () => Restored;
}

function openLoad(client: pg.Client, { erased: everybody, onKey }: RestoreOptions): Load {
  const counts = { rows: 0, keys: 0, forgotten: 0, receipts: 0 };
  const erased = new Set(everybody.map(({ consumerId }) => consumerId));
  /** Things of forgotten shoppers that other rows may point at. */
  const gone = new Set<unknown>(erased);
  const living = new Set<unknown>();
  let scope = "";
  const enter = (row: BackupLine["r"], t: string): Promise<void> =>
    enterScope(String(t === "org" ? row.id : row.org_id), String(row.environment ?? "test"));
  const enterScope = async (org: string, environment: string): Promise<void> => {
    if (scope === `${org} ${environment}`) return;
    scope = `${org} ${environment}`;
    await client.query("select set_config('app.org', $1, true), set_config('app.environment', $2, true)", [
      ...[org, environment],
    ]);
  };
  return {
    row: async ({ t, r }) => {
      await enter(r, t);
      const kept = withoutForgotten(t, r, erased, gone);
      if (kept !== r) counts.forgotten += 1;
      if (kept === null) return;
      if (t === "consumer") living.add(r.id);
      counts.rows += 1;
      await client.query(`insert into ${nameOf(t)} select * from json_populate_record(null::${nameOf(t)}, $1)`, [
        JSON.stringify(kept),
      ]);
    },
    key: async ({ t, r }) => {
      await enter(r, t);
      if (t === "store") {
        await client.query("update store set credentials = $1 where org_id = $2 and id = $3", [
          ...[bytesOf(r.credentials), r.org_id, r.id],
        ]);
      } else if (t === "suppression") {
        await client.query(
          "insert into suppression select * from json_populate_record(null::suppression, $1) on conflict do nothing",
          [JSON.stringify(r)],
        );
      } else if (t === "token_issuer") {
        await client.query("update token_issuer set secret = $1 where org_id = $2 and environment = $3", [
          ...[bytesOf(r.secret), r.org_id, r.environment],
        ]);
      } else if (living.has(r.consumer_id) && !erased.has(r.consumer_id as ConsumerId)) {
        onKey({
          ...{ orgId: r.org_id as OrgId, consumerId: r.consumer_id as ConsumerId, version: Number(r.version) },
          ...{ kekVersion: Number(r.kek_version), wrapped: bytesOf(r.wrapped) },
        });
        counts.keys += 1;
        await client.query("insert into consumer_key select * from json_populate_record(null::consumer_key, $1)", [
          JSON.stringify(r),
        ]);
      }
    },
    forgotten: async (one) => {
      await enterScope(one.orgId, one.environment);
      if ((await putBackForgotten(client, one)) && one.receipt !== null) counts.receipts += 1;
    },
    done: () => counts,
  };
}

const SHREDDED: ReadonlySet<string> = new Set([...CONSUMER_TABLES.shredded, ...CONSUMER_TABLES.purged]);
const BLANKS: Readonly<Record<string, object>> = {
  checkout: {
    ...{ masks: null, hand_off: null, cart: {}, cart_id: null, cart_url: null, checkpoint: null, purpose: null },
    ...{ remarks: [], idempotency_key: null, fingerprint: null, order_reference: null },
  },
  impersonation: {
    ...{ reason: "", why: null, account: null, email_digest: null, customer: null, secret: null },
    ...{ farewell_credentials: null, key_version: null, kek_version: null, wrapped: null, due_at: null },
  },
};

/** The row as it may come back: itself, blanked, or null. What `gone` names takes with it what points at it. */
function withoutForgotten(
  t: string,
  r: BackupLine["r"],
  erased: ReadonlySet<ConsumerId>,
  gone: Set<unknown>,
): BackupLine["r"] | null {
  const isTheirs = erased.has((t === "consumer" ? r.id : r.consumer_id) as ConsumerId);
  if (isTheirs && typeof r.id === "string") gone.add(r.id);
  if (t === "consumer" && isTheirs)
    return { ...r, status: "ANONYMIZED", shopper_reference: `forgotten-${String(r.id)}` };
  if (isTheirs && SHREDDED.has(t)) return null;
  if (isTheirs && BLANKS[t] !== undefined) return { ...r, ...BLANKS[t] };
  if (t.startsWith("recognition_") && gone.has(r.recognition_id)) return null;
  return r;
}

/** Only names that the catalogue could have given. */
function nameOf(table: string): string {
  if (!/^[a-z_]{1,63}$/.test(table)) throw new BackupUnusable("The data file names a table that there is not.");
  return table;
}

const bytesOf = (hex: unknown): Buffer => Buffer.from(String(hex).slice(2), "hex");
