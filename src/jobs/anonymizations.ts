import { setTimeout as wait } from "node:timers/promises";
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
/** Whoever is served comes first: after each one it rests, so many times as long as that took, a second at most. */
const GIVES_WAY = 4;
const LONGEST_REST_MS = 1_000;

/** Goes on with what is due, one after another; how many got on. */
export async function tendDueAnonymizations(
  identity: Pick<Identity, "tendAnonymization">,
  due: DueAnonymizations,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> {
  const waiting = await due(now, AT_A_TIME);
  let count = 0;
  for (const [at, { orgId, environment, id }] of waiting.entries()) {
    if (signal.aborted) break;
    const began = performance.now();
    try {
      await identity.tendAnonymization({ orgId, environment }, toWire("anr", id));
      count += 1;
    } catch (error) {
      // One that cannot go on must not keep the others waiting.
      log.error("anonymization not tended", { anonymizationId: toWire("anr", id), environment, ...errorFacts(error) });
    }
    const rest = Math.min((performance.now() - began) * GIVES_WAY, LONGEST_REST_MS);
    if (at < waiting.length - 1) await wait(rest, undefined, { signal }).catch(() => undefined);
  }
  return count;
}
