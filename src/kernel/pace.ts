/**
 * How hard work in the background may press. While nobody is served it hardly rests; the busier the event loop is with others
 * (seen while it rests), or the longer a piece takes than it has to, the smaller its share becomes.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";

export interface Pace {
  /** After a piece of work that took this long, in milliseconds. Ends at once when it is aborted. */
  readonly rest: (workedMs: number, signal?: AbortSignal) => Promise<void>;
}

export interface PaceOptions {
  /** What a piece costs on a quiet machine, in milliseconds, until a quicker one was seen. */
  readonly usualMs: number;
  /** At the busiest, one part in so many of the time is for this work. */
  readonly share: number;
  /** Where nobody is served from this process: never a larger part than one in so many. */
  readonly leastShare?: number;
}

const SHORTEST_REST_MS = 2;
/** Pieces by which the quickest is known. */
const REMEMBERED = 20;
/** How long it remembers how busy it was, in milliseconds. */
const MEMORY_MS = 1_000;
/** A piece that takes twice as long is chance; eight times as long, and something is at its limit. */
const SLOW = { from: 2, to: 8 };

export function openPace({ usualMs, share, leastShare = 1 }: PaceOptions): Pace {
  const recent: number[] = [];
  // Busy, until it is known better.
  const seen = { active: 1, idle: 0 };

  const look = (workedMs: number): { readonly costMs: number; readonly load: number } => {
    recent.push(workedMs);
    if (recent.length > REMEMBERED) recent.shift();
    const costMs = Math.min(usualMs, ...recent);
    const slow = (workedMs / costMs - SLOW.from) / (SLOW.to - SLOW.from);
    return { costMs, load: Math.min(1, Math.max(seen.active / (seen.active + seen.idle), slow)) };
  };

  return {
    rest: async (workedMs, signal) => {
      const { costMs, load } = look(workedMs);
      const parts = Math.max(leastShare, share * load ** 2);
      // What it waited for others while it worked is rest as well.
      const restMs = Math.max(SHORTEST_REST_MS, (leastShare - 1) * workedMs, costMs * parts - workedMs);
      const [before, begun] = [performance.eventLoopUtilization(), performance.now()];
      await wait(restMs, undefined, { signal }).catch(() => undefined);
      const { active, idle } = performance.eventLoopUtilization(before);
      const kept = Math.exp(-(performance.now() - begun) / MEMORY_MS);
      seen.active = seen.active * kept + active;
      seen.idle = seen.idle * kept + idle;
    },
  };
}
