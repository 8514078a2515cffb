/** What every save of a profile says in the same way. */
import type { Value } from "./placed-query.js";
import {
  type AuditEventInsert,
  PROFILE_UNITS,
  type ProfileWrite,
  type ProfileWriteOutcome,
  type ProfileWriteResult,
} from "./rows.js";

export const unsaved = (outcome: ProfileWriteOutcome): ProfileWriteResult => ({
  outcome,
  consumer: null,
  revision: 0,
  updatedAt: null,
});

const ERASED = Buffer.alloc(0);

/** Null leaves a unit, no bytes erase it. */
export const unitValues = ({ units }: ProfileWrite): Value[] =>
  PROFILE_UNITS.map((unit) => (units[unit] === null ? ERASED : (units[unit] ?? null)));

export const ledgerValues = (line: AuditEventInsert): Value[] => [
  ...[line.id, line.at.toISOString(), line.action, line.actorKind, line.actorId, line.subjectKind, line.subjectId],
  ...[line.purpose, line.outcome, line.requestId, JSON.stringify(line.facts)],
];
