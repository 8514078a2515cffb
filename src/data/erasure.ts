/** What freezing, thawing and forgetting a consumer does to every table that speaks of them. */
import type { ConsumerId } from "../kernel/ids.js";
import { find } from "./consumers.js";
import { SuppressionEntity } from "./entities/anonymization.js";
import { ConsumerEntity } from "./entities/consumer.js";
import { type ConsumerRow, isClosed } from "./rows.js";
import { isHigher, standingOf } from "./store-accounts.js";
import { own, type Tx, writeAll } from "./tx.js";

/**
 * Every table with a `consumer_id`, and what becomes of its rows: a test compares this list with the catalogue, so that
 * nobody adds a table and forgets this one.
 */
export const CONSUMER_TABLES = {
  /** Rows that are deleted with the keys, in this order: an answer about a connection is under way until the connection is gone. */
  shredded: ["profile", "consumer_index", "consumer_key", "recognition", "store_account", "connection", "idempotency"],
  /** Rows that are deleted afterwards. */
  purged: ["order_report"],
  /** Rows that stay, without what could be told from them. */
  blanked: ["checkout", "impersonation"],
  /** Ids, times and codes: the record that the law asks for. */
  kept: ["audit_event", "anonymization"],
} as const;

/** The consumer, locked until the transaction ends, when something may be begun for them; null otherwise. */
export async function lockOpen(tx: Tx, id: ConsumerId): Promise<ConsumerRow | null> {
  const consumer = await find(tx, { id }, "lock");
  return consumer === null || isClosed(consumer) ? null : consumer;
}

/**
 * Nothing is saved for the consumer from here on. A save that has read the profile before finds another revision, and then
 * the consumer closed: that is why a profile that was not there is there now, empty.
 */
export async function freeze(tx: Tx, id: ConsumerId, at: Date): Promise<void> {
  await tx.em.nativeUpdate(ConsumerEntity, { ...own(tx), id }, { status: "FROZEN", updatedAt: at });
  await tx.em.execute(
    `insert into profile (org_id, consumer_id, revision, updated_at) values (?, ?, 1, ?)
     on conflict (org_id, consumer_id) do update set revision = profile.revision + 1`,
    [tx.scope.orgId, id, at],
  );
}

/** As before the freeze; the status is derived from the orders, and from what stores say, again. */
export async function thaw(tx: Tx, id: ConsumerId, at: Date): Promise<void> {
  const consumer = await find(tx, { id }, "lock");
  if (consumer === null || consumer.status !== "FROZEN") return;
  const bought = consumer.orderCount === 0 ? "PROSPECT" : consumer.orderCount === 1 ? "ACQUIRED" : "REPEAT";
  const said = await standingOf(tx, id);
  const status = isHigher(said, bought) ? said : bought;
  await tx.em.nativeUpdate(ConsumerEntity, { ...own(tx), id }, { status, updatedAt: at });
}

/** What hangs on a consumer's recognitions. */
const RECOGNISED = ["recognition_answer", "recognition_refusal", "recognition_key"];

/**
 * Deletes every key, envelope and index row of the consumer, who is ANONYMIZED from here on and known by another reference.
 * The org's own id stays: it is what keeps an import from making them anew. Any number of times.
 */
export async function shred(tx: Tx, id: ConsumerId, at: Date): Promise<void> {
  const consumer = await find(tx, { id }, "lock");
  if (consumer === null) return;
  const { orgId, environment } = own(tx);
  const theirs = [orgId, environment, id];
  await writeAll(tx, [
    // Whoever changes the profile right now is waited for: what follows sees what that one wrote.
    { sql: "select from profile where org_id = ? and consumer_id = ? for update", values: [orgId, id] },
    ...RECOGNISED.map((table) => ({
      sql: `delete from ${table} where org_id = ? and recognition_id in
        (select r.id from recognition r where r.org_id = ? and r.consumer_id = ?)`,
      values: [orgId, orgId, id],
    })),
    ...CONSUMER_TABLES.shredded.map((table) => ({
      sql: `delete from ${table} where org_id = ? and consumer_id = ?`,
      values: [orgId, id],
    })),
    {
      sql: `update consumer set status = 'ANONYMIZED', shopper_reference = ?, updated_at = ?
        where org_id = ? and environment = ? and id = ?`,
      values: [`forgotten-${id}`, at, ...theirs],
    },
  ]);
}

