import type { Identity } from "../identity/index.js";
import type { Log } from "../kernel/log.js";
import { type FindDue, tendInTurn } from "./due.js";

/** Impersonations of every org that were due before a moment. */
export type DueImpersonations = FindDue<"imp">;

/** Ends what is over and asks whether the others still hold, one after another; how many were tried. */
export const tendDueImpersonations = (
  identity: Pick<Identity, "tendImpersonation">,
  find: DueImpersonations,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> =>
  tendInTurn(
    {
      prefix: "imp",
      find,
      tend: identity.tendImpersonation,
      failed: "impersonation not tended",
      fact: "impersonationId",
    },
    now,
    log,
    signal,
  );
