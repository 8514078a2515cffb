import type { Identity } from "../identity/index.js";
import { toWire } from "../kernel/ids.js";
import { errorFacts, type Log } from "../kernel/log.js";

type Scope = Parameters<Identity["finishCheckout"]>[0];
type CheckoutId = Parameters<typeof toWire<"chk">>[1];

/** Checkouts of every org whose lease ended before a moment: what the clock's own database role may see. */
export type PendingCheckouts = (olderThan: Date, limit: number) => Promise<(Scope & { readonly id: CheckoutId })[]>;

const AT_A_TIME = 20;

/** Finishes or undoes what a crash left behind, one after another; how many were tried. */
export async function finishOverdueCheckouts(
  identity: Pick<Identity, "finishCheckout">,
  pending: PendingCheckouts,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> {
  const overdue = await pending(now, AT_A_TIME);
  let tried = 0;
  for (const { orgId, environment, id } of overdue) {
    if (signal.aborted) break;
    tried += 1;
    try {
      await identity.finishCheckout({ orgId, environment }, toWire("chk", id));
    } catch (error) {
      // One that cannot be finished must not keep the others waiting.
      log.error("checkout not finished", { checkoutId: toWire("chk", id), environment, ...errorFacts(error) });
    }
  }
  return tried;
}
