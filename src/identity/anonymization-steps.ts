/** What every step of being forgotten shares: which there are, when they are over, how they are written down. */
import { record } from "../audit/index.js";
import {
  type AnonymizationRow,
  type AnonymizationStepRow,
  anonymizations,
  type StepChange,
  type StepName,
  type Tx,
} from "../data/index.js";
import { type StoreId, toWire } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import { ledgerLine, type Rooms } from "./rooms.js";

/** A request with its steps, as they were read. */
export interface Wish {
  readonly row: AnonymizationRow;
  readonly steps: readonly AnonymizationStepRow[];
}

/** In the order of doing. */
export const stepsFor = (stores: readonly StoreId[]): readonly anonymizations.StepInsert[] => [
  { name: "FREEZE", storeId: null },
  ...stores.map((storeId) => ({ name: "STORE" as const, storeId })),
  { name: "LOGINS", storeId: null },
  { name: "SUPPRESS", storeId: null },
  { name: "SHRED", storeId: null },
  { name: "PURGE", storeId: null },
  { name: "RECEIPT", storeId: null },
];

export const hasEnded = ({ state }: Pick<AnonymizationStepRow, "state">): boolean =>
  state === "DONE" || state === "SKIPPED" || state === "FAILED" || state === "CANCELLED";

export const stepOf = ({ steps }: Wish, name: StepName): AnonymizationStepRow => {
  const step = steps.find((one) => one.name === name);
  if (step === undefined) throw new Error("a request lacks one of its steps");
  return step;
};

export const storeSteps = ({ steps }: Wish): readonly AnonymizationStepRow[] =>
  steps.filter(({ name }) => name === "STORE");

export async function readWish(tx: Tx, row: AnonymizationRow): Promise<Wish> {
  return { row, steps: await anonymizations.steps(tx, [row.id]) };
}

type Action = `anonymization.${"requested" | "cancelled" | "started" | "asked" | "settled" | "shredded" | "ended"}`;

/** Adds the line of what was decided about a request. */
export const recordWish = (
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  { id, consumerId, regulation }: AnonymizationRow,
  action: Action,
  more: { readonly outcome?: string; readonly step?: StepName; readonly storeId?: StoreId | null } = {},
): Promise<void> =>
  record(
    tx,
    ledgerLine(rooms, caller, {
      action,
      subject: { kind: "anonymization", id },
      consumerId,
      outcome: more.outcome ?? "done",
      facts: {
        regulation,
        ...(more.step === undefined ? {} : { step: more.step }),
        ...(more.storeId ? { store: toWire("sto", more.storeId) } : {}),
      },
    }),
  );

/** The store gave a hint while it was asked: what it said may be older, so it is asked again as soon as the hint wanted. */
function sooner(seen: AnonymizationStepRow, fresh: AnonymizationStepRow, to: StepChange): Pick<StepChange, "dueAt"> {
  const { dueAt } = fresh;
  const isHint = dueAt !== null && dueAt.getTime() !== seen.dueAt?.getTime() && fresh.state === "IN_PROGRESS";
  return isHint && to.dueAt && dueAt < to.dueAt ? { dueAt } : {};
}

/** Writes what became of a step, unless it has ended meanwhile; whether it did. The request is locked for it. */
export async function settleStep(
  rooms: Rooms,
  caller: Caller,
  { row }: Wish,
  step: AnonymizationStepRow,
  to: StepChange,
): Promise<boolean> {
  return rooms.data.inScope(caller.scope, async (tx) => {
    const now = await anonymizations.lock(tx, row.id);
    const fresh = (await anonymizations.steps(tx, [row.id])).find(({ position }) => position === step.position);
    if (now === null || now.endedAt !== null || fresh === undefined || hasEnded(fresh)) return false;
    const ended = to.state !== undefined && hasEnded({ state: to.state }) ? { endedAt: rooms.clock.now() } : {};
    await anonymizations.changeStep(tx, row.id, step.position, { ...to, ...ended, ...sooner(step, fresh, to) });
    const isNews = to.state !== undefined && to.state !== fresh.state;
    const about = { step: step.name, storeId: step.storeId, outcome: to.reason ?? to.state };
    if (isNews) await recordWish(rooms, caller, tx, row, "anonymization.settled", about);
    return true;
  });
}
