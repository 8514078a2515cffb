import type pg from "pg";
import type { ConsumerStatus, Json, ProfileWrite, ProfileWriteOutcome, ProfileWriteResult, Scope } from "./rows.js";
import { type AuditEventInsert, PROFILE_UNITS } from "./rows.js";
import { errorCode } from "./tx.js";
import { hotTypes, toMoment } from "./wire.js";

interface Wire {
  outcome: ProfileWriteOutcome;
  external_id: string;
  shopper_reference: string;
  status: ConsumerStatus;
  order_count: number;
  key_version_last: number;
  created_at: number;
  updated_at: number;
  revision: number;
  profile_updated_at: number;
}

const PARAMETERS = 35;
const TEXT = `select s.outcome, (s.consumer).external_id, (s.consumer).shopper_reference, (s.consumer).status,
  (s.consumer).order_count, (s.consumer).key_version_last, milliseconds((s.consumer).created_at) as created_at,
  milliseconds((s.consumer).updated_at) as updated_at, s.revision, s.updated_at as profile_updated_at
from save_profile(${Array.from({ length: PARAMETERS }, (_, index) => `$${index + 1}`).join(", ")}) as s`;

/** What the function raises when it has begun to write; nothing of it stays. */
const RAISED: Readonly<Record<string, ProfileWriteOutcome>> = { SK409: "conflict", SK208: "repeated" };

/** Everything of one save, in one round trip. */
export async function saveProfile(pool: pg.Pool, scope: Scope, write: ProfileWrite): Promise<ProfileWriteResult> {
  const values = [...consumerValues(scope, write), ...indexValues(write), ...ledgerValues(write)];
  try {
    const { rows } = await pool.query<Wire>({ name: "save_profile", text: TEXT, values, types: hotTypes });
    const row = rows[0];
    if (row === undefined) throw new Error("save_profile answered nothing");
    return toResult(row, scope, write);
  } catch (error) {
    const outcome = RAISED[errorCode(error) ?? ""];
    if (outcome === undefined) throw error;
    return unsaved(outcome);
  }
}

function consumerValues(scope: Scope, write: ProfileWrite): unknown[] {
  const { create, key } = write;
  const created = create === null ? null : JSON.stringify(toLine(create.ledger));
  return [
    ...[scope.orgId, scope.environment, write.consumerId],
    ...[create?.externalId ?? null, create?.shopperReference ?? null, created],
    ...[key.version, key.kekVersion, write.newKey ? key.wrapped : null, write.expectedRevision],
    ...PROFILE_UNITS.map((unit) => (write.units[unit] === null ? ERASED : (write.units[unit] ?? null))),
  ];
}

const ERASED = Buffer.alloc(0);

function indexValues({ index }: ProfileWrite): unknown[] {
  if (index.length === 0) return [null, null, null, null];
  const rows = index.flatMap(({ field, entries }) => entries.map((entry) => ({ field, ...entry })));
  return [
    index.map(({ field }) => field),
    rows.map(({ field }) => field),
    rows.map(({ value }) => value),
    rows.map(({ version }) => version),
  ];
}

function ledgerValues({ ledger: line, idempotency: once }: ProfileWrite): unknown[] {
  return [
    ...[line.id, line.at, line.action, line.actorKind, line.actorId, line.subjectKind, line.subjectId],
    ...[line.purpose, line.outcome, line.requestId, JSON.stringify(line.facts)],
    ...(once === null ? [null, null, null, null] : [once.key, once.operation, once.fingerprint, toJson(once.result)]),
  ];
}

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

const unsaved = (outcome: ProfileWriteOutcome): ProfileWriteResult => ({
  outcome,
  consumer: null,
  revision: 0,
  updatedAt: null,
});

function toResult(row: Wire, scope: Scope, write: ProfileWrite): ProfileWriteResult {
  if (row.outcome !== "saved") return unsaved(row.outcome);
  const consumer = {
    id: write.consumerId,
    orgId: scope.orgId,
    environment: scope.environment,
    externalId: row.external_id,
    shopperReference: row.shopper_reference,
    status: row.status,
    orderCount: row.order_count,
    keyVersionLast: row.key_version_last,
    createdAt: toMoment(row.created_at),
    updatedAt: toMoment(row.updated_at),
  };
  return { outcome: "saved", consumer, revision: row.revision, updatedAt: toMoment(row.profile_updated_at) };
}
