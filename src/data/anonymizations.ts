import { LockMode } from "@mikro-orm/core";
import type { AnonymizationId, ConsumerId, StoreId } from "../kernel/ids.js";
import { AnonymizationEntity, AnonymizationReceiptEntity, AnonymizationStepEntity } from "./entities/anonymization.js";
import type {
  AnonymizationChange,
  AnonymizationRow,
  AnonymizationState,
  AnonymizationStepRow,
  ReceiptRow,
  StepChange,
} from "./rows.js";
import { brokenUnique, own, type Page, plain, type Tx, toPage } from "./tx.js";

export type AnonymizationInsert = Pick<
  AnonymizationRow,
  | ("id" | "consumerId" | "regulation" | "note" | "actorKind" | "actorId")
  | ("requestedAt" | "cancellableUntil" | "deadlineAt" | "dueAt")
>;
export type StepInsert = Pick<AnonymizationStepRow, "name" | "storeId">;

/** A request with its steps, all WAITING. False when the consumer has one that has not ended. */
export async function insert(tx: Tx, request: AnonymizationInsert, steps: readonly StepInsert[]): Promise<boolean> {
  try {
    await tx.em.transactional(async (em) => {
      await em.insert(AnonymizationEntity, { ...own(tx), ...request, state: "REQUESTED" });
      await em.insertMany(
        AnonymizationStepEntity,
        steps.map((step, position) => ({
          ...own(tx),
          ...{ anonymizationId: request.id, position, ...step, state: "WAITING" as const, tasks: [] },
        })),
      );
    });
    return true;
  } catch (error) {
    if (brokenUnique(error) === "anonymization_open") return false;
    throw error;
  }
}

export async function find(tx: Tx, id: AnonymizationId): Promise<AnonymizationRow | null> {
  return await findOne(tx, { id });
}

/** The one that has not ended. */
export async function findOpen(tx: Tx, consumerId: ConsumerId): Promise<AnonymizationRow | null> {
  return await findOne(tx, { consumerId, endedAt: null });
}

async function findOne(
  tx: Tx,
  wanted: { id: AnonymizationId } | { consumerId: ConsumerId; endedAt: null },
): Promise<AnonymizationRow | null> {
  const found = await tx.em.findOne(AnonymizationEntity, { ...own(tx), ...wanted }, { refresh: true });
  return found === null ? null : plain(found);
}

/** The row, which nobody else changes until this transaction ends; null when there is none. */
export async function lock(tx: Tx, id: AnonymizationId): Promise<AnonymizationRow | null> {
  const options = { refresh: true, lockMode: LockMode.PESSIMISTIC_WRITE } as const;
  const found = await tx.em.findOne(AnonymizationEntity, { ...own(tx), id }, options);
  return found === null ? null : plain(found);
}

/** Changes a row that this transaction has locked. */
export async function change(tx: Tx, id: AnonymizationId, to: AnonymizationChange): Promise<void> {
  const changed = await tx.em.nativeUpdate(AnonymizationEntity, { ...own(tx), id }, to);
  if (changed !== 1) throw new Error("the request that was changed is not there");
}

/** For the clock: takes a request that is due, until `leaseUntil`. Null: it is not any more, or somebody else has it. */
export async function takeDue(
  tx: Tx,
  id: AnonymizationId,
  now: Date,
  leaseUntil: Date,
): Promise<AnonymizationRow | null> {
  const due = { ...own(tx), id, dueAt: { $lte: now }, endedAt: null };
  const taken = await tx.em.nativeUpdate(AnonymizationEntity, due, { dueAt: leaseUntil, leaseUntil });
  return taken === 0 ? null : await find(tx, id);
}

export interface AnonymizationFilter {
  readonly consumerId?: ConsumerId | null;
  readonly state?: AnonymizationState | null;
}

export async function list(
  tx: Tx,
  { consumerId, state }: AnonymizationFilter,
  page: Page<AnonymizationId>,
): Promise<AnonymizationRow[]> {
  const { where, options } = toPage(page);
  const filter = { ...(consumerId ? { consumerId } : {}), ...(state ? { state } : {}) };
  return (await tx.em.find(AnonymizationEntity, { ...own(tx), ...filter, ...where }, options)).map(plain);
}

