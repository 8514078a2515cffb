import type { Identity } from "../identity/index.js";
import { toWire } from "../kernel/ids.js";
import { errorFacts, type Log } from "../kernel/log.js";
import { openPace, type Pace } from "../kernel/pace.js";
import type { FindDue } from "./due.js";

/** Requests of every org that are due before a moment. */
export type DueAnonymizations = FindDue<"anr">;

const AT_A_TIME = 50;

/** So many side by side, and then a rest: what comes in between is felt more than what it costs. */
const SIDE_BY_SIDE = 5;

/** Whoever is served comes first. */
export const forgettingPace = (): Pace => openPace({ gives: 8 });

/** Goes on with what is due, a few at a time; how many got on. */
export async function tendDueAnonymizations(
  identity: Pick<Identity, "tendAnonymization">,
  due: DueAnonymizations,
  now: Date,
  log: Log,
  signal: AbortSignal,
  pace: Pace = forgettingPace(),
): Promise<number> {
  const tend = async ({ orgId, environment, id }: Awaited<ReturnType<DueAnonymizations>>[number]): Promise<number> => {
    try {
      await identity.tendAnonymization({ orgId, environment }, toWire("anr", id));
      return 1;
    } catch (error) {
      // One that cannot go on must not keep the others waiting.
      log.error("anonymization not tended", { anonymizationId: toWire("anr", id), environment, ...errorFacts(error) });
      return 0;
    }
  };
  const waiting = await due(now, AT_A_TIME);
  let count = 0;
  for (let from = 0; from < waiting.length && !signal.aborted; from += SIDE_BY_SIDE) {
    const began = performance.now();
    const done = await Promise.all(waiting.slice(from, from + SIDE_BY_SIDE).map(tend));
    count += done.reduce((sum, one) => sum + one, 0);
    await pace.rest(performance.now() - began, signal);
  }
  return count;
}
