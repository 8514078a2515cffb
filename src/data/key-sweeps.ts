/**
 * What an org's old key made, found piece by piece and replaced where it still is what was read. Always an UPDATE of the
 * row that is there, never an upsert: whoever was forgotten meanwhile stays forgotten.
 */
import type { ConsumerId } from "../kernel/ids.js";
import type { ConsumerKeyRow, ProfileRow } from "./rows.js";
import { type Tx, writeAll } from "./tx.js";

/** Tables that keep keys wrapped under the org's, and by which of their columns the key is bound. */
const WRAPPED = [
  { table: "consumer_key", owner: "consumer_id", version: "version" },
  { table: "impersonation", owner: "id", version: "key_version" },
  { table: "operator_login", owner: "id", version: "key_version" },
] as const;

/** Wraps a key anew. Synchronous: the transaction is open. */
export type Rewrap = (owner: ConsumerId, key: ConsumerKeyRow) => ConsumerKeyRow;

/** One piece of a sweep: how much was made anew, and behind which id the next piece begins; null: that was the last one. */
export interface Piece {
  readonly count: number;
  readonly last: string | null;
}
const FIRST = "00000000-0000-0000-0000-000000000000";

/** Tables whose keys are looked through one after another. */
export const WRAPPED_TABLES: readonly number[] = WRAPPED.map((_, nth) => nth);

/** Up to `limit` keys of a table that an old version wraps, wrapped anew; whoever's row is locked waits for the next sweep. */
export async function rewrapKeys(
  tx: Tx,
  nth: number,
  old: readonly number[],
  range: { readonly after: string | null; readonly limit: number },
  rewrap: Rewrap,
): Promise<Piece> {
  const wrapped = WRAPPED[nth];
  if (wrapped === undefined) throw new RangeError("there are not so many tables with keys");
  const { table, owner, version } = wrapped;
  const rows = await tx.em.execute<({ owner: ConsumerId } & ConsumerKeyRow)[]>(
    `select ${owner} as owner, ${version} as version,
       kek_version as "kekVersion", wrapped from ${table}
     where org_id = ? and ${owner} > ? and wrapped is not null and kek_version in (${marks(old)})
     order by ${owner} limit ${range.limit} for update skip locked`,
    [tx.scope.orgId, range.after ?? FIRST, ...old],
  );
  if (rows.length > 0) {
    const next = rows.map(({ owner: id, ...key }) => ({
      id,
      ...rewrap(id, { ...key, wrapped: bytesOf(key.wrapped) }),
    }));
    await tx.em.execute(
      `update ${table} k set kek_version = w.kek_version, wrapped = w.wrapped
       from (values ${next.map(() => "(?::uuid, ?::int, ?::bytea)").join(", ")}) as w (id, kek_version, wrapped)
       where k.org_id = ? and k.${owner} = w.id and k.kek_version in (${marks(old)})`,
      [...next.flatMap((key) => [key.id, key.kekVersion, key.wrapped]), tx.scope.orgId, ...old],
    );
  }
  return { count: rows.length, last: rows.length < range.limit ? null : (rows.at(-1)?.owner ?? null) };
}

/** Columns that keep a secret of the org's own, sealed under its key, by which column a row is found, and what tells under which label. */
const SECRETS = [
  { table: "store", key: "id", owner: "id", column: "credentials" },
  { table: "impersonation", key: "id", owner: "store_id", column: "farewell_credentials" },
  { table: "token_issuer", key: "org_id", owner: "environment", column: "secret" },
  { table: "store_memory", key: "name", owner: "store_id || '/' || encode(name, 'hex')", column: "sealed" },
] as const;
export type SecretTable = (typeof SECRETS)[number]["table"];

/** What a sweep of an org's wrapping key looks after; anything else under an old one is a table that nobody told this file about. */
export const SWEPT_COLUMNS: readonly string[] = [
  ...WRAPPED.map(({ table }) => `${table}.wrapped`),
  ...SECRETS.map(({ table, column }) => `${table}.${column}`),
];

/** Seals every secret of this environment anew that `renew` has another envelope for; how many that were. */
export async function renewSecrets(
  tx: Tx,
  renew: (table: SecretTable, owner: string, sealed: Buffer) => Buffer | null,
): Promise<number> {
  let count = 0;
  for (const { table, key, owner, column } of SECRETS) {
    const rows = await tx.em.execute<{ id: string | Buffer; owner: string; sealed: Buffer }[]>(
      `select ${key} as id, ${owner} as owner, ${column} as sealed from ${table}
       where org_id = ? and environment = ? and length(${column}) > 0 for update`,
      [tx.scope.orgId, tx.scope.environment],
    );
    for (const { id, owner: whose, sealed } of rows) {
      const next = renew(table, whose, bytesOf(sealed));
      if (next === null) continue;
      await tx.em.execute(`update ${table} set ${column} = ? where org_id = ? and ${key} = ? and ${column} = ?`, [
        ...[next, tx.scope.orgId, id, bytesOf(sealed)],
      ]);
      count += 1;
    }
  }
  return count;
}

