import type { Identity } from "../identity/index.js";
import { toWire } from "../kernel/ids.js";
import { errorFacts, type Log } from "../kernel/log.js";

type Scope = Parameters<Identity["tendAnonymization"]>[0];
type AnonymizationId = Parameters<typeof toWire<"anr">>[1];

/** Requests of every org that are due before a moment: what the clock's own database role may see. */
export type DueAnonymizations = (
  dueBefore: Date,
  limit: number,
) => Promise<(Scope & { readonly id: AnonymizationId })[]>;

const AT_A_TIME = 50;
/** Enough to wait for several stores at once, and few enough to leave the database to the shoppers. */
const SIDE_BY_SIDE = 2;

/** Goes on with what is due, a few side by side; how many got on. */
export async function tendDueAnonymizations(
  identity: Pick<Identity, "tendAnonymization">,
  due: DueAnonymizations,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> {
  const waiting = await due(now, AT_A_TIME);
  let count = 0;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      const { orgId, environment, id } = next;
      try {
        await identity.tendAnonymization({ orgId, environment }, toWire("anr", id));
        count += 1;
      } catch (error) {
        // One that cannot go on must not keep the others waiting.
        log.error("anonymization not tended", {
          anonymizationId: toWire("anr", id),
          environment,
          ...errorFacts(error),
        });
      }
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return count;
}
