import type { Identity } from "../identity/index.js";
import type { Log } from "../kernel/log.js";
import { type FindDue, tendInTurn } from "./due.js";

/** Checkouts of every org whose lease ended before a moment. */
export type PendingCheckouts = FindDue<"chk">;

/** Finishes or undoes what a crash left behind, one after another; how many were tried. */
export const finishOverdueCheckouts = (
  identity: Pick<Identity, "finishCheckout">,
  find: PendingCheckouts,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> =>
  tendInTurn(
    { prefix: "chk", find, tend: identity.finishCheckout, failed: "checkout not finished", fact: "checkoutId" },
    now,
    log,
    signal,
  );
