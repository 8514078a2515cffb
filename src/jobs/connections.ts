import type { Identity } from "../identity/index.js";
import { toWire } from "../kernel/ids.js";
import { errorFacts, type Log } from "../kernel/log.js";

type Scope = Parameters<Identity["tendConnection"]>[0];
type ConnectionId = Parameters<typeof toWire<"con">>[1];

/** Connections of every org that were due before a moment: what the clock's own database role may see. */
export type DueConnections = (dueBefore: Date, limit: number) => Promise<(Scope & { readonly id: ConnectionId })[]>;

const AT_A_TIME = 20;

/** Ends, tells and verifies what is due, one after another; how many were tried. */
export async function tendDueConnections(
  identity: Pick<Identity, "tendConnection">,
  due: DueConnections,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> {
  const connections = await due(now, AT_A_TIME);
  let tried = 0;
  for (const { orgId, environment, id } of connections) {
    if (signal.aborted) break;
    tried += 1;
    try {
      await identity.tendConnection({ orgId, environment }, toWire("con", id));
    } catch (error) {
      // One that cannot be tended must not keep the others waiting.
      log.error("connection not tended", { connectionId: toWire("con", id), environment, ...errorFacts(error) });
    }
  }
  return tried;
}
