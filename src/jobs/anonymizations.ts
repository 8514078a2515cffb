import type { Identity } from "../identity/index.js";
import { toWire } from "../kernel/ids.js";
import { errorFacts, type Log } from "../kernel/log.js";
import { openPace, type Pace } from "../kernel/pace.js";

type Scope = Parameters<Identity["tendAnonymization"]>[0];
type AnonymizationId = Parameters<typeof toWire<"anr">>[1];

/** Requests of every org that are due before a moment: what the clock's own database role may see. */
export type DueAnonymizations = (
  dueBefore: Date,
  limit: number,
) => Promise<(Scope & { readonly id: AnonymizationId })[]>;

const AT_A_TIME = 50;

/** Whoever is served comes first. */
export const forgettingPace = (): Pace => openPace({ usualMs: 25, share: 12 });

/** Goes on with what is due, one after another; how many got on. */
export async function tendDueAnonymizations(
  identity: Pick<Identity, "tendAnonymization">,
  due: DueAnonymizations,
  now: Date,
  log: Log,
  signal: AbortSignal,
  pace: Pace = forgettingPace(),
): Promise<number> {
  let count = 0;
  for (const { orgId, environment, id } of await due(now, AT_A_TIME)) {
    if (signal.aborted) break;
    const began = performance.now();
    try {
      await identity.tendAnonymization({ orgId, environment }, toWire("anr", id));
      count += 1;
    } catch (error) {
      // One that cannot go on must not keep the others waiting.
      log.error("anonymization not tended", { anonymizationId: toWire("anr", id), environment, ...errorFacts(error) });
    }
    await pace.rest(performance.now() - began, signal);
  }
  return count;
}
