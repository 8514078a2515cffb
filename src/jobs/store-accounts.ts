import type { Identity } from "../identity/index.js";
import type { Log } from "../kernel/log.js";
import { type FindDue, tendInTurn } from "./due.js";

/** Accounts at stores of every org that were due before a moment, by their connection. */
export type DueStoreAccounts = FindDue<"con">;

/** Takes over what stores said of accounts, and tells them what they should know, one after another; how many were tried. */
export const tendDueStoreAccounts = (
  identity: Pick<Identity, "tendStoreAccount">,
  find: DueStoreAccounts,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> =>
  tendInTurn(
    { prefix: "con", find, tend: identity.tendStoreAccount, failed: "account not tended", fact: "connectionId" },
    now,
    log,
    signal,
  );
