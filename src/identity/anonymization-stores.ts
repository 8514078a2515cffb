/** A store's part in being forgotten: asked once with what the adapter needs, followed by its reference alone. */
import type { ProfileField, Progress, ShopperTask } from "@shopkey/adapter-sdk";
import { record } from "../audit/index.js";
import {
  type AnonymizationStepRow,
  anonymizations,
  type ConsumerCard,
  connections,
  type Json,
  type StepChange,
  type StoreRow,
  stores,
} from "../data/index.js";
import { toWire } from "../kernel/ids.js";
import { Refusal, type RefusalCode } from "../kernel/refusal.js";
import type { CallIntent } from "../stores/index.js";
import { settleStep, type Wish } from "./anonymization-steps.js";
import { askUntil, tryAgainMs } from "./anonymization-times.js";
import type { Caller } from "./caller.js";
import { adapterOf } from "./checkout-ground.js";
import { assembleIdentity } from "./checkout-identity.js";
import { lending } from "./connection-context.js";
import { callIntent, later, refusalIn } from "./connection-row.js";
import { openSecret } from "./connection-seal.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";
import { openTarget } from "./store-target.js";

/** When a store that names no time is asked again how far it is. */
const POLL_MS = 60 * 60_000;
const SOONEST_MS = 1_000;

/** Asks one store to forget. What the store says, or why it could not be asked, is the step's from then on. */
export async function askStore(rooms: Rooms, caller: Caller, wish: Wish, step: AnonymizationStepRow): Promise<void> {
  const card = await rooms.data.consumerCard(caller.scope, { id: wish.row.consumerId }, WHOLE);
  const store = await storeOf(rooms, caller, step);
  if (card === null || store === null) return void (await settleStep(rooms, caller, wish, step, REMOVED));
  const attempts = step.attempts + 1;
  try {
    const progress = await request(rooms, caller, wish, { ...step, attempts }, card, store);
    await settleStep(rooms, caller, wish, step, { attempts, ...changeFor(rooms, progress) });
  } catch (error) {
    const refusal = refusalIn(error);
    const to = refusal === null ? broken(rooms, wish, attempts) : refused(rooms, wish, attempts, refusal);
    await settleStep(rooms, caller, wish, step, { attempts, ...to });
    if (refusal === null) throw error;
  }
}

const WHOLE = { profile: true, connections: false } as const;

/** What was done there cannot be asked for any more: a person has to. */
const REMOVED: StepChange = {
  state: "AWAITING_OPERATOR",
  reason: "STORE_DISABLED",
  note: "This Store has been removed, so the store was not asked. Ask it another way, and enter the reference here.",
  dueAt: null,
};

const storeOf = (rooms: Rooms, caller: Caller, { storeId }: AnonymizationStepRow): Promise<StoreRow | null> =>
  rooms.data.inScope(caller.scope, async (tx) => (storeId === null ? null : stores.find(tx, { id: storeId })));

/** Intend: the line that plaintext leaves for the store, and the attempt. Do: the adapter. */
async function request(
  rooms: Rooms,
  caller: Caller,
  wish: Wish,
  step: AnonymizationStepRow,
  card: ConsumerCard,
  store: StoreRow,
): Promise<Progress> {
  const fields = adapterOf(rooms, store).anonymizeFields as readonly ProfileField[];
  const { identity } = assembleIdentity(await openOrg(rooms, caller), card, {}, fields, caller);
  const used = Object.keys(identity) as ProfileField[];
  const row = await rooms.data.inScope(caller.scope, async (tx) => {
    await anonymizations.changeStep(tx, wish.row.id, step.position, {
      ...{ attempts: step.attempts, askedAt: step.askedAt ?? rooms.clock.now() },
    });
    const subject = { kind: "anonymization", id: wish.row.id } as const;
    const facts = { use: "anonymize" as const, store: toWire("sto", store.id), fields: used };
    const line = {
      action: "profile.used",
      subject,
      consumerId: wish.row.consumerId,
      purpose: "anonymize",
      facts,
    } as const;
    if (used.length > 0) await record(tx, ledgerLine(rooms, caller, line));
    return connections.findBetween(tx, wish.row.consumerId, store.id);
  });
  const target = await openTarget(rooms, caller, store);
  if (row === null) {
    const ask = { identity, secret: null };
    return rooms.stores.call(target, intentOf(rooms, caller, wish, step), (adapter, call) =>
      adapter.anonymize.request(call, ask),
    );
  }
  const secret = row.status === "ACTIVE" ? await openSecret(rooms, caller, store, row, card.key) : null;
  return lending(rooms, caller, row, card.key, (lend) =>
    rooms.stores.call(target, { ...intentOf(rooms, caller, wish, step), lend }, (adapter, call) =>
      adapter.anonymize.request(call, { identity, secret }),
    ),
  );
}

/** The same request is the same intent, whoever takes it up: nothing is asked twice. */
function intentOf(rooms: Rooms, caller: Caller, { row }: Wish, step: AnonymizationStepRow): CallIntent {
  return {
    ...callIntent(caller, `${toWire("anr", row.id)}.${step.position}`),
    resume: step.checkpoint,
    checkpoint: (checkpoint) =>
      rooms.data.inScope(caller.scope, (tx) => anonymizations.changeStep(tx, row.id, step.position, { checkpoint })),
  };
}

