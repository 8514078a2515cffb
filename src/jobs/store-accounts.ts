import type { Identity } from "../identity/index.js";
import { toWire } from "../kernel/ids.js";
import { errorFacts, type Log } from "../kernel/log.js";

type Scope = Parameters<Identity["tendStoreAccount"]>[0];
type ConnectionId = Parameters<typeof toWire<"con">>[1];

/** Accounts at stores of every org that were due before a moment: what the clock's own database role may see. */
export type DueStoreAccounts = (dueBefore: Date, limit: number) => Promise<(Scope & { readonly id: ConnectionId })[]>;

const AT_A_TIME = 20;

/** Takes over what stores said of accounts, and tells them what they should know, one after another; how many were tried. */
export async function tendDueStoreAccounts(
  identity: Pick<Identity, "tendStoreAccount">,
  due: DueStoreAccounts,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> {
  const accounts = await due(now, AT_A_TIME);
  let tried = 0;
  for (const { orgId, environment, id } of accounts) {
    if (signal.aborted) break;
    tried += 1;
    try {
      await identity.tendStoreAccount({ orgId, environment }, toWire("con", id));
    } catch (error) {
      // One that cannot be tended must not keep the others waiting.
      log.error("account not tended", { connectionId: toWire("con", id), environment, ...errorFacts(error) });
    }
  }
  return tried;
}
