import type pg from "pg";
import { errorCode } from "../kernel/fault.js";
import type { Batches } from "./batches.js";
import { readConsumer } from "./consumer-columns.js";
import { askPool, type Statement, toArray, type Value } from "./placed-query.js";
import { changeProfile, isChange } from "./profile-change.js";
import { ledgerValues, unitValues, unsaved } from "./profile-values.js";
import type { AuditEventInsert, Json, ProfileWrite, ProfileWriteOutcome, ProfileWriteResult, Scope } from "./rows.js";
import { readMoment } from "./wire.js";

const PARAMETERS = 35;
const SAVE: Statement = {
  name: "save_profile",
  text: `select (s.consumer).id, (s.consumer).external_id, (s.consumer).shopper_reference, (s.consumer).status,
  (s.consumer).order_count, (s.consumer).key_version_last, milliseconds((s.consumer).created_at),
  milliseconds((s.consumer).updated_at), s.outcome, s.revision, s.updated_at
from save_profile(${Array.from({ length: PARAMETERS }, (_, index) => `$${index + 1}`).join(", ")}) as s`,
};

/** What the function raises when it has begun to write; nothing of it stays. */
const RAISED: Readonly<Record<string, ProfileWriteOutcome>> = { SK409: "conflict", SK208: "repeated" };

/** Everything of one save, in one round trip. */
export async function saveProfile(
  { pool, changes }: { readonly pool: pg.Pool; readonly changes: Batches },
  scope: Scope,
  write: ProfileWrite,
): Promise<ProfileWriteResult> {
  if (isChange(write)) return changeProfile(changes, scope, write);
  const values = [
    ...consumerValues(scope, write),
    ...indexValues(write),
    ...ledgerValues(write.ledger),
    ...onceValues(write),
  ];
  try {
    const [row] = await askPool(pool, SAVE, values);
    if (row === undefined) throw new Error("save_profile answered nothing");
    const outcome = row[8] as ProfileWriteOutcome;
    if (outcome !== "saved") return unsaved(outcome);
    return { outcome, consumer: readConsumer(row, scope), revision: Number(row[9]), updatedAt: readMoment(row[10]) };
  } catch (error) {
    const outcome = RAISED[errorCode(error) ?? ""];
    if (outcome === undefined) throw error;
    return unsaved(outcome);
  }
}

function consumerValues(scope: Scope, write: ProfileWrite): Value[] {
  const { create, key } = write;
  const created = create === null ? null : JSON.stringify(toLine(create.ledger));
  return [
    ...[scope.orgId, scope.environment, write.consumerId],
    ...[create?.externalId ?? null, create?.shopperReference ?? null, created],
    ...[String(key.version), String(key.kekVersion), write.newKey ? key.wrapped : null, String(write.expectedRevision)],
    ...unitValues(write),
  ];
}

function indexValues({ index }: ProfileWrite): Value[] {
  if (index.length === 0) return [null, null, null, null];
  const rows = index.flatMap(({ field, entries }) => entries.map((entry) => ({ field, ...entry })));
  return [
    toArray(index.map(({ field }) => field)),
    toArray(rows.map(({ field }) => field)),
    toArray(rows.map(({ value }) => value)),
    toArray(rows.map(({ version }) => version)),
  ];
}

const onceValues = ({ idempotency: once }: ProfileWrite): Value[] =>
  once === null ? [null, null, null, null] : [once.key, once.operation, once.fingerprint, toJson(once.result)];

const toJson = (value: Json): string | null => (value === null ? null : JSON.stringify(value));

const toLine = (line: AuditEventInsert) => ({
  id: line.id,
  at: line.at,
  action: line.action,
  actor_kind: line.actorKind,
  actor_id: line.actorId,
  subject_kind: line.subjectKind,
  subject_id: line.subjectId,
  purpose: line.purpose,
  outcome: line.outcome,
  request_id: line.requestId,
  facts: line.facts,
});