/** The newest request of each of these consumers. */
export async function newestOf(tx: Tx, consumerIds: readonly ConsumerId[]): Promise<AnonymizationRow[]> {
  const found = await tx.em.find(
    AnonymizationEntity,
    { ...own(tx), consumerId: { $in: [...consumerIds] } },
    { orderBy: { id: "asc" } },
  );
  return [...new Map(found.map((row) => [row.consumerId, plain(row)])).values()];
}

/** The steps of these requests, in the order of doing. */
export async function steps(tx: Tx, ids: readonly AnonymizationId[]): Promise<AnonymizationStepRow[]> {
  if (ids.length === 0) return [];
  const wanted = { ...own(tx), anonymizationId: { $in: [...ids] } };
  const options = { orderBy: { anonymizationId: "asc" as const, position: "asc" as const }, refresh: true };
  return (await tx.em.find(AnonymizationStepEntity, wanted, options)).map((step) => {
    const { orgId: _org, environment: _environment, ...row } = plain(step);
    return row;
  });
}

/** Changes a step whose request this transaction has locked, or whose lease it holds. */
export const changeStep = (tx: Tx, id: AnonymizationId, position: number, to: StepChange): Promise<void> =>
  changeSteps(tx, id, [position], to);

/** The same for several. */
export async function changeSteps(
  tx: Tx,
  id: AnonymizationId,
  positions: readonly number[],
  to: StepChange,
): Promise<void> {
  const wanted = { ...own(tx), anonymizationId: id, position: { $in: [...positions] } };
  await tx.em.nativeUpdate(AnonymizationStepEntity, wanted, to);
}

/** The newest receipt, which nobody adds to until this transaction ends; null when there is none yet. */
export async function lockLastReceipt(tx: Tx): Promise<ReceiptRow | null> {
  const { orgId, environment } = own(tx);
  await tx.em.execute("select pg_advisory_xact_lock(hashtextextended(?, 0))", [`receipt ${orgId} ${environment}`]);
  const [last] = await tx.em.find(
    AnonymizationReceiptEntity,
    { ...own(tx) },
    { orderBy: { sequence: "desc" }, limit: 1 },
  );
  return last === undefined ? null : receiptOf(plain(last));
}

export async function insertReceipt(tx: Tx, receipt: ReceiptRow): Promise<void> {
  await tx.em.insert(AnonymizationReceiptEntity, { ...own(tx), ...receipt });
}

export async function receipts(tx: Tx, ids: readonly AnonymizationId[]): Promise<ReceiptRow[]> {
  if (ids.length === 0) return [];
  const found = await tx.em.find(AnonymizationReceiptEntity, { ...own(tx), anonymizationId: { $in: [...ids] } });
  return found.map((row) => receiptOf(plain(row)));
}

const receiptOf = ({ sequence, anonymizationId, digest, document, createdAt }: ReceiptRow): ReceiptRow => ({
  ...{ sequence, anonymizationId, digest, document, createdAt },
});

/**
 * The store says that something changed about this reference of its own: the requests that wait for it are due at once. What is
 * worked on right now is left to whoever does.
 */
export async function hasten(tx: Tx, storeId: StoreId, reference: string, at: Date): Promise<void> {
  const { orgId, environment } = own(tx);
  const waiting = `s.org_id = ? and s.environment = ? and s.store_id = ? and s.state = 'IN_PROGRESS'
    and ? = any(string_to_array(s.reference, ' '))`;
  const values = [orgId, environment, storeId, reference];
  await tx.em.execute(
    `update anonymization a set due_at = ? where a.org_id = ? and a.environment = ? and a.ended_at is null
       and a.lease_until is null and a.due_at > ?
       and a.id in (select s.anonymization_id from anonymization_step s where ${waiting})`,
    [at, orgId, environment, at, ...values],
  );
  await tx.em.execute(`update anonymization_step s set due_at = ? where ${waiting}`, [at, ...values]);
}
