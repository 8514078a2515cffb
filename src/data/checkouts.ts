import type { CheckoutId } from "../kernel/ids.js";
import { CheckoutEntity } from "./entities/checkout.js";
import type { CheckoutInsert, CheckoutRow, CheckoutSettlement } from "./rows.js";
import { brokenUnique, own, plain, type Tx } from "./tx.js";

/** The intent, PENDING. Null when the idempotency key has one already: find it. */
export async function insert(tx: Tx, intent: CheckoutInsert): Promise<CheckoutRow | null> {
  try {
    await tx.em.transactional((em) => em.insert(CheckoutEntity, { ...own(tx), ...intent, state: "PENDING" }));
  } catch (error) {
    if (brokenUnique(error) === "checkout_idempotency_key") return null;
    throw error;
  }
  return await find(tx, intent.id);
}

export async function find(tx: Tx, id: CheckoutId): Promise<CheckoutRow | null> {
  return await findOne(tx, { id });
}

export async function findByIdempotencyKey(tx: Tx, idempotencyKey: string): Promise<CheckoutRow | null> {
  return await findOne(tx, { idempotencyKey });
}

async function findOne(tx: Tx, wanted: { id: CheckoutId } | { idempotencyKey: string }): Promise<CheckoutRow | null> {
  const found = await tx.em.findOne(CheckoutEntity, { ...own(tx), ...wanted }, { refresh: true });
  return found === null ? null : plain(found);
}

/** How far the adapter came, and more time for the rest. False: it is not PENDING any more, so stop. */
export async function saveCheckpoint(tx: Tx, id: CheckoutId, checkpoint: string, leaseUntil: Date): Promise<boolean> {
  return (await tx.em.nativeUpdate(CheckoutEntity, pending(tx, id), { checkpoint, leaseUntil })) > 0;
}

/** False: it is not PENDING any more. */
export async function renewLease(tx: Tx, id: CheckoutId, leaseUntil: Date): Promise<boolean> {
  return (await tx.em.nativeUpdate(CheckoutEntity, pending(tx, id), { leaseUntil })) > 0;
}

/** For the clock: takes a checkout whose lease is over. Null: it is settled, or somebody else has it. */
export async function takeLease(tx: Tx, id: CheckoutId, now: Date, leaseUntil: Date): Promise<CheckoutRow | null> {
  const overdue = { ...pending(tx, id), leaseUntil: { $lt: now } };
  const taken = await tx.em.nativeUpdate(CheckoutEntity, overdue, { leaseUntil });
  return taken === 0 ? null : await find(tx, id);
}

/** Takes a FAILED checkout up again when it failed for one of these reasons. Null: it did not, or somebody else has it. */
export async function reopen(
  tx: Tx,
  id: CheckoutId,
  reasons: readonly (string | null)[],
  leaseUntil: Date,
): Promise<CheckoutRow | null> {
  const failed = { ...own(tx), id, state: "FAILED" as const, reason: { $in: [...reasons] } };
  const again = {
    state: "PENDING" as const,
    leaseUntil,
    reason: null,
    retryAfterMs: null,
    failedFields: [],
    settledAt: null,
  };
  return (await tx.em.nativeUpdate(CheckoutEntity, failed, again)) === 0 ? null : await find(tx, id);
}

/** Ends a PENDING checkout, once. Null: somebody else settled it; find it, and answer what it became. */
export async function settle(tx: Tx, id: CheckoutId, end: CheckoutSettlement): Promise<CheckoutRow | null> {
  const settled = await tx.em.nativeUpdate(CheckoutEntity, pending(tx, id), { ...end, leaseUntil: null });
  return settled === 0 ? null : await find(tx, id);
}

const pending = (tx: Tx, id: CheckoutId) => ({ ...own(tx), id, state: "PENDING" as const });
