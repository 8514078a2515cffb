import type { ConnectionId, ConsumerId, StoreId } from "../kernel/ids.js";
import { ConsumerKeyEntity } from "./entities/consumer.js";
import { ConnectionEntity, StoreEntity } from "./entities/store.js";
import type { ConnectionChange, ConnectionRow, ConnectionStatus, ConsumerKeyRow, StoreRow } from "./rows.js";
import { own, type Page, plain, type Tx, toPage } from "./tx.js";

export interface UsedConnection {
  /** Taken when there is none yet between the two. */
  readonly id: ConnectionId;
  readonly consumerId: ConsumerId;
  readonly storeId: StoreId;
  readonly at: Date;
}

export interface ConnectionFilter {
  readonly consumerId?: ConsumerId | null;
  readonly storeId?: StoreId | null;
  readonly status?: ConnectionStatus | null;
}
/** A connection with its Store, removed or not, and the key under which it is sealed. */
export interface ConnectionSheet {
  readonly connection: ConnectionRow;
  readonly store: StoreRow;
  readonly key: ConsumerKeyRow | null;
}

export async function find(tx: Tx, id: ConnectionId): Promise<ConnectionRow | null> {
  return await findOne(tx, { id });
}

/** The one between the two. */
export async function findBetween(tx: Tx, consumerId: ConsumerId, storeId: StoreId): Promise<ConnectionRow | null> {
  return await findOne(tx, { consumerId, storeId });
}

type Wanted = { id: ConnectionId } | { consumerId: ConsumerId; storeId: StoreId };
async function findOne(tx: Tx, wanted: Wanted): Promise<ConnectionRow | null> {
  const found = await tx.em.findOne(ConnectionEntity, { ...own(tx), ...wanted }, { refresh: true });
  return found === null ? null : plain(found);
}

/** What a consumer has at stores, oldest first; at most 100, as there are stores. */
export async function list(tx: Tx, consumerId: ConsumerId): Promise<ConnectionRow[]> {
  const found = await tx.em.find(ConnectionEntity, { ...own(tx), consumerId }, { orderBy: { id: "asc" }, limit: 100 });
  return found.map(plain);
}

/** A page of the org's connections with all that it takes to show them: three statements, however many there are. */
export async function page(
  tx: Tx,
  { consumerId, storeId, status }: ConnectionFilter,
  at: Page<ConnectionId>,
): Promise<ConnectionSheet[]> {
  const { where, options } = toPage(at);
  const filter = {
    ...(consumerId ? { consumerId } : {}),
    ...(storeId ? { storeId } : {}),
    ...(status ? { status } : {}),
  };
  const rows = (await tx.em.find(ConnectionEntity, { ...own(tx), ...filter, ...where }, options)).map(plain);
  return await sheets(tx, rows);
}

export async function findSheet(tx: Tx, id: ConnectionId): Promise<ConnectionSheet | null> {
  const row = await find(tx, id);
  return row === null ? null : ((await sheets(tx, [row]))[0] ?? null);
}

async function sheets(tx: Tx, rows: readonly ConnectionRow[]): Promise<ConnectionSheet[]> {
  if (rows.length === 0) return [];
  const storeIds = [...new Set(rows.map(({ storeId }) => storeId))];
  const consumerIds = [...new Set(rows.map(({ consumerId }) => consumerId))];
  const stores = await tx.em.find(StoreEntity, { ...own(tx), id: { $in: storeIds } });
  const keys = await tx.em.find(ConsumerKeyEntity, { orgId: tx.scope.orgId, consumerId: { $in: consumerIds } });
  const storeOf = new Map(stores.map((store) => [store.id, plain(store)]));
  const keyOf = new Map(
    keys.map(({ consumerId, version, kekVersion, wrapped }) => [consumerId, { version, kekVersion, wrapped }]),
  );
  return rows.flatMap((connection) => {
    const store = storeOf.get(connection.storeId);
    return store === undefined ? [] : [{ connection, store, key: keyOf.get(connection.consumerId) ?? null }];
  });
}

