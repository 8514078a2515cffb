import type { ConsumerId } from "../kernel/ids.js";
import { ConsumerEntity, ConsumerIndexEntity, ConsumerKeyEntity, ProfileEntity } from "./entities/consumer.js";
import { type ConsumerKeyRow, type ConsumerRef, type ConsumerRow, isClosed, type ProfileRow } from "./rows.js";
import { isHigher, type Standing } from "./store-accounts.js";
import { brokenUnique, own, plain, type Tx } from "./tx.js";

export interface ConsumerInsert {
  readonly id: ConsumerId;
  readonly externalId: string;
  readonly shopperReference: string;
}
/** What is absent stays. */
export interface ConsumerChange {
  readonly externalId?: string;
  readonly shopperReference?: string;
}
export type TakenName = "externalId" | "shopperReference";
export type ConsumerCreation =
  | { readonly outcome: "created"; readonly consumer: ConsumerRow }
  /** Another consumer of the org and environment has this name. */
  | { readonly outcome: "taken"; readonly name: TakenName };
export type ConsumerUpdate =
  | { readonly outcome: "updated"; readonly consumer: ConsumerRow }
  | { readonly outcome: "taken"; readonly name: TakenName }
  | { readonly outcome: "anonymized" }
  | { readonly outcome: "not_found" };

const NAMES: Readonly<Record<string, TakenName>> = {
  consumer_external_id: "externalId",
  consumer_shopper_reference: "shopperReference",
};

export async function create(tx: Tx, consumer: ConsumerInsert): Promise<ConsumerCreation> {
  const name = await tryNames(tx, (em) => em.insert(ConsumerEntity, { ...own(tx), ...consumer }));
  if (name !== null) return { outcome: "taken", name };
  return { outcome: "created", consumer: await reread(tx, consumer.id) };
}

/** `lock` keeps other writers of this consumer out until the transaction ends. */
export async function find(tx: Tx, ref: ConsumerRef, lock?: "lock"): Promise<ConsumerRow | null> {
  const wanted = "id" in ref ? { id: ref.id } : { externalId: ref.externalId };
  if (lock !== undefined && "id" in ref) await lockConsumer(tx, ref.id);
  const found = await tx.em.findOne(ConsumerEntity, { ...own(tx), ...wanted }, { refresh: true });
  return found === null ? null : plain(found);
}

/**
 * As weak as it can be: a foreign key's own lock on the consumer passes it. A stronger one (FOR UPDATE) deadlocks with
 * a save, which holds the profile and then writes rows that point at the consumer.
 */
async function lockConsumer(tx: Tx, id: ConsumerId): Promise<void> {
  const { orgId, environment } = own(tx);
  const statement = "select from consumer where org_id = ? and environment = ? and id = ? for no key update";
  await tx.em.execute(statement, [orgId, environment, id]);
}

export async function update(tx: Tx, id: ConsumerId, change: ConsumerChange, at: Date): Promise<ConsumerUpdate> {
  const found = await find(tx, { id }, "lock");
  if (found === null) return { outcome: "not_found" };
  if (isClosed(found)) return { outcome: "anonymized" };
  const where = { ...own(tx), id };
  const name = await tryNames(tx, (em) => em.nativeUpdate(ConsumerEntity, where, { ...change, updatedAt: at }));
  if (name !== null) return { outcome: "taken", name };
  return { outcome: "updated", consumer: await reread(tx, id) };
}

/** Raises the status of somebody who has bought more often than was known; whether it did. Of a closed consumer it stays. */
export async function raise(tx: Tx, id: ConsumerId, standing: Standing, at: Date): Promise<boolean> {
  const found = await find(tx, { id }, "lock");
  if (found === null || isClosed(found) || !isHigher(standing, found.status)) return false;
  await tx.em.nativeUpdate(ConsumerEntity, { ...own(tx), id }, { status: standing, updatedAt: at });
  return true;
}

/** In a savepoint, so that the transaction survives a name that is taken. */
async function tryNames(tx: Tx, write: (em: Tx["em"]) => Promise<unknown>): Promise<TakenName | null> {
  try {
    await tx.em.transactional(write);
    return null;
  } catch (error) {
    const name = NAMES[brokenUnique(error) ?? ""];
    if (name === undefined) throw error;
    return name;
  }
}

async function reread(tx: Tx, id: ConsumerId): Promise<ConsumerRow> {
  const row = await find(tx, { id });
  if (row === null) throw new Error("the consumer that was written is not there");
  return row;
}

/** What a job or a checkout opens; null when nothing of this consumer is sealed. */
export async function findKey(tx: Tx, id: ConsumerId): Promise<ConsumerKeyRow | null> {
  const found = await tx.em.findOne(ConsumerKeyEntity, { orgId: tx.scope.orgId, consumerId: id }, { refresh: true });
  return found === null ? null : { version: found.version, kekVersion: found.kekVersion, wrapped: found.wrapped };
}

export async function findProfile(tx: Tx, id: ConsumerId): Promise<ProfileRow | null> {
  const found = await tx.em.findOne(ProfileEntity, { orgId: tx.scope.orgId, consumerId: id }, { refresh: true });
  if (found === null) return null;
  const { orgId: _org, consumerId: _consumer, ...profile } = plain(found);
  return profile;
}

/**
 * Keeps a first data key for a consumer who has none, for what is sealed outside a profile. Whoever comes second gets
 * the key that is there: seal with the answer, not with what was given. Null when the consumer is not there, or the
 * version is not larger than every one before.
 */
export async function keepKey(tx: Tx, id: ConsumerId, key: ConsumerKeyRow): Promise<ConsumerKeyRow | null> {
  const consumer = await find(tx, { id }, "lock");
  if (consumer === null || isClosed(consumer)) return null;
  const there = await findKey(tx, id);
  if (there !== null) return there;
  if (key.version <= consumer.keyVersionLast) return null;
  await tx.em.insert(ConsumerKeyEntity, { orgId: tx.scope.orgId, consumerId: id, ...key });
  await tx.em.nativeUpdate(ConsumerEntity, { ...own(tx), id }, { keyVersionLast: key.version });
  return key;
}

/**
 * Deletes the profile, its index rows and the consumer's key: nothing that was sealed for the consumer opens again,
 * and a later save mints a key of a larger version. False when there was no profile.
 */
export async function deleteProfile(tx: Tx, id: ConsumerId): Promise<boolean> {
  const consumer = await find(tx, { id }, "lock");
  if (consumer === null) return false;
  const theirs = { orgId: tx.scope.orgId, consumerId: id };
  // First: a save that is under way holds this row, and what it indexes is seen only when it has ended.
  const deleted = await tx.em.nativeDelete(ProfileEntity, theirs);
  await tx.em.nativeDelete(ConsumerIndexEntity, theirs);
  await tx.em.nativeDelete(ConsumerKeyEntity, theirs);
  return deleted > 0;
}