/** Whose index rows of an old version have no counterpart of the current one, in the order of their ids. */
export async function staleIndexes(
  tx: Tx,
  old: readonly number[],
  current: number,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly ConsumerId[]> {
  const rows = await tx.em.execute<{ id: ConsumerId }[]>(
    `select distinct x.consumer_id as id from consumer_index x
     where x.org_id = ? and x.consumer_id > ? and x.key_version in (${marks(old)}) and not exists (
       select from consumer_index y where y.org_id = x.org_id and y.consumer_id = x.consumer_id and y.field = x.field
         and y.key_version = ?) order by 1 limit ${limit}`,
    [tx.scope.orgId, after ?? FIRST, ...old, current],
  );
  return rows.map(({ id }) => id);
}

/** What is indexed of a profile, with its key. */
export interface IndexedProfile extends Pick<ProfileRow, "email" | "document"> {
  readonly id: ConsumerId;
  readonly key: ConsumerKeyRow;
}

/** Of those who have a profile; nobody changes it until this transaction ends. */
export async function lockProfiles(tx: Tx, ids: readonly ConsumerId[]): Promise<readonly IndexedProfile[]> {
  const rows = await tx.em.execute<
    (Pick<IndexedProfile, "id"> & ConsumerKeyRow & { email: Buffer | null; document: Buffer | null })[]
  >(
    `select p.consumer_id as id, p.email, p.document, k.version, k.kek_version as "kekVersion", k.wrapped
     from profile p join consumer_key k on k.org_id = p.org_id and k.consumer_id = p.consumer_id
     where p.org_id = ? and p.consumer_id in (${marks(ids)}) order by p.consumer_id for update of p`,
    [tx.scope.orgId, ...ids],
  );
  return rows.map(({ id, email, document, version, kekVersion, wrapped }) => ({
    id,
    email: email === null ? null : bytesOf(email),
    document: document === null ? null : bytesOf(document),
    key: { version, kekVersion, wrapped: bytesOf(wrapped) },
  }));
}

export interface IndexRow {
  readonly id: ConsumerId;
  readonly field: string;
  readonly version: number;
  readonly value: Buffer;
}

/** Adds index rows of the current version; those of old versions that have no counterpart then are no one's. */
export async function addIndexRows(
  tx: Tx,
  ids: readonly ConsumerId[],
  { old, current }: { readonly old: readonly number[]; readonly current: number },
  rows: readonly IndexRow[],
): Promise<void> {
  const { orgId } = tx.scope;
  const add = {
    sql: `insert into consumer_index (org_id, field, bidx, key_version, consumer_id)
       values ${rows.map(() => "(?, ?, ?, ?, ?)").join(", ")} on conflict do nothing`,
    values: rows.flatMap(({ id, field, version, value }) => [orgId, field, value, version, id]),
  };
  await writeAll(tx, [
    ...(rows.length === 0 ? [] : [add]),
    // A save that has read the profile before does not know of these rows, and must read it again.
    {
      sql: `update profile set revision = revision + 1 where org_id = ? and consumer_id in (${marks(ids)})`,
      values: [orgId, ...ids],
    },
    {
      sql: `delete from consumer_index x where x.org_id = ? and x.consumer_id in (${marks(ids)})
         and x.key_version in (${marks(old)}) and not exists (select from consumer_index y
           where y.org_id = x.org_id and y.consumer_id = x.consumer_id and y.field = x.field and y.key_version = ?)`,
      values: [orgId, ...ids, ...old, current],
    },
  ]);
}

/** Deletes up to `limit` index rows of the old versions; how many there were. */
export async function dropOldIndexes(tx: Tx, old: readonly number[], limit: number): Promise<number> {
  const gone = await tx.em.execute<object[]>(
    `delete from consumer_index where ctid in (select ctid from consumer_index
       where org_id = ? and key_version in (${marks(old)}) limit ${limit}) returning 1`,
    [tx.scope.orgId, ...old],
  );
  return gone.length;
}

/** Envelopes of values open with a consumer's key, and are many. */
const VALUES = ["profile", "consumer_index", "idempotency", "audit_event"];

/**
 * Columns in which an envelope of an old version is left, whoever put it there: a table that nobody told this file about.
 * By the envelope's header: format 01, type 02 (a wrapped key) or 05 (a secret), and the version as u32 at byte 4.
 */
export async function columnsUnder(tx: Tx, old: readonly number[]): Promise<readonly string[]> {
  const columns = await tx.em.execute<{ table: string; column: string }[]>(
    `select c.table_name as table, c.column_name as column from information_schema.columns c
     where c.table_schema = 'public' and c.data_type = 'bytea' and c.table_name not in (${VALUES.map(() => "?").join(", ")})
       and exists (select from information_schema.columns o
         where o.table_schema = 'public' and o.table_name = c.table_name and o.column_name = 'org_id')`,
    VALUES,
  );
  if (columns.length === 0) return [];
  const looks = columns.map(
    ({ table, column }) => `(select '${table}.${column}' as name from ${table}
       where org_id = ? and length(${column}) > 80 and get_byte(${column}, 0) = 1 and get_byte(${column}, 2) in (2, 5)
         and ('x' || encode(substr(${column}, 5, 4), 'hex'))::bit(32)::bigint in (${marks(old)}) limit 1)`,
  );
  const values = columns.flatMap(() => [tx.scope.orgId, ...old]);
  const found = await tx.em.execute<{ name: string }[]>(looks.join(" union all "), values);
  return found.map(({ name }) => name);
}

/** There is always one: a rotation without an old version sweeps nothing. */
const marks = (values: readonly unknown[]): string =>
  values.length === 0 ? "select null where false" : values.map(() => "?").join(", ");

const bytesOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
