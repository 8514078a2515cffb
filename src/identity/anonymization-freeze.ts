/** Ends what is going on for a consumer who asked to be forgotten: attempts to connect, live views, checkouts at a store. */
import { anonymizations, connections, erasure } from "../data/index.js";
import { asId, type ConsumerId, toWire } from "../kernel/ids.js";
import { hasEnded, settleStep, stepOf, type Wish } from "./anonymization-steps.js";
import type { Caller } from "./caller.js";
import { finishCheckout } from "./checkout-recovery.js";
import { endSession } from "./connection-context.js";
import { isOpen, recordAbout } from "./connection-row.js";
import { endAttempt } from "./connection-step.js";
import type { Rooms } from "./rooms.js";

/** The first step of a request, which is tried at once and then by the clock. Whether it is done. */
export async function freezeDoings(rooms: Rooms, caller: Caller, wish: Wish): Promise<boolean> {
  const step = stepOf(wish, "FREEZE");
  if (hasEnded(step)) return true;
  if (!(await endDoings(rooms, caller, wish.row.consumerId))) return false;
  await settleStep(rooms, caller, wish, step, { state: "DONE" });
  await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await anonymizations.lock(tx, wish.row.id);
    if (now?.state === "REQUESTED" && now.leaseUntil === null)
      await anonymizations.change(tx, now.id, { dueAt: now.cancellableUntil });
  });
  return true;
}

/** Whether nothing is going on any more. What cannot be ended yet (a checkout that is at its store) is asked about again. */
async function endDoings(rooms: Rooms, caller: Caller, consumerId: ConsumerId): Promise<boolean> {
  await endAttempts(rooms, caller, consumerId);
  const pending = await rooms.data.inScope(caller.scope, (tx) => erasure.pendingCheckoutsOf(tx, consumerId));
  for (const { id, leaseUntil } of pending) {
    // A crash left it: it cannot be finished for this consumer, so it is undone at the store.
    if (leaseUntil < rooms.clock.now()) await finishCheckout(rooms, caller.scope, toWire("chk", asId("chk", id)));
  }
  const isSeated = await rooms.data.inScope(caller.scope, (tx) => erasure.isImpersonated(tx, consumerId));
  return pending.length === 0 && !isSeated;
}

async function endAttempts(rooms: Rooms, caller: Caller, consumerId: ConsumerId): Promise<void> {
  const rows = await rooms.data.inScope(caller.scope, (tx) => connections.list(tx, consumerId));
  for (const { id } of rows) {
    const sessions = await rooms.data.inScope(caller.scope, async (tx) => {
      const row = await connections.lock(tx, id);
      if (row === null) return [];
      const { attemptSessionId, handOffSessionId } = row;
      if (isOpen(row)) {
        const left = await endAttempt(rooms, tx, row, "CANCELLED", "CANCELLED");
        await recordAbout(rooms, caller, tx, left, "connection.cancelled");
      }
      if (handOffSessionId !== null) await connections.change(tx, id, { handOffSessionId: null });
      return [attemptSessionId, handOffSessionId];
    });
    for (const sessionId of sessions) await endSession(rooms, sessionId, "cancelled");
  }
}
