import type { ConnectionId, ConsumerId, StoreId } from "../kernel/ids.js";
import { ConnectionEntity } from "./entities/store.js";
import type { ConnectionRow } from "./rows.js";
import { own, plain, type Tx } from "./tx.js";

export interface UsedConnection {
  /** Taken when there is none yet between the two. */
  readonly id: ConnectionId;
  readonly consumerId: ConsumerId;
  readonly storeId: StoreId;
  readonly at: Date;
}

/** What a consumer has at stores, oldest first; at most 100, as there are stores. */
export async function list(tx: Tx, consumerId: ConsumerId): Promise<ConnectionRow[]> {
  const found = await tx.em.find(ConnectionEntity, { ...own(tx), consumerId }, { orderBy: { id: "asc" }, limit: 100 });
  return found.map(plain);
}

/** A profile was used at a store: the connection is made ACTIVE by PROFILE, or the one that is there is marked used. */
export async function upsertUsed(tx: Tx, used: UsedConnection): Promise<ConnectionRow> {
  const { id, consumerId, storeId, at } = used;
  await tx.em.execute(
    `insert into connection (org_id, environment, id, consumer_id, store_id, via, status, created_at, updated_at, last_used_at)
     values (?, ?, ?, ?, ?, 'PROFILE', 'ACTIVE', ?, ?, ?)
     on conflict (org_id, consumer_id, store_id) do update set
       last_used_at = greatest(connection.last_used_at, excluded.last_used_at), updated_at = excluded.updated_at,
       status = case when connection.via = 'PROFILE' then 'ACTIVE' else connection.status end,
       status_reason = case when connection.via = 'PROFILE' then null else connection.status_reason end`,
    [tx.scope.orgId, tx.scope.environment, id, consumerId, storeId, at, at, at],
  );
  const found = await tx.em.findOneOrFail(ConnectionEntity, { ...own(tx), consumerId, storeId }, { refresh: true });
  return plain(found);
}