/** Asks how far the store is; by its reference, because nothing else is left after the shred. */
export async function followStore(rooms: Rooms, caller: Caller, wish: Wish, step: AnonymizationStepRow): Promise<void> {
  const store = await storeOf(rooms, caller, step);
  if (store === null) return void (await settleStep(rooms, caller, wish, step, REMOVED));
  try {
    const target = await openTarget(rooms, caller, store);
    const before = progressOf(step);
    const now = await rooms.stores.call(target, intentOf(rooms, caller, wish, step), (adapter, call) =>
      adapter.anonymize.status(call, NOBODY, before),
    );
    await settleStep(rooms, caller, wish, step, changeFor(rooms, isBackward(before, now) ? before : now));
  } catch (error) {
    const refusal = refusalIn(error);
    // What the store said before stands; it is asked again.
    const dueAt = later(rooms, refusal?.retryAfterMs ?? POLL_MS);
    const isOver = refusal !== null && refusal.retry === "never";
    const to: StepChange = isOver
      ? { state: "AWAITING_OPERATOR", reason: refusal.code, note: byHand(refusal), dueAt: null }
      : { dueAt };
    await settleStep(rooms, caller, wish, step, to);
    if (refusal === null) throw error;
  }
}

const NOBODY = { identity: {}, secret: null } as const;

/** Asks the store to stop. Throws what it refused. */
export async function cancelAtStore(
  rooms: Rooms,
  caller: Caller,
  wish: Wish,
  step: AnonymizationStepRow,
): Promise<Progress> {
  const store = await storeOf(rooms, caller, step);
  if (store === null) throw new Refusal("NOT_CANCELLABLE", "The Store has been removed, so it cannot be told.");
  const target = await openTarget(rooms, caller, store);
  return rooms.stores.call(target, intentOf(rooms, caller, wish, step), (adapter, call) =>
    adapter.anonymize.cancel(call, NOBODY, progressOf(step)),
  );
}

const KINDS: Readonly<Record<string, Progress["kind"]>> = {
  AWAITING_OPERATOR: "awaitingOperator",
  AWAITING_SHOPPER: "awaitingShopper",
};

const progressOf = ({ state, progress, reference, note }: AnonymizationStepRow): Progress => ({
  kind: (progress as Progress["kind"] | null) ?? KINDS[state] ?? "requested",
  reference,
  note: note ?? "",
});

const RANKS: Readonly<Record<Progress["kind"], number>> = {
  ...{ requested: 0, inProgress: 1, awaitingOperator: 1, awaitingShopper: 1, cancelled: 2, failed: 3, completed: 4 },
};
const isBackward = (before: Progress, now: Progress): boolean => RANKS[now.kind] < RANKS[before.kind];

/** An adapter's word as the step keeps it. Throws when it is not what the contract says. */
function changeFor(rooms: Rooms, progress: Progress): StepChange {
  const { kind, checkAfterMs } = progress;
  const told = { ...judgeProgress(progress), progress: kind, reason: null, dueAt: null };
  if (kind === "completed") return { ...told, state: "DONE" };
  if (kind === "awaitingOperator") return { ...told, state: "AWAITING_OPERATOR" };
  if (kind === "awaitingShopper") return { ...told, state: "AWAITING_SHOPPER" };
  // The store gives up, or somebody stopped it there: only a person can say what is to be done.
  if (kind === "failed") return { ...told, state: "AWAITING_OPERATOR", reason: "FAILED_AT_STORE" };
  if (kind === "cancelled") return { ...told, state: "AWAITING_OPERATOR", reason: "CANCELLED_AT_STORE" };
  return { ...told, state: "IN_PROGRESS", dueAt: later(rooms, Math.max(checkAfterMs ?? POLL_MS, SOONEST_MS)) };
}

function judgeProgress({
  kind,
  reference,
  note,
  tasks = [],
}: Progress): Pick<StepChange, "reference" | "note" | "tasks"> {
  const isText = (text: unknown, most: number): boolean => typeof text === "string" && text.length <= most;
  const isSound =
    kind in RANKS &&
    (reference === null || (isText(reference, 200) && reference.length > 0)) &&
    isText(note, 1_000) &&
    tasks.length <= 20 &&
    tasks.every(
      ({ code, title, url }) => isText(code, 64) && isText(title, 300) && URL.parse(url)?.protocol === "https:",
    );
  if (!isSound) throw new Error("the adapter's progress is not what the contract says");
  return { reference, note, tasks: tasks.map(judgeTask) as unknown as Json };
}

const judgeTask = ({ code, title, url, optional, warnings, blockers }: ShopperTask) => ({
  ...{ code, title, url, optional: optional === true },
  ...{ warnings: warnings.slice(0, 20).map(String), blockers: blockers.slice(0, 20).map(String) },
});

/** Down: asked again for a while. Refused: a person has to see to it, and the shred does not wait for them. */
function refused(rooms: Rooms, { row }: Wish, attempts: number, refusal: Refusal): StepChange {
  const again = later(rooms, refusal.retryAfterMs ?? tryAgainMs(attempts));
  if (refusal.retry === "later" && again < askUntil(row))
    return { reason: refusal.code, note: refusal.message, dueAt: again };
  return { state: "AWAITING_OPERATOR", reason: refusal.code, note: byHand(refusal), dueAt: null };
}

/** A bug of the adapter must not keep the shopper's data here for ever. */
function broken(rooms: Rooms, { row }: Wish, attempts: number): StepChange {
  const reason: RefusalCode = "STORE_CHANGED";
  const note = "The adapter failed in a way that it does not know itself.";
  const again = later(rooms, tryAgainMs(attempts));
  return again < askUntil(row)
    ? { reason, note, dueAt: again }
    : { state: "AWAITING_OPERATOR", reason, note, dueAt: null };
}

const byHand = ({ message }: Refusal): string =>
  `${message} Ask the store another way, and enter the reference here with \`settleAnonymizationStep\`.`;
