import {
  type AnonymizationRow,
  type AnonymizationStepRow,
  anonymizations,
  consumers,
  type ReceiptRow,
  type StoreRow,
  stores,
  type Tx,
} from "../data/index.js";
import { type AnonymizationId, asId, fromWire, toWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { AnonymizationQuery } from "./anonymization-inputs.js";
import type {
  AnonymizationStepView,
  AnonymizationView,
  ConsumerAnonymizationView,
  ShopperTaskView,
} from "./anonymization-views.js";
import type { Caller } from "./caller.js";
import { judgeAfter, judgeFirst, pageOf } from "./pages.js";
import { consumerKeyOf } from "./references.js";
import type { Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { viewStore } from "./store-view.js";
import type { PageView } from "./views.js";

/** The one answer for what is unknown and foreign. */
export const requestNotFound = (): Refusal =>
  new Refusal("NOT_FOUND", "No such anonymization request is visible to this key.", { field: ["request"] });

export const requestIdOf = (wire: unknown): AnonymizationId => {
  const id = typeof wire === "string" ? fromWire("anr", wire) : null;
  if (id === null) throw requestNotFound();
  return id;
};

/** Null when unknown or foreign. */
export async function findAnonymization(rooms: Rooms, caller: Caller, wire: string): Promise<AnonymizationView | null> {
  requireScope(caller, "anonymizations:read");
  const id = typeof wire === "string" ? fromWire("anr", wire) : null;
  return id === null ? null : readRequest(rooms, caller, id);
}

/** The newest first. */
export async function listAnonymizations(
  rooms: Rooms,
  caller: Caller,
  query: AnonymizationQuery,
): Promise<PageView<AnonymizationView>> {
  requireScope(caller, "anonymizations:read");
  const first = judgeFirst(query);
  const after = judgeAfter(query, (cursor) => fromWire("anr", cursor));
  const { consumer, status: state } = query.filter ?? {};
  const key = consumer ? consumerKeyOf(consumer, ["filter", "consumer"]) : null;
  const views = await rooms.data.inScope(caller.scope, async (tx) => {
    const consumerId = key === null ? null : ((await consumers.find(tx, key))?.id ?? null);
    if (consumer && consumerId === null) return [];
    const page = { limit: first + 1, after, descending: true };
    return viewAll(rooms, tx, await anonymizations.list(tx, { consumerId, state }, page));
  });
  return pageOf(views, first, after !== null);
}

/** One answer for each consumer, in the order asked: their newest request; null where there is none, or none is visible. */
export async function anonymizationsOf(
  rooms: Rooms,
  caller: Caller,
  wireIds: readonly string[],
): Promise<readonly (ConsumerAnonymizationView | null)[]> {
  requireScope(caller, "anonymizations:read");
  const ids = wireIds.flatMap((wire) => fromWire("csm", wire) ?? []);
  const views = await rooms.data.inScope(caller.scope, async (tx) =>
    viewAll(rooms, tx, await anonymizations.newestOf(tx, ids)),
  );
  const newest = new Map(views.map((info) => [info.consumerId, { status: info.status, info }]));
  return wireIds.map((id) => newest.get(id) ?? null);
}

/** Without asking for a scope: the caller's right was judged by what it does. */
const readRequest = (rooms: Rooms, caller: Caller, id: AnonymizationId): Promise<AnonymizationView | null> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const row = await anonymizations.find(tx, id);
    return row === null ? null : ((await viewAll(rooms, tx, [row]))[0] ?? null);
  });

export async function expectRequest(rooms: Rooms, caller: Caller, id: AnonymizationId): Promise<AnonymizationView> {
  const view = await readRequest(rooms, caller, id);
  if (view === null) throw requestNotFound();
  return view;
}

