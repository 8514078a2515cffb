/**
 * What became of shoppers who were forgotten after a backup was made, put back into the database that is restored from it: the
 * end of their requests with its receipts, and what is still waited for at stores.
 */
import type pg from "pg";
import type { AnonymizationId, ConsumerId, OrgId } from "../kernel/ids.js";
import { EXTERNAL_ID } from "./erasure.js";
import type { Environment, Json } from "./rows.js";

/** Columns of a table by their names, as JSON. */
type Columns = Readonly<Record<string, Json>>;

/** One erasure, as it was written down outside the database. */
export interface Forgotten {
  readonly orgId: OrgId;
  readonly environment: Environment;
  readonly consumerId: ConsumerId;
  readonly requestId: AnonymizationId;
  /** ISO 8601. */
  readonly at: string;
  /** The keyed digest by which the org's own id of them is known again; null in older entries. */
  readonly externalId: Buffer | null;
  /** What is known of the request; null: that it was carried out, and no more. */
  readonly request: Columns | null;
  /** In the order of doing; empty when nothing is known. */
  readonly steps: readonly Columns[];
  /** Null: it has not ended. */
  readonly receipt: { readonly sequence: number; readonly digest: Buffer; readonly document: string } | null;
}

/** The backup's receipts are not the ones that were issued. */
export class ReceiptDiffers extends Error {
  override readonly name = "ReceiptDiffers";
}

/** Within the restore's transaction, which sees this org's environment; whether there was anything to put back. */
export async function putBackForgotten(client: pg.Client, one: Forgotten): Promise<boolean> {
  const { orgId, environment, consumerId, requestId, at, request } = one;
  const { rowCount: orgs } = await client.query("select from org where id = $1", [orgId]);
  if (orgs === 0) return false;
  // Another wish that is still open in the backup was taken back before this one was made.
  await client.query(
    `update anonymization set state = 'CANCELLED', ended_at = $4, due_at = null, lease_until = null
     where org_id = $1 and environment = $2 and consumer_id = $3 and ended_at is null and id <> $5`,
    [orgId, environment, consumerId, at, requestId],
  );
  if (request === null) {
    await client.query(
      `update anonymization set state = 'IN_PROGRESS', started_at = coalesce(started_at, $3), committed_at = $3,
         shredded_at = $3, due_at = $3, lease_until = null, note = null
       where org_id = $1 and id = $2 and ended_at is null`,
      [orgId, requestId, at],
    );
    return true;
  }
  await putConsumer(client, one);
  await putRequest(client, one, request);
  for (const [position, step] of one.steps.entries()) await putStep(client, one, { ...step, position });
  if (one.receipt !== null) await putReceipt(client, one, one.receipt);
  return true;
}

/** One who came after the backup: an id without anything, for what points at it. */
async function putConsumer(client: pg.Client, one: Forgotten): Promise<void> {
  const { orgId, environment, consumerId, externalId, at } = one;
  await client.query(
    `insert into consumer (org_id, id, environment, external_id, shopper_reference, status, created_at, updated_at)
     values ($1, $2, $3, $4, $4, 'ANONYMIZED', $5, $5) on conflict (org_id, id) do nothing`,
    [orgId, consumerId, environment, `forgotten-${consumerId}`, at],
  );
  if (externalId === null) return;
  // Where the database knows their id itself, that is enough.
  await client.query(
    `insert into suppression (org_id, environment, field, digest, created_at)
     select $1, $2, $3, $4, $5 from consumer where org_id = $1 and id = $6 and external_id = $7 on conflict do nothing`,
    [orgId, environment, EXTERNAL_ID, externalId, at, consumerId, `forgotten-${consumerId}`],
  );
}

async function putRequest(client: pg.Client, one: Forgotten, request: Columns): Promise<void> {
  const row = { ...request, org_id: one.orgId, environment: one.environment, consumer_id: one.consumerId };
  await client.query(
    `insert into anonymization select * from json_populate_record(null::anonymization, $1)
     on conflict (org_id, id) do update set state = excluded.state, started_at = excluded.started_at,
       committed_at = excluded.committed_at, shredded_at = excluded.shredded_at, ended_at = excluded.ended_at,
       due_at = excluded.due_at, lease_until = null, note = null`,
    [JSON.stringify({ ...row, id: one.requestId })],
  );
}

/** A Store that is not in the backup is not named; a reference that the backup knows is kept. */
async function putStep(client: pg.Client, one: Forgotten, step: Columns): Promise<void> {
  const own = { org_id: one.orgId, environment: one.environment, anonymization_id: one.requestId };
  const { rowCount } = await client.query("select from store where org_id = $1 and environment = $2 and id = $3", [
    ...[one.orgId, one.environment, step.store_id ?? null],
  ]);
  const row = { tasks: [], attempts: 0, ...step, ...own, store_id: rowCount === 0 ? null : step.store_id };
  await client.query(
    `insert into anonymization_step as s select * from json_populate_record(null::anonymization_step, $1)
     on conflict (org_id, environment, anonymization_id, position) do update set state = excluded.state,
       reason = excluded.reason, reference = coalesce(excluded.reference, s.reference),
       note = coalesce(excluded.note, s.note), tasks = excluded.tasks, progress = coalesce(excluded.progress, s.progress),
       attempts = excluded.attempts, due_at = excluded.due_at, asked_at = coalesce(excluded.asked_at, s.asked_at),
       ended_at = excluded.ended_at`,
    [JSON.stringify(row)],
  );
}

async function putReceipt(
  client: pg.Client,
  { orgId, environment, requestId, at }: Forgotten,
  { sequence, digest, document }: NonNullable<Forgotten["receipt"]>,
): Promise<void> {
  const { rowCount } = await client.query(
    `insert into anonymization_receipt (org_id, environment, sequence, anonymization_id, digest, document, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [orgId, environment, sequence, requestId, digest, document, at],
  );
  if (rowCount === 1) return;
  const { rowCount: same } = await client.query(
    `select from anonymization_receipt
     where org_id = $1 and environment = $2 and sequence = $3 and document = $4`,
    [orgId, environment, sequence, document],
  );
  if (same !== 1) throw new ReceiptDiffers(`Receipt ${sequence} of the backup is not the one that was issued.`);
}
