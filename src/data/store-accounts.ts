/** What stores say of connected shoppers' accounts, and what they are still to be told. */
import type { ConnectionId, ConsumerId, StoreId } from "../kernel/ids.js";
import { ConsumerKeyEntity } from "./entities/consumer.js";
import { StoreAccountEntity } from "./entities/store-account.js";
import type { ConsumerKeyRow, Scope } from "./rows.js";
import { own, plain, type Tx } from "./tx.js";

/** How often a shopper has bought, the fewest first. */
const STANDINGS = ["PROSPECT", "ACQUIRED", "REPEAT"] as const;
export type Standing = (typeof STANDINGS)[number];
/** Whether the one has bought more often than the other. */
export const isHigher = (one: Standing, other: string): boolean =>
  STANDINGS.indexOf(one) > (STANDINGS as readonly string[]).indexOf(other);

export interface StoreAccountNote {
  readonly connectionId: ConnectionId;
  readonly consumerId: ConsumerId;
  readonly storeId: StoreId;
  /** Keyed fingerprint of the store's own id of the account. */
  readonly account: Buffer;
  /** Null where the store does not say. */
  readonly standing: Standing | null;
  /** Keyed fingerprint of what the store calls the shopper; null where it is not known. */
  readonly told: Buffer | null;
  /** Sealed under the consumer's key; null where the store says nothing of groups. */
  readonly groups: Buffer | null;
  readonly at: Date;
}
export interface StoreAccountRow extends Omit<StoreAccountNote, "at" | "groups"> {
  /** Tries to tell the store that came to nothing. */
  readonly attempts: number;
  /** Until when whoever took it has it. */
  readonly dueAt: Date | null;
}
/** An account that the clock has to look at. */
export interface DueStoreAccount extends Scope {
  readonly id: ConnectionId;
}

/** Keeps what the store said; due at once. What it does not say stays as it was. */
export async function note(tx: Tx, { at, ...said }: StoreAccountNote): Promise<void> {
  const { orgId, environment } = own(tx);
  const { connectionId, consumerId, storeId, account, standing, told, groups } = said;
  await tx.em.execute(
    `insert into store_account (org_id, environment, connection_id, consumer_id, store_id, account, standing, told, groups, due_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (org_id, connection_id) do update set account = excluded.account, attempts = 0,
       standing = coalesce(excluded.standing, store_account.standing), told = coalesce(excluded.told, store_account.told),
       groups = coalesce(excluded.groups, store_account.groups),
       due_at = least(store_account.due_at, excluded.due_at), updated_at = excluded.updated_at`,
    [orgId, environment, connectionId, consumerId, storeId, account, standing, told, groups, at, at],
  );
}

/** The store says by itself how often an account has bought: kept where that is more than was known. */
export async function hear(tx: Tx, storeId: StoreId, account: Buffer, standing: Standing, at: Date): Promise<void> {
  const { orgId, environment } = own(tx);
  const lower = STANDINGS.slice(0, STANDINGS.indexOf(standing));
  if (lower.length === 0) return;
  await tx.em.nativeUpdate(
    StoreAccountEntity,
    { orgId, environment, storeId, account, $or: [{ standing: null }, { standing: { $in: lower } }] },
    { standing, dueAt: at, updatedAt: at },
  );
}

/** The org calls the shopper something else now. What is being told at this moment is looked at again by whoever tells it. */
export async function makeDue(tx: Tx, consumerId: ConsumerId, at: Date): Promise<void> {
  await tx.em.nativeUpdate(StoreAccountEntity, { ...own(tx), consumerId, dueAt: null }, { dueAt: at, attempts: 0 });
}

/** For the clock: takes an account that is due, until `leaseUntil`. Null: it is not any more, or somebody else has it. */
export async function takeDue(tx: Tx, id: ConnectionId, now: Date, leaseUntil: Date): Promise<StoreAccountRow | null> {
  const due = { ...own(tx), connectionId: id, dueAt: { $lte: now } };
  if ((await tx.em.nativeUpdate(StoreAccountEntity, due, { dueAt: leaseUntil })) === 0) return null;
  const found = await tx.em.findOne(StoreAccountEntity, { ...own(tx), connectionId: id }, { refresh: true });
  return found === null ? null : plain(found);
}

export interface StoreAccountEnd {
  readonly dueAt: Date | null;
  readonly attempts?: number;
  readonly told?: Buffer;
}

/** What became of it: what the store was told, and when it is looked at again, unless the store said something meanwhile. */
export async function settle(
  tx: Tx,
  { connectionId, dueAt: taken }: Pick<StoreAccountRow, "connectionId" | "dueAt">,
  { dueAt, ...to }: StoreAccountEnd,
): Promise<void> {
  const where = { ...own(tx), connectionId };
  if (Object.keys(to).length > 0) await tx.em.nativeUpdate(StoreAccountEntity, where, to);
  await tx.em.nativeUpdate(StoreAccountEntity, { ...where, dueAt: taken }, { dueAt });
}

/** An account as it is shown, with the key that opens it. */
export interface ShownAccount {
  readonly connectionId: ConnectionId;
  readonly consumerId: ConsumerId;
  readonly standing: Standing | null;
  readonly groups: Buffer | null;
  readonly updatedAt: Date;
  /** Null: nothing that was sealed for the consumer opens any more. */
  readonly key: ConsumerKeyRow | null;
}

export async function shown(tx: Tx, ids: readonly ConnectionId[]): Promise<readonly ShownAccount[]> {
  if (ids.length === 0) return [];
  const { orgId, environment } = own(tx);
  const found = await tx.em.find(
    StoreAccountEntity,
    { orgId, environment, connectionId: { $in: [...ids] } },
    { refresh: true, populate: ["groups"] },
  );
  const consumers = [...new Set(found.map(({ consumerId }) => consumerId))];
  const keys = new Map(
    (await tx.em.find(ConsumerKeyEntity, { orgId, consumerId: { $in: consumers } }, { refresh: true })).map((key) => [
      key.consumerId,
      key,
    ]),
  );
  return found.map(({ connectionId, consumerId, standing, groups, updatedAt }) => {
    const key = keys.get(consumerId) ?? null;
    const { version = 0, kekVersion = 0, wrapped = null } = key ?? {};
    const opener = wrapped === null ? null : { version, kekVersion, wrapped };
    return { connectionId, consumerId, standing: standing ?? null, groups: groups ?? null, updatedAt, key: opener };
  });
}

/** The most that any store says of a consumer; PROSPECT when none says anything. */
export async function standingOf(tx: Tx, consumerId: ConsumerId): Promise<Standing> {
  const found = await tx.em.find(StoreAccountEntity, { ...own(tx), consumerId }, { refresh: true });
  return found.reduce<Standing>(
    (most, { standing }) => (standing && isHigher(standing, most) ? standing : most),
    "PROSPECT",
  );
}
