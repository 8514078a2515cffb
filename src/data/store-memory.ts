/** What all gateways that call a Store have in common: values that one of them makes for all, and calls that are counted. */
import type { StoreId } from "../kernel/ids.js";
import { StoreMemoryEntity } from "./entities/store-memory.js";
import { own, type Tx } from "./tx.js";

export interface MemoryPlace {
  readonly storeId: StoreId;
  /** A keyed fingerprint: what the adapter calls it. */
  readonly name: Buffer;
}
export interface MemoryAsk extends MemoryPlace {
  readonly now: Date;
  /** Who is to make it makes it until then. */
  readonly leaseUntil: Date;
  /** Fingerprint of a value that is of no use any more, fresh or not. */
  readonly stale: Buffer | null;
}
export type MemoryAnswer =
  | { readonly kind: "there"; readonly sealed: Buffer; readonly freshUntil: Date }
  /** Nobody has it: make it. */
  | { readonly kind: "ours" }
  /** Somebody is making it. */
  | { readonly kind: "theirs" };

/** One look: the value, or whose it is to make. */
export async function take(tx: Tx, { storeId, name, now, leaseUntil, stale }: MemoryAsk): Promise<MemoryAnswer> {
  const { orgId, environment } = own(tx);
  await tx.em.execute(
    "insert into store_memory (org_id, environment, store_id, name) values (?, ?, ?, ?) on conflict do nothing",
    [orgId, environment, storeId, name],
  );
  await tx.em.execute("select from store_memory where org_id = ? and store_id = ? and name = ? for update", [
    ...[orgId, storeId, name],
  ]);
  const where = { ...own(tx), storeId, name };
  const row = await tx.em.findOneOrFail(StoreMemoryEntity, where, { refresh: true });
  const { sealed, print, freshUntil } = row;
  const isStale = stale !== null && print !== null && print !== undefined && stale.equals(print);
  if (sealed && freshUntil && freshUntil > now && !isStale) return { kind: "there", sealed, freshUntil };
  if (row.leaseUntil && row.leaseUntil > now) return { kind: "theirs" };
  await tx.em.nativeUpdate(StoreMemoryEntity, where, { leaseUntil });
  return { kind: "ours" };
}

export interface Remembered {
  readonly sealed: Buffer;
  /** Fingerprint of the value. */
  readonly print: Buffer;
  readonly freshUntil: Date;
}

/** Keeps what was made, or nothing when it came to nothing; what has run out at this Store goes. */
export async function keep(tx: Tx, { storeId, name }: MemoryPlace, made: Remembered | null, now: Date): Promise<void> {
  const where = { ...own(tx), storeId, name };
  await tx.em.nativeUpdate(StoreMemoryEntity, where, { ...made, leaseUntil: null });
  await tx.em.nativeDelete(StoreMemoryEntity, {
    ...{ ...own(tx), storeId, freshUntil: { $lt: now }, leaseUntil: null },
  });
}

const MINUTE_MS = 60_000;

/** Takes one of so many calls within a minute; 0, or how many milliseconds there is none. */
export async function spend(tx: Tx, name: string, perMinute: number, now: Date): Promise<number> {
  await tx.em.execute("insert into store_allowance (name, taken) values (?, '{}') on conflict do nothing", [name]);
  const [row]: { taken: (Date | string)[] }[] = await tx.em.execute(
    "select taken from store_allowance where name = ? for update",
    [name],
  );
  const times = (row?.taken ?? []).map((at) => new Date(at).getTime());
  const recent = times.filter((at) => Math.abs(now.getTime() - at) < MINUTE_MS).sort((one, other) => one - other);
  const [first] = recent;
  if (first !== undefined && recent.length >= perMinute) return Math.max(first + MINUTE_MS - now.getTime(), 1_000);
  const taken = [...recent, now.getTime()].map((at) => `"${new Date(at).toISOString()}"`);
  await tx.em.execute("update store_allowance set taken = ?::timestamptz[] where name = ?", [
    ...[`{${taken.join(",")}}`, name],
  ]);
  return 0;
}
