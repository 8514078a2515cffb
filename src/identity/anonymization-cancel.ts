/** Taking a wish back: at once while nothing was done, with the stores' consent while nothing is destroyed. */
import type { Progress } from "@shopkey/adapter-sdk";
import { type AnonymizationRow, type AnonymizationStepRow, anonymizations, erasure, type Tx } from "../data/index.js";
import type { AnonymizationId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { CancelAnonymizationInput } from "./anonymization-inputs.js";
import { expectRequest, requestIdOf, requestNotFound } from "./anonymization-reading.js";
import { readWish, recordWish, storeSteps, type Wish } from "./anonymization-steps.js";
import { cancelAtStore } from "./anonymization-stores.js";
import { type Requested, requirePerson } from "./anonymizations.js";
import type { Caller } from "./caller.js";
import { later, refusalIn } from "./connection-row.js";
import { claimOf, once } from "./once.js";
import type { Rooms } from "./rooms.js";

const LEASE_MS = 120_000;

/** Cancelling what is cancelled changes nothing. Throws TOO_LATE after the shred, NOT_CANCELLABLE when a store does not let us. */
export async function cancelAnonymization(
  rooms: Rooms,
  caller: Caller,
  given: CancelAnonymizationInput,
): Promise<Requested> {
  requirePerson(caller);
  const id = requestIdOf(given.request);
  const claim = claimOf("cancelAnonymization", given);
  const asked = await rooms.data.inScope(caller.scope, (tx) => intend(rooms, caller, tx, id));

  if (asked !== null) await withStores(rooms, caller, asked);

  const work = async () => ({ ids: { anonymization: id as string }, answer: id });
  await once(rooms, caller, claim, work, async () => id);
  return { request: await expectRequest(rooms, caller, id) };
}

/** Null: it is cancelled. Otherwise stores have been asked, and nobody goes on with it while they are asked to stop. */
async function intend(rooms: Rooms, caller: Caller, tx: Tx, id: AnonymizationId): Promise<Wish | null> {
  const row = await anonymizations.lock(tx, id);
  if (row === null) throw requestNotFound();
  if (row.state === "CANCELLED") return null;
  if (row.endedAt !== null || row.committedAt !== null) throw tooLate();
  if (row.state === "REQUESTED") {
    await giveUp(rooms, caller, tx, row);
    return null;
  }
  const now = rooms.clock.now();
  if (row.leaseUntil !== null && row.leaseUntil > now) throw underWay();
  const leaseUntil = later(rooms, LEASE_MS);
  await anonymizations.change(tx, id, { leaseUntil, dueAt: leaseUntil });
  return readWish(tx, { ...row, leaseUntil, dueAt: leaseUntil });
}

const tooLate = (): Refusal =>
  new Refusal("TOO_LATE", "The shopper has been forgotten; that cannot be undone.", { field: ["request"] });

const underWay = (): Refusal =>
  new Refusal("CONFLICT", "Stores are being asked to forget at this moment.", {
    field: ["request"],
    nextAction: "Ask again in a moment.",
    retryAfterMs: 1_000,
  });

async function giveUp(rooms: Rooms, caller: Caller, tx: Tx, row: AnonymizationRow): Promise<void> {
  const at = rooms.clock.now();
  for (const step of await anonymizations.steps(tx, [row.id])) {
    if (step.endedAt === null || step.name === "FREEZE")
      await anonymizations.changeStep(tx, row.id, step.position, { state: "CANCELLED", dueAt: null, endedAt: at });
  }
  await anonymizations.change(tx, row.id, { state: "CANCELLED", endedAt: at, dueAt: null, leaseUntil: null });
  await erasure.thaw(tx, row.consumerId, at);
  await recordWish(rooms, caller, tx, row, "anonymization.cancelled");
}

const wasAsked = ({ state, endedAt, attempts }: AnonymizationStepRow): boolean =>
  attempts > 0 && (state !== "WAITING" || endedAt !== null);

/** All of them, or none: a store that stopped is asked anew when another one does not. */
async function withStores(rooms: Rooms, caller: Caller, wish: Wish): Promise<void> {
  const stopped: { step: AnonymizationStepRow; progress: Progress }[] = [];
  let refused: unknown = null;
  for (const step of storeSteps(wish).filter(wasAsked)) {
    try {
      stopped.push({ step, progress: await cancelAtStore(rooms, caller, wish, step) });
    } catch (error) {
      refused = error;
      break;
    }
  }
  const isOff = refused === null && stopped.every(({ progress }) => progress.kind === "cancelled");
  await rooms.data.inScope(caller.scope, async (tx) => {
    const row = await anonymizations.lock(tx, wish.row.id);
    if (row === null || row.committedAt !== null || row.endedAt !== null) throw tooLate();
    if (isOff) return giveUp(rooms, caller, tx, row);
    for (const { step, progress } of stopped) {
      if (progress.kind !== "cancelled") continue;
      const again = { state: "WAITING", progress: null, checkpoint: null, reference: null, dueAt: null } as const;
      await anonymizations.changeStep(tx, row.id, step.position, { ...again, endedAt: null });
    }
    await anonymizations.change(tx, row.id, { leaseUntil: null, dueAt: rooms.clock.now() });
  });
  if (isOff) return;
  if (refused !== null && refusalIn(refused) === null) throw refused;
  throw refusalIn(refused) ?? new Refusal("NOT_CANCELLABLE", "A store does not stop.", { field: ["request"] });
}
