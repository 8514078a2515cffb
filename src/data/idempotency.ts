import { IdempotencyEntity } from "./entities/ledger.js";
import type { IdempotencyInsert, IdempotencyRow, Json } from "./rows.js";
import { own, plain, type Tx } from "./tx.js";

/**
 * Takes the key for this transaction's work. Null: it is ours, go on, and `complete` at the end. Otherwise what is
 * there: the same work, or another one under the same key. Waits for a transaction that holds the key right now.
 */
export async function claim(tx: Tx, claim: IdempotencyInsert): Promise<IdempotencyRow | null> {
  const inserted = await tx.em.execute(
    `insert into idempotency (org_id, environment, key, operation, fingerprint, result)
     values (?, ?, ?, ?, ?, ?::jsonb) on conflict do nothing returning key`,
    [
      ...[tx.scope.orgId, tx.scope.environment, claim.key, claim.operation, claim.fingerprint],
      claim.result === null ? null : JSON.stringify(claim.result),
    ],
  );
  return inserted.length > 0 ? null : await find(tx, claim.key);
}

export async function find(tx: Tx, key: string): Promise<IdempotencyRow | null> {
  const found = await tx.em.findOne(IdempotencyEntity, { ...own(tx), key }, { refresh: true });
  if (found === null) return null;
  const { orgId: _org, environment: _environment, ...row } = plain(found);
  return row;
}

/** From what the answer is made again: ids and booleans, never a value. */
export async function complete(tx: Tx, key: string, result: Json): Promise<void> {
  await tx.em.nativeUpdate(IdempotencyEntity, { ...own(tx), key }, { result });
}
