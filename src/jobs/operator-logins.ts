import type { Identity } from "../identity/index.js";
import type { Log } from "../kernel/log.js";
import { type FindDue, tendInTurn } from "./due.js";

/** Operators' logins of every org that were due before a moment. */
export type DueOperatorLogins = FindDue<"opl">;

/** Ends those whose time is over, one after another; how many were tried. */
export const tendDueOperatorLogins = (
  identity: Pick<Identity, "tendOperatorLogin">,
  find: DueOperatorLogins,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> =>
  tendInTurn(
    {
      prefix: "opl",
      find,
      tend: identity.tendOperatorLogin,
      failed: "operator's login not tended",
      fact: "operatorLoginId",
    },
    now,
    log,
    signal,
  );
