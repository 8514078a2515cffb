import type { Identity } from "../identity/index.js";
import { toWire } from "../kernel/ids.js";
import { errorFacts, type Log } from "../kernel/log.js";

type Scope = Parameters<Identity["tendImpersonation"]>[0];
type ImpersonationId = Parameters<typeof toWire<"imp">>[1];

/** Impersonations of every org that were due before a moment: what the clock's own database role may see. */
export type DueImpersonations = (
  dueBefore: Date,
  limit: number,
) => Promise<(Scope & { readonly id: ImpersonationId })[]>;

const AT_A_TIME = 20;

/** Ends what is over and asks whether the others still hold, one after another; how many were tried. */
export async function tendDueImpersonations(
  identity: Pick<Identity, "tendImpersonation">,
  due: DueImpersonations,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> {
  const impersonations = await due(now, AT_A_TIME);
  let tried = 0;
  for (const { orgId, environment, id } of impersonations) {
    if (signal.aborted) break;
    tried += 1;
    try {
      await identity.tendImpersonation({ orgId, environment }, toWire("imp", id));
    } catch (error) {
      // One that cannot be tended must not keep the others waiting.
      log.error("impersonation not tended", { impersonationId: toWire("imp", id), environment, ...errorFacts(error) });
    }
  }
  return tried;
}