/** Makes the row between the two, PENDING by LOGIN, unless there is one; answers the one that is there, locked. */
export async function ensure(tx: Tx, wanted: UsedConnection): Promise<ConnectionRow> {
  const { id, consumerId, storeId, at } = wanted;
  const { orgId, environment } = own(tx);
  await tx.em.execute(
    `insert into connection (org_id, environment, id, consumer_id, store_id, via, status, created_at, updated_at)
     values (?, ?, ?, ?, ?, 'LOGIN', 'PENDING', ?, ?) on conflict (org_id, consumer_id, store_id) do nothing`,
    [orgId, environment, id, consumerId, storeId, at, at],
  );
  await tx.em.execute("select from connection where org_id = ? and consumer_id = ? and store_id = ? for update", [
    ...[orgId, consumerId, storeId],
  ]);
  const row = await findBetween(tx, consumerId, storeId);
  if (row === null) throw new Error("the connection that was made is not there");
  return row;
}

/** The row, which nobody else changes until this transaction ends; null when there is none. */
export async function lock(tx: Tx, id: ConnectionId): Promise<ConnectionRow | null> {
  const { orgId, environment } = own(tx);
  const statement = "select from connection where org_id = ? and environment = ? and id = ? for update";
  await tx.em.execute(statement, [orgId, environment, id]);
  return await find(tx, id);
}

/** Changes a row that this transaction has locked; the row as it is then. */
export async function change(tx: Tx, id: ConnectionId, to: ConnectionChange): Promise<ConnectionRow> {
  await tx.em.nativeUpdate(ConnectionEntity, { ...own(tx), id }, to);
  const row = await find(tx, id);
  if (row === null) throw new Error("the connection that was changed is not there");
  return row;
}

/** The Store is gone: nobody uses what shoppers have there, and the clock ends each login. */
export async function endAllAt(tx: Tx, storeId: StoreId, at: Date): Promise<void> {
  const there = { ...own(tx), storeId };
  await tx.em.execute(
    `update connection set left_contexts = left_contexts || attempt_context_id, attempt_context_id = null, due_at = ?
     where org_id = ? and environment = ? and store_id = ? and attempt_context_id is not null`,
    [at, there.orgId, there.environment, storeId],
  );
  const ended = { status: "DISCONNECTED", statusReason: "STORE_DISABLED", updatedAt: at } as const;
  const attempt = { attemptState: "CANCELLED", attemptLeaseUntil: null, pending: null } as const;
  await tx.em.nativeUpdate(ConnectionEntity, { ...there, attemptState: { $in: ["BEGUN", "ASKED"] } }, attempt);
  const logins = { ...there, secret: { $ne: null } };
  await tx.em.nativeUpdate(ConnectionEntity, { ...logins, farewellSince: null }, { farewellSince: at });
  await tx.em.nativeUpdate(ConnectionEntity, logins, { ...ended, farewellAt: at, dueAt: at });
  await tx.em.nativeUpdate(ConnectionEntity, { ...there, secret: null, status: { $ne: "DISCONNECTED" } }, ended);
}

/** For the clock: takes a connection that is due. Null: it is not any more, or somebody else has it. */
export async function takeDue(tx: Tx, id: ConnectionId, now: Date, dueAt: Date): Promise<ConnectionRow | null> {
  const due = { ...own(tx), id, dueAt: { $lt: now } };
  return (await tx.em.nativeUpdate(ConnectionEntity, due, { dueAt })) === 0 ? null : await find(tx, id);
}

/**
 * A checkout was filled in at a store: the connection is made ACTIVE by PROFILE, or the one that is there is marked
 * used. A login that is not ACTIVE was not used, and is left as it is.
 */
export async function upsertUsed(tx: Tx, used: UsedConnection): Promise<ConnectionRow> {
  const { id, consumerId, storeId, at } = used;
  await tx.em.execute(
    `insert into connection (org_id, environment, id, consumer_id, store_id, via, status, created_at, updated_at, last_used_at)
     values (?, ?, ?, ?, ?, 'PROFILE', 'ACTIVE', ?, ?, ?)
     on conflict (org_id, consumer_id, store_id) do update set
       last_used_at = greatest(connection.last_used_at, excluded.last_used_at), updated_at = excluded.updated_at,
       status = 'ACTIVE', status_reason = null
     where connection.via = 'PROFILE' or connection.status = 'ACTIVE'`,
    [tx.scope.orgId, tx.scope.environment, id, consumerId, storeId, at, at, at],
  );
  const found = await tx.em.findOneOrFail(ConnectionEntity, { ...own(tx), consumerId, storeId }, { refresh: true });
  return plain(found);
}
