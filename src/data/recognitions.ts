/**
 * By what shoppers are known at a Store's door: bound when they connect, gone when they are forgotten. When they disconnect, a
 * trigger of the connection sees to it, whoever ends it.
 */
import { randomUUID } from "node:crypto";
import type { ConnectionId, ConsumerId, GateRefusalId, StoreId } from "../kernel/ids.js";
import { RecognitionEntity } from "./entities/recognition.js";
import { own, type Tx } from "./tx.js";

/** A key as a digest, never as what it is. */
export interface KeyToBind {
  /** 32 bytes; of this Store alone. */
  readonly digest: Buffer;
  readonly space: string;
  readonly standing: string;
  readonly once: boolean;
  /** So many of this space and standing stay, the newest. */
  readonly keep: number;
  /** It may be taken from whoever had it. */
  readonly moves: boolean;
}
export interface Binding {
  readonly consumerId: ConsumerId;
  readonly connectionId: ConnectionId;
  readonly storeId: StoreId;
  readonly keys: readonly KeyToBind[];
}

/** How they come: instead of what there was, or beside it. False when a key is another shopper's and does not move: then nothing must be kept of this transaction. */
export async function bind(tx: Tx, binding: Binding, how: "instead" | "beside"): Promise<boolean> {
  for (const key of binding.keys) if (!(await take(tx, binding, key))) return false;
  if (how === "instead") await dropOthers(tx, binding.connectionId, binding.keys);
  return true;
}

/**
 * One key in one statement, as a pass is shown anew each time that an app's screen opens. The shopper's opaque id in this
 * standing stays through a disconnection; the same key told again is as spent as it was; of its sort the newest are kept.
 */
const TAKE = `
  with known as (
    select r.id from recognition r where r.org_id = ? and r.connection_id = ? and r.standing = ?),
  made as (
    insert into recognition (org_id, environment, store_id, id, consumer_id, connection_id, standing)
    select ?::uuid, ?, ?::uuid, ?::uuid, ?::uuid, ?::uuid, ? where not exists (select from known)
    on conflict (org_id, connection_id, standing) do nothing returning id),
  mine as (select id from known union all select id from made),
  taken as (
    insert into recognition_key as k (org_id, environment, store_id, digest, recognition_id, space, once)
    select ?::uuid, ?, ?::uuid, ?::bytea, mine.id, ?, ?::boolean from mine
    on conflict (org_id, store_id, digest) do update set recognition_id = excluded.recognition_id, once = excluded.once,
      issued_at = excluded.issued_at,
      spent_at = case when k.recognition_id = excluded.recognition_id then k.spent_at end
    where k.recognition_id = excluded.recognition_id or ?
    returning 1),
  trimmed as (
    delete from recognition_key k where k.org_id = ? and k.store_id = ? and k.digest in (
      select x.digest from recognition_key x
      where x.org_id = ? and x.store_id = ? and x.recognition_id = (select id from known) and x.space = ? and x.digest <> ?
      order by x.issued_at desc offset ?))
  select (select count(*) from mine)::int as mine, (select count(*) from taken)::int as taken`;

const ATTEMPTS = 3;

async function take(tx: Tx, binding: Binding, key: KeyToBind): Promise<boolean> {
  const { orgId, environment } = own(tx);
  const { consumerId, connectionId, storeId } = binding;
  const { digest, space, standing, once, keep, moves } = key;
  for (let left = ATTEMPTS; left > 0; left -= 1) {
    const [row] = await tx.em.execute<{ mine: number; taken: number }[]>(TAKE, [
      ...[orgId, connectionId, standing],
      ...[orgId, environment, storeId, randomUUID(), consumerId, connectionId, standing],
      ...[orgId, environment, storeId, digest, space, once, moves],
      ...[orgId, storeId, orgId, storeId, space, digest, keep - 1],
    ]);
    if (row === undefined) throw new Error("the database said nothing of a key");
    // Somebody made the id a moment ago: it is seen by the next statement.
    if (row.mine > 0) return row.taken > 0;
  }
  throw new Error("the recognition that was made is not there");
}

/** The opaque ids of a connection, by standing. */
export async function list(tx: Tx, connectionId: ConnectionId): Promise<{ id: string; standing: string }[]> {
  const { orgId, environment } = own(tx);
  const rows = await tx.em.find(
    RecognitionEntity,
    { orgId, environment, connectionId },
    { orderBy: { createdAt: "asc" }, refresh: true },
  );
  return rows.map(({ id, standing }) => ({ id, standing }));
}

/** Nobody is known any more by what this connection declared, but for these. */
async function dropOthers(
  tx: Tx,
  connectionId: ConnectionId,
  but: readonly Pick<KeyToBind, "digest">[],
): Promise<void> {
  const { orgId } = own(tx);
  const kept = but.map(() => "?").join(", ");
  await tx.em.execute(
    `delete from recognition_key k using recognition r
     where r.org_id = ? and r.connection_id = ? and k.org_id = r.org_id and k.store_id = r.store_id
       and k.recognition_id = r.id ${but.length === 0 ? "" : `and k.digest not in (${kept})`}`,
    [orgId, connectionId, ...but.map(({ digest }) => digest)],
  );
}

/** What nobody may ask for any more: answers of ten minutes ago, refusals of a month ago. */
export async function sweep(tx: Tx, storeId: StoreId): Promise<void> {
  const { orgId } = own(tx);
  await tx.em.execute(
    "delete from recognition_answer where org_id = ? and store_id = ? and created_at < now() - interval '10 minutes'",
    [orgId, storeId],
  );
  await tx.em.execute(
    "delete from recognition_refusal where org_id = ? and store_id = ? and at < now() - interval '30 days'",
    [orgId, storeId],
  );
}

/** Somebody who is known was not let in. */
export interface RefusalRow {
  readonly id: GateRefusalId;
  readonly at: Date;
  readonly reason: string;
  readonly standing: string;
  readonly storeId: StoreId;
  readonly connectionId: ConnectionId;
  readonly consumerId: ConsumerId;
}
export interface RefusalFilter {
  readonly storeId?: StoreId | null;
  readonly consumerId?: ConsumerId | null;
}

/** The newest first. */
export async function refusals(
  tx: Tx,
  { storeId = null, consumerId = null }: RefusalFilter,
  { limit, after }: { readonly limit: number; readonly after: GateRefusalId | null },
): Promise<RefusalRow[]> {
  const { orgId, environment } = own(tx);
  const rows = await tx.em.execute<(Omit<RefusalRow, "at"> & { at: number })[]>(
    `select f.id, (extract(epoch from f.at) * 1000)::float8 as at, f.reason, r.standing, f.store_id as "storeId",
       r.connection_id as "connectionId", r.consumer_id as "consumerId"
     from recognition_refusal f
     join recognition r on r.org_id = f.org_id and r.store_id = f.store_id and r.id = f.recognition_id
     where f.org_id = ? and f.environment = ? and f.store_id = coalesce(?, f.store_id)
       and r.consumer_id = coalesce(?, r.consumer_id)
       and (?::uuid is null or (f.at, f.id) < (
         select x.at, x.id from recognition_refusal x where x.org_id = ? and x.environment = ? and x.id = ?))
     order by f.at desc, f.id desc limit ?`,
    [orgId, environment, storeId, consumerId, after, orgId, environment, after, limit],
  );
  return rows.map((row) => ({ ...row, at: new Date(row.at) }));
}
