import type { Identity } from "../identity/index.js";
import { toWire } from "../kernel/ids.js";
import { errorFacts, type Log } from "../kernel/log.js";

type Scope = Parameters<Identity["tendOperatorLogin"]>[0];
type OperatorLoginId = Parameters<typeof toWire<"opl">>[1];

/** Operators' logins of every org that were due before a moment: what the clock's own database role may see. */
export type DueOperatorLogins = (
  dueBefore: Date,
  limit: number,
) => Promise<(Scope & { readonly id: OperatorLoginId })[]>;

const AT_A_TIME = 20;

/** Ends those whose time is over, one after another. */
export async function tendDueOperatorLogins(
  identity: Pick<Identity, "tendOperatorLogin">,
  due: DueOperatorLogins,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  for (const { orgId, environment, id } of await due(now, AT_A_TIME)) {
    if (signal.aborted) return;
    try {
      await identity.tendOperatorLogin({ orgId, environment }, toWire("opl", id));
    } catch (error) {
      log.error("operator's login not tended", {
        operatorLoginId: toWire("opl", id),
        environment,
        ...errorFacts(error),
      });
    }
  }
}
