/** A save of a profile that was read: what differs, in one round trip. */
import type { Batches } from "./batches.js";
import { type Statement, toArray, type Value } from "./placed-query.js";
import { ledgerValues, unitValues, unsaved } from "./profile-values.js";
import type { IndexRow, ProfileOutline, ProfileWrite, ProfileWriteResult, Scope } from "./rows.js";
import { readMoment } from "./wire.js";

type Change = ProfileWrite & { readonly read: ProfileOutline };

/** Not when anything is made that was not there: a consumer, a key, a profile, the memory of an idempotency key. */
export const isChange = (write: ProfileWrite): write is Change =>
  write.read !== null &&
  write.expectedRevision > 0 &&
  !write.newKey &&
  write.create === null &&
  write.idempotency === null;

const PARAMETERS = 28;
/** Raises nothing of its own: a change that cannot be made any more answers no row. */
export const CHANGE: Statement = {
  name: "change_profile",
  text: `select * from change_profile(${Array.from({ length: PARAMETERS }, (_, index) => `$${index + 1}`).join(", ")})`,
};

/** Answers the consumer as they were read: what closes or forgets one is a conflict. */
export async function changeProfile(changes: Batches, scope: Scope, write: Change): Promise<ProfileWriteResult> {
  const [row] = await changes.ask(write.consumerId, [
    ...[scope.orgId, scope.environment, write.consumerId, String(write.key.version), String(write.expectedRevision)],
    ...[...unitValues(write), ...indexValues(write), ...ledgerValues(write.ledger)],
  ]);
  if (row === undefined) return unsaved("conflict");
  const { consumer } = write.read;
  return { outcome: "saved", consumer, revision: Number(row[0]), updatedAt: readMoment(row[1]) };
}

const isSame = (a: IndexRow, b: IndexRow): boolean =>
  a.field === b.field && a.version === b.version && a.value.equals(b.value);

/** The index rows that go and those that come. */
function indexValues({ index, read }: Change): Value[] {
  const wanted = index.flatMap(({ field, entries }) => entries.map((entry) => ({ field, ...entry })));
  const there = read.index.filter((row) => index.some(({ field }) => field === row.field));
  return [
    ...rowValues(there.filter((row) => !wanted.some((one) => isSame(one, row)))),
    ...rowValues(wanted.filter((row) => !there.some((one) => isSame(one, row)))),
  ];
}

const rowValues = (rows: readonly IndexRow[]): Value[] =>
  rows.length === 0
    ? [null, null, null]
    : [
        toArray(rows.map(({ field }) => field)),
        toArray(rows.map(({ value }) => value)),
        toArray(rows.map(({ version }) => version)),
      ];