/** Four statements, however many there are. */
async function viewAll(rooms: Rooms, tx: Tx, rows: readonly AnonymizationRow[]): Promise<AnonymizationView[]> {
  const ids = rows.map(({ id }) => id);
  const steps = await anonymizations.steps(tx, ids);
  const receipts = new Map((await anonymizations.receipts(tx, ids)).map((one) => [one.anonymizationId, one]));
  const storeIds = [...new Set(steps.flatMap(({ storeId }) => storeId ?? []))];
  const known = new Map<string, StoreRow>();
  for (const id of storeIds) {
    const store = await stores.find(tx, { id }, "removed");
    if (store !== null) known.set(id, store);
  }
  return rows.map((row) => {
    const own = steps.filter(({ anonymizationId }) => anonymizationId === row.id);
    return viewRequest(rooms, row, own, known, receipts.get(row.id) ?? null);
  });
}

function viewRequest(
  rooms: Rooms,
  row: AnonymizationRow,
  steps: readonly AnonymizationStepRow[],
  known: ReadonlyMap<string, StoreRow>,
  receipt: ReceiptRow | null,
): AnonymizationView {
  const failed = steps.find(({ state }) => state === "FAILED");
  const isOpen = row.endedAt === null;
  return {
    id: toWire("anr", row.id),
    consumerId: toWire("csm", row.consumerId),
    status: row.state,
    statusReason: row.state === "FAILED" ? (failed?.reason ?? null) : null,
    nextAction: nextActionOf(row, steps),
    ...{ regulation: row.regulation, note: row.note },
    requestedById: row.actorKind === "API_KEY" && row.actorId !== null ? toWire("key", asId("key", row.actorId)) : null,
    ...{ requestedAt: row.requestedAt, cancellableUntil: row.cancellableUntil, deadline: row.deadlineAt },
    overdue: row.state !== "CANCELLED" && (row.endedAt ?? rooms.clock.now()) > row.deadlineAt,
    ...{ startedAt: row.startedAt, shreddedAt: row.shreddedAt, endedAt: row.endedAt },
    steps: steps.map((step) => viewStep(rooms, step, isOpen, known)),
    receipt:
      receipt === null || isOpen
        ? null
        : { sequence: receipt.sequence, digest: receipt.digest.toString("hex"), document: receipt.document },
  };
}

function nextActionOf({ state }: AnonymizationRow, steps: readonly AnonymizationStepRow[]): string | null {
  if (state === "FAILED") return "See which step failed; what is left of the shopper there is the org's to see to.";
  if (state !== "IN_PROGRESS") return null;
  return steps.some(({ state: step }) => step === "AWAITING_OPERATOR" || step === "AWAITING_SHOPPER")
    ? "See the steps that wait, and settle each with `settleAnonymizationStep`."
    : null;
}

const STEP_ACTIONS: Readonly<Record<string, string>> = {
  AWAITING_OPERATOR: "Do at the store what `note` says, then `settleAnonymizationStep` with its reference.",
  AWAITING_SHOPPER: "Show the shopper `tasks`; when they have done them, `settleAnonymizationStep`.",
};

function viewStep(
  rooms: Rooms,
  step: AnonymizationStepRow,
  isOpen: boolean,
  known: ReadonlyMap<string, StoreRow>,
): AnonymizationStepView {
  const { credentials, ...store } = (step.storeId === null ? undefined : known.get(step.storeId)) ?? {
    credentials: null,
  };
  return {
    name: step.name,
    store: "id" in store ? viewStore(rooms.stores, { ...store, hasCredentials: credentials !== null }) : null,
    ...{
      status: step.state,
      statusReason: step.reason,
      nextAction: isOpen ? (STEP_ACTIONS[step.state] ?? null) : null,
    },
    ...{ reference: step.reference, note: step.note, attempts: step.attempts },
    tasks: step.tasks as unknown as readonly ShopperTaskView[],
    ...{ askedAt: step.askedAt, dueAt: step.dueAt, endedAt: step.endedAt },
  };
}
