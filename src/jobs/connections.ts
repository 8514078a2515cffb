import type { Identity } from "../identity/index.js";
import type { Log } from "../kernel/log.js";
import { type FindDue, tendInTurn } from "./due.js";

/** Connections of every org that were due before a moment. */
export type DueConnections = FindDue<"con">;

/** Ends, tells and verifies what is due, one after another; how many were tried. */
export const tendDueConnections = (
  identity: Pick<Identity, "tendConnection">,
  find: DueConnections,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> =>
  tendInTurn(
    { prefix: "con", find, tend: identity.tendConnection, failed: "connection not tended", fact: "connectionId" },
    now,
    log,
    signal,
  );
