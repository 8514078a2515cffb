import type { Identity } from "../identity/index.js";
import { type IdPrefix, toWire } from "../kernel/ids.js";
import { errorFacts, type Fact, type Log } from "../kernel/log.js";

type Scope = Parameters<Identity["tendConnection"]>[0];
type IdOf<P extends IdPrefix> = Parameters<typeof toWire<P>>[1];

/** Things of every org that were due before a moment: what the clock's own database role may see. */
export type FindDue<P extends IdPrefix> = (
  dueBefore: Date,
  limit: number,
) => Promise<(Scope & { readonly id: IdOf<P> })[]>;

/** What is left waits for the next look. */
const AT_A_TIME = 20;

/** One kind of thing that can be due. */
interface Kind<P extends IdPrefix> {
  readonly prefix: P;
  readonly find: FindDue<P>;
  /** Does with one whatever is due; the id is in wire form. */
  readonly tend: (scope: Scope, id: string) => Promise<unknown>;
  /** The event of the log when that fails, and the fact that names the thing. */
  readonly failed: string;
  readonly fact: Fact;
}

/** Tends what is due, one after another; how many were tried. */
export async function tendInTurn<P extends IdPrefix>(
  { prefix, find, tend, failed, fact }: Kind<P>,
  now: Date,
  log: Log,
  signal: AbortSignal,
): Promise<number> {
  let tried = 0;
  for (const { orgId, environment, id } of await find(now, AT_A_TIME)) {
    if (signal.aborted) break;
    tried += 1;
    try {
      await tend({ orgId, environment }, toWire(prefix, id));
    } catch (error) {
      // One that cannot be tended must not keep the others waiting.
      log.error(failed, { [fact]: toWire(prefix, id), environment, ...errorFacts(error) });
    }
  }
  return tried;
}
