/** What the ledgers beside the keys say about everybody who was forgotten, as rows of the database that has lost them. */
import { createHash } from "node:crypto";
import type { Forgotten, Json } from "../data/index.js";
import { asId, fromWire } from "../kernel/ids.js";
import { type ErasedWish, type Erasure, type KeptReceipt, receiptDigest } from "../vault/index.js";
import type { Wish } from "./anonymization-steps.js";

/** The request as it is when the shred is certain. Ids, times, codes and the stores' own references; no personal data. */
export const erasedWish = ({ row, steps }: Wish): ErasedWish => ({
  ...{ regulation: row.regulation, actorKind: row.actorKind, actorId: row.actorId },
  ...{ requestedAt: row.requestedAt.toISOString(), cancellableUntil: row.cancellableUntil.toISOString() },
  ...{ startedAt: row.startedAt?.toISOString() ?? null, deadlineAt: row.deadlineAt.toISOString() },
  steps: steps.map((step) => ({
    ...{ name: step.name, store_id: step.storeId, state: step.state, reason: step.reason, reference: step.reference },
    // Of what has ended it may be a person's.
    ...{
      note: step.endedAt === null ? step.note : null,
      tasks: step.tasks,
      progress: step.progress,
      attempts: step.attempts,
    },
    ...{ due_at: moment(step.dueAt), asked_at: moment(step.askedAt), ended_at: moment(step.endedAt) },
  })),
});
const moment = (date: Date | null): string | null => date?.toISOString() ?? null;

/** Everybody, in the order of their receipts; those whose requests have not ended come last. */
export function forgottenOf(erasures: readonly Erasure[], receipts: readonly KeptReceipt[]): readonly Forgotten[] {
  const byRequest = new Map(receipts.map((receipt) => [requestOf(receipt), receipt]));
  const last = Number.POSITIVE_INFINITY;
  const order = (one: Forgotten): number => one.receipt?.sequence ?? last;
  return erasures
    .map((erasure) => forgotten(erasure, byRequest.get(erasure.requestId) ?? null))
    .toSorted((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b)));
}

/** What `toldRequest` and `toldStep` wrote, as far as it is read here. */
interface Told {
  readonly request: string;
  readonly regulation: string;
  readonly outcome: string;
  readonly requestedAt: string;
  readonly cancellableUntil: string;
  readonly startedAt: string | null;
  readonly shreddedAt: string | null;
  readonly endedAt: string | null;
  readonly deadline: string;
  readonly steps: readonly {
    readonly name: string;
    readonly store?: string;
    readonly outcome: string;
    readonly reason: string | null;
    readonly attempts: number;
    readonly at: string | null;
    readonly evidence: string | null;
  }[];
}

const read = ({ document }: KeptReceipt): Told => JSON.parse(document) as Told;
const requestOf = (receipt: KeptReceipt): string | null => fromWire("anr", read(receipt).request);

function forgotten(erasure: Erasure, receipt: KeptReceipt | null): Forgotten {
  const { orgId, environment, consumerId, at, wish } = erasure;
  const externalId = erasure.externalId === undefined ? null : Buffer.from(erasure.externalId, "hex");
  const about = { orgId, environment, consumerId, requestId: asId("anr", erasure.requestId), at, externalId };
  if (receipt !== null) {
    const { sequence, document } = receipt;
    const told = read(receipt);
    const steps = told.steps.map((step, position) => endedStep(step, wish?.steps[position]));
    return { ...about, ...ended(told, wish), steps, receipt: { sequence, digest: receiptDigest(document), document } };
  }
  if (wish === undefined) return { ...about, request: null, steps: [], receipt: null };
  return {
    ...about,
    request: openRequest(wish, at),
    steps: wish.steps.map((step) => openStep(step, at)),
    receipt: null,
  };
}

const ended = (told: Told, wish: ErasedWish | undefined) => ({
  request: {
    ...{ regulation: told.regulation, state: told.outcome, actor_kind: wish?.actorKind ?? "CLOCK" },
    ...{ actor_id: wish?.actorId ?? null, requested_at: told.requestedAt, started_at: told.startedAt },
    ...{ cancellable_until: told.cancellableUntil, deadline_at: told.deadline, committed_at: told.shreddedAt },
    ...{ shredded_at: told.shreddedAt, ended_at: told.endedAt },
  },
});

/** A receipt says a reference by its digest alone. */
function endedStep(told: Told["steps"][number], kept: ErasedWish["steps"][number] | undefined) {
  const reference = typeof kept?.reference === "string" ? kept.reference : null;
  const isIts = reference !== null && createHash("sha256").update(reference).digest("hex") === told.evidence;
  return {
    ...{ name: told.name, store_id: told.store === undefined ? null : fromWire("sto", told.store) },
    ...{ state: told.outcome, reason: told.reason, reference: isIts ? reference : null, attempts: told.attempts },
    ...{ asked_at: (kept?.asked_at ?? null) as Json, ended_at: told.at, due_at: null },
  };
}

/** It is due at once: how far the stores are by now is not known here. */
const openRequest = (wish: ErasedWish, at: string) => ({
  ...{ regulation: wish.regulation, state: "IN_PROGRESS", actor_kind: wish.actorKind, actor_id: wish.actorId },
  ...{ requested_at: wish.requestedAt, started_at: wish.startedAt ?? at, cancellable_until: wish.cancellableUntil },
  ...{ deadline_at: wish.deadlineAt, committed_at: at, shredded_at: at, due_at: at },
});

const SHREDDED: ReadonlySet<unknown> = new Set(["LOGINS", "SUPPRESS", "SHRED"]);
const openStep = (step: ErasedWish["steps"][number], at: string) => {
  const columns = step as Readonly<Record<string, Json>>;
  return SHREDDED.has(step.name) && step.ended_at === null ? { ...columns, state: "DONE", ended_at: at } : columns;
};
