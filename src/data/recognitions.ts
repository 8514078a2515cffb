/**
 * By what shoppers are known at a Store's door: bound when they connect, gone when they are forgotten. When they disconnect, a
 * trigger of the connection sees to it, whoever ends it.
 */
import { randomUUID } from "node:crypto";
import type { ConnectionId, ConsumerId, StoreId } from "../kernel/ids.js";
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
  for (const key of binding.keys) {
    const recognitionId = await ensure(tx, binding, key.standing);
    if (!(await take(tx, binding.storeId, recognitionId, key))) return false;
    await trim(tx, binding.storeId, recognitionId, key);
  }
  if (how === "instead") await dropOthers(tx, binding.connectionId, binding.keys);
  return true;
}

/** The shopper's opaque id in this standing; it stays through a disconnection. */
async function ensure(tx: Tx, { consumerId, connectionId, storeId }: Binding, standing: string): Promise<string> {
  const { orgId, environment } = own(tx);
  await tx.em.execute(
    `insert into recognition (org_id, environment, store_id, id, consumer_id, connection_id, standing)
     values (?, ?, ?, ?, ?, ?, ?) on conflict (org_id, connection_id, standing) do nothing`,
    [orgId, environment, storeId, randomUUID(), consumerId, connectionId, standing],
  );
  const [row] = await tx.em.execute<{ id: string }[]>(
    "select id from recognition where org_id = ? and connection_id = ? and standing = ?",
    [orgId, connectionId, standing],
  );
  if (row === undefined) throw new Error("the recognition that was made is not there");
  return row.id;
}

/** The same key told again is as spent as it was. */
async function take(tx: Tx, storeId: StoreId, recognitionId: string, key: KeyToBind): Promise<boolean> {
  const { orgId, environment } = own(tx);
  const rows = await tx.em.execute<{ taken: number }[]>(
    `insert into recognition_key as k (org_id, environment, store_id, digest, recognition_id, space, once)
     values (?, ?, ?, ?, ?, ?, ?)
     on conflict (org_id, store_id, digest) do update set recognition_id = excluded.recognition_id, once = excluded.once,
       issued_at = excluded.issued_at,
       spent_at = case when k.recognition_id = excluded.recognition_id then k.spent_at end
     where k.recognition_id = excluded.recognition_id or ?
     returning 1 as taken`,
    [orgId, environment, storeId, key.digest, recognitionId, key.space, key.once, key.moves],
  );
  return rows.length > 0;
}

async function trim(tx: Tx, storeId: StoreId, recognitionId: string, { space, keep }: KeyToBind): Promise<void> {
  const { orgId } = own(tx);
  await tx.em.execute(
    `delete from recognition_key k where k.org_id = ? and k.store_id = ? and k.digest in (
       select x.digest from recognition_key x where x.org_id = ? and x.store_id = ? and x.recognition_id = ? and x.space = ?
       order by x.issued_at desc offset ?)`,
    [orgId, storeId, orgId, storeId, recognitionId, space, keep],
  );
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