/** What is left of the consumer's doings: orders and carts by the stores' own numbers, the reasons that were given. */
export async function purge(tx: Tx, id: ConsumerId): Promise<void> {
  const { orgId, environment } = own(tx);
  const theirs = "where org_id = ? and environment = ? and consumer_id = ?";
  const statements = [
    ...CONSUMER_TABLES.purged.map((table) => `delete from ${table} ${theirs}`),
    `update checkout set masks = null, hand_off = null, cart = '{}', cart_id = null, cart_url = null, checkpoint = null,
       purpose = null, remarks = '{}', idempotency_key = null, fingerprint = null, order_reference = null ${theirs}`,
    `update impersonation set reason = '', why = null, account = null, email_digest = null, customer = null, secret = null,
       farewell_credentials = null, key_version = null, kek_version = null, wrapped = null ${theirs}`,
  ];
  await writeAll(
    tx,
    statements.map((sql) => ({ sql, values: [orgId, environment, id] })),
  );
}

/** Whether an operator is in the consumer's place at a store, or the store was not told of the end yet. */
export async function isImpersonated(tx: Tx, id: ConsumerId): Promise<boolean> {
  const rows: object[] = await tx.em.execute(
    `select 1 from impersonation where org_id = ? and environment = ? and consumer_id = ? and wrapped is not null limit 1`,
    [tx.scope.orgId, tx.scope.environment, id],
  );
  return rows.length > 0;
}

/** Checkouts that are at a store right now, or that a crash left there. */
export async function pendingCheckoutsOf(tx: Tx, id: ConsumerId): Promise<{ readonly id: string; leaseUntil: Date }[]> {
  return await tx.em.execute(
    `select id, lease_until as "leaseUntil" from checkout
     where org_id = ? and environment = ? and consumer_id = ? and state = 'PENDING'`,
    [tx.scope.orgId, tx.scope.environment, id],
  );
}

/** Stores that may know the consumer: where there is a connection, a checkout or an order. Removed ones as well. */
export async function storesThatKnow(tx: Tx, id: ConsumerId): Promise<string[]> {
  const { orgId, environment } = own(tx);
  const rows: { id: string }[] = await tx.em.execute(
    `select store_id as id from connection where org_id = ? and environment = ? and consumer_id = ?
     union select store_id from checkout where org_id = ? and environment = ? and consumer_id = ?
       and (state <> 'FAILED' or checkpoint is not null)
     union select store_id from order_report where org_id = ? and environment = ? and consumer_id = ?
       and store_id is not null order by 1`,
    [...[orgId, environment, id], ...[orgId, environment, id], ...[orgId, environment, id]],
  );
  return rows.map((row) => row.id);
}

/** A keyed digest of something that an import must not bring back. */
export interface Suppressed {
  readonly field: string;
  readonly digest: Buffer;
}

/** The org's own id of somebody whom the database has lost; as long as it would have been kept there. */
export const EXTERNAL_ID = "external_id";

/** Adds them, and drops those that have been kept for long enough. */
export async function suppress(tx: Tx, entries: readonly Suppressed[], at: Date, since: Date): Promise<void> {
  const { orgId, environment } = own(tx);
  await writeAll(tx, [
    {
      sql: "delete from suppression where org_id = ? and environment = ? and created_at < ? and field <> ?",
      values: [orgId, environment, since, EXTERNAL_ID],
    },
    ...entries.map(({ field, digest }) => ({
      sql: `insert into suppression (org_id, environment, field, digest, created_at) values (?, ?, ?, ?, ?)
        on conflict (org_id, environment, field, digest) do nothing`,
      values: [orgId, environment, field, digest, at],
    })),
  ]);
}

/** Whether one of these was added since; an org's own id: whenever. */
export async function isSuppressed(tx: Tx, entries: readonly Suppressed[], since: Date): Promise<boolean> {
  if (entries.length === 0) return false;
  const isWanted = ({ field, digest }: Suppressed) =>
    field === EXTERNAL_ID ? { field, digest } : { field, digest, createdAt: { $gte: since } };
  const wanted = { ...own(tx), $or: entries.map(isWanted) };
  return (await tx.em.findOne(SuppressionEntity, wanted)) !== null;
}
