/** The clock's part: what a crash left between intend and settle is finished, or undone where it cannot be. */
import { type CheckoutRow, checkouts, stores } from "../data/index.js";
import { fromWire, toWire } from "../kernel/ids.js";
import { errorFacts } from "../kernel/log.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { leaseAttempt } from "./checkout.js";
import { type Attempt, abandon, leaseFrom, runAttempt } from "./checkout-attempt.js";
import { failure, settle } from "./checkout-settlement.js";
import { clockCaller } from "./orgs.js";
import type { Rooms } from "./rooms.js";

/** A store that is down is asked again until then; afterwards the checkout is given up as it is. */
const GIVE_UP_MS = 24 * 60 * 60_000;
const ASK_AGAIN_MS = 5 * 60_000;

/**
 * One checkout whose lease ran out. Without overrides all that it needs is still here, so it is finished; what the
 * caller gave for this checkout alone was never stored, so with overrides it is undone at the store and FAILED.
 */
export async function finishCheckout(rooms: Rooms, scope: Caller["scope"], checkoutId: string): Promise<void> {
  const caller = await clockCaller(rooms, scope, new AbortController().signal);
  const id = fromWire("chk", checkoutId);
  const row = id === null ? null : await rooms.data.inScope(scope, (tx) => checkouts.find(tx, id));
  if (row === null || row.state !== "PENDING") return;
  const log = rooms.log.with({ checkoutId, requestId: caller.requestId });
  // Nor is anything bought in a customer's place while nobody stands there.
  const isUndone = row.hasOverrides || row.impersonationId !== null;
  if (!isUndone) {
    try {
      const attempt = await take(rooms, caller, row);
      if (attempt === null) return;
      const ended = await runAttempt(rooms, caller, attempt);
      log.info("checkout finished", { status: ended.state, code: ended.reason });
      return;
    } catch (error) {
      // Not to be finished (the shopper or the Store is gone, a field was erased) or broken: undo it.
      log.warn("checkout cannot be finished", errorFacts(error));
    }
  }
  const taken = await rooms.data.inScope(scope, (tx) =>
    isUndone ? checkouts.takeLease(tx, row.id, rooms.clock.now(), leaseFrom(rooms)) : checkouts.find(tx, row.id),
  );
  if (taken?.state === "PENDING") await undo(rooms, caller, taken);
}

const take = (rooms: Rooms, caller: Caller, row: CheckoutRow): Promise<Attempt | null> =>
  leaseAttempt(rooms, caller, row, {}, (tx) => checkouts.takeLease(tx, row.id, rooms.clock.now(), leaseFrom(rooms)));

async function undo(rooms: Rooms, caller: Caller, row: CheckoutRow): Promise<void> {
  const log = rooms.log.with({ checkoutId: toWire("chk", row.id), requestId: caller.requestId });
  const store = await rooms.data.inScope(caller.scope, (tx) => stores.find(tx, { id: row.storeId }));
  try {
    if (store !== null) await abandon(rooms, caller, row, store);
    else log.warn("checkout left as it is: its Store was removed");
  } catch (error) {
    const isOld = rooms.clock.now().getTime() - row.createdAt.getTime() > GIVE_UP_MS;
    log[isOld ? "error" : "warn"]("checkout could not be undone", errorFacts(error));
    if (!isOld && isForLater(error)) {
      const later = new Date(rooms.clock.now().getTime() + ASK_AGAIN_MS);
      await rooms.data.inScope(caller.scope, (tx) => checkouts.renewLease(tx, row.id, later));
      return;
    }
  }
  const interrupted = new Refusal("INTERRUPTED", "The gateway stopped in the middle, and undid what it had begun.");
  await settle(rooms, caller, row, failure(rooms, interrupted));
  log.info("checkout undone");
}

function isForLater(error: unknown): boolean {
  if (error instanceof Refusals) return error.refusals.every(isForLater);
  return error instanceof Refusal && error.retry === "later";
}
