/**
 * What an org's old key made, found piece by piece and replaced where it still is what was read. Always an UPDATE of the
 * row that is there, never an upsert: whoever was forgotten meanwhile stays forgotten.
 */
import type { ConsumerId } from "../kernel/ids.js";
import { findKey, findProfile } from "./consumers.js";
import type { ConsumerKeyRow, ProfileRow } from "./rows.js";
import type { Tx } from "./tx.js";

/** Tables that keep keys wrapped under the org's, and by which of their columns the key is bound. */
const WRAPPED = [
  { table: "consumer_key", owner: "consumer_id", version: "version" },
  { table: "impersonation", owner: "id", version: "key_version" },
  { table: "operator_login", owner: "id", version: "key_version" },
] as const;

/** Wraps a key anew. Synchronous: the transaction is open. */
export type Rewrap = (owner: ConsumerId, key: ConsumerKeyRow) => ConsumerKeyRow;

/** Up to `limit` keys that an old version wraps; how many were wrapped anew. */
export async function rewrapKeys(tx: Tx, old: readonly number[], limit: number, rewrap: Rewrap): Promise<number> {
  let count = 0;
  for (const { table, owner, version } of WRAPPED) {
    const rows = await tx.em.execute<({ owner: ConsumerId } & ConsumerKeyRow)[]>(
      `select ${owner} as owner, ${version} as version,
         kek_version as "kekVersion", wrapped from ${table}
       where org_id = ? and wrapped is not null and kek_version in (${marks(old)}) limit ${limit} for update skip locked`,
      [tx.scope.orgId, ...old],
    );
    for (const { owner: id, ...key } of rows) {
      const next = rewrap(id, { ...key, wrapped: bytesOf(key.wrapped) });
      await tx.em.execute(
        `update ${table} set kek_version = ?, wrapped = ? where org_id = ? and ${owner} = ? and kek_version = ?`,
        [next.kekVersion, next.wrapped, tx.scope.orgId, id, key.kekVersion],
      );
    }
    count += rows.length;
  }
  return count;
}

/** Columns that keep a secret of the org's own, sealed under its key, and what tells under which label. */
const SECRETS = [
  { table: "store", key: "id", owner: "id", column: "credentials" },
  { table: "impersonation", key: "id", owner: "store_id", column: "farewell_credentials" },
  { table: "token_issuer", key: "org_id", owner: "environment", column: "secret" },
] as const;
export type SecretTable = (typeof SECRETS)[number]["table"];

/** Seals every secret of this environment anew that `renew` has another envelope for; how many that were. */
export async function renewSecrets(
  tx: Tx,
  renew: (table: SecretTable, owner: string, sealed: Buffer) => Buffer | null,
): Promise<number> {
  let count = 0;
  for (const { table, key, owner, column } of SECRETS) {
    const rows = await tx.em.execute<{ id: string; owner: string; sealed: Buffer }[]>(
      `select ${key} as id, ${owner} as owner, ${column} as sealed from ${table}
       where org_id = ? and environment = ? and ${column} is not null for update`,
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

/** Whose index rows of an old version have no counterpart of the current one; each row is locked by whoever mends it. */
export async function staleIndexes(
  tx: Tx,
  old: readonly number[],
  current: number,
  limit: number,
): Promise<readonly ConsumerId[]> {
  const rows = await tx.em.execute<{ id: ConsumerId }[]>(
    `select distinct x.consumer_id as id from consumer_index x
     where x.org_id = ? and x.key_version in (${marks(old)}) and not exists (
       select from consumer_index y where y.org_id = x.org_id and y.consumer_id = x.consumer_id and y.field = x.field
         and y.key_version = ?) limit ${limit}`,
    [tx.scope.orgId, ...old, current],
  );
  return rows.map(({ id }) => id);
}

/** The profile with its key, which nobody changes until this transaction ends. */
export async function lockProfile(
  tx: Tx,
  id: ConsumerId,
): Promise<{ readonly profile: ProfileRow; readonly key: ConsumerKeyRow } | null> {
  await tx.em.execute("select from profile where org_id = ? and consumer_id = ? for update", [tx.scope.orgId, id]);
  const [profile, key] = [await findProfile(tx, id), await findKey(tx, id)];
  return profile === null || key === null ? null : { profile, key };
}

export interface IndexRow {
  readonly field: string;
  readonly version: number;
  readonly value: Buffer;
}

/** Adds a consumer's index rows of the current version; those of old versions that have no counterpart then are no one's. */
export async function addIndexRows(
  tx: Tx,
  id: ConsumerId,
  old: readonly number[],
  rows: readonly IndexRow[],
): Promise<void> {
  for (const { field, version, value } of rows) {
    await tx.em.execute(
      `insert into consumer_index (org_id, field, bidx, key_version, consumer_id) values (?, ?, ?, ?, ?)
       on conflict do nothing`,
      [tx.scope.orgId, field, value, version, id],
    );
  }
  // A save that has read the profile before does not know of these rows, and must read it again.
  await tx.em.execute("update profile set revision = revision + 1 where org_id = ? and consumer_id = ?", [
    ...[tx.scope.orgId, id],
  ]);
  const fields = rows.map(({ field }) => field);
  await tx.em.execute(
    `delete from consumer_index where org_id = ? and consumer_id = ? and key_version in (${marks(old)})
       and not field in (${marks(fields)})`,
    [tx.scope.orgId, id, ...old, ...fields],
  );
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
  const found: string[] = [];
  for (const { table, column } of columns) {
    const rows = await tx.em.execute<object[]>(
      `select 1 from ${table} where org_id = ? and length(${column}) > 80 and get_byte(${column}, 0) = 1
         and get_byte(${column}, 2) in (2, 5)
         and ('x' || encode(substr(${column}, 5, 4), 'hex'))::bit(32)::bigint in (${marks(old)}) limit 1`,
      [tx.scope.orgId, ...old],
    );
    if (rows.length > 0) found.push(`${table}.${column}`);
  }
  return found;
}

/** There is always one: a rotation without an old version sweeps nothing. */
const marks = (values: readonly unknown[]): string =>
  values.length === 0 ? "select null where false" : values.map(() => "?").join(", ");

const bytesOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
