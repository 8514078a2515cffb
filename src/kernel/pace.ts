/**
 * How hard work in the background may press. While nobody is served it hardly rests. The busier the event loop is with others
 * (seen while it rests), or the longer a piece takes than it has to, the longer it rests: it is less what such work costs than
 * that it comes in between, so a piece is better large, and alone for a while.
 */
import { type EventLoopUtilization, performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";

export interface Pace {
  /** After a piece of work that took this long, in milliseconds. Ends at once when it is aborted. */
  readonly rest: (workedMs: number, signal?: AbortSignal) => Promise<void>;
}

export interface PaceOptions {
  /** How many times as long as it worked it rests, at the busiest. */
  readonly gives: number;
  /** The same where it seems that nobody is served: others may be, by another process. None by default. */
  readonly givesAlways?: number;
}

/** What a pace goes by; the machine's own by default. */
export interface PaceSenses {
  readonly loop: (since?: EventLoopUtilization) => EventLoopUtilization;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
}

const MACHINE: PaceSenses = {
  loop: (since) => performance.eventLoopUtilization(since),
  wait: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
};

const SHORTEST_REST_MS = 2;
/** A store that answers late is no reason to rest for longer. */
const LONGEST_REST_MS = 2_000;
/** Pieces by which the quickest is known. */
const REMEMBERED = 20;
/** How long it remembers how busy it was, in milliseconds. */
const MEMORY_MS = 1_000;
/** A piece that takes twice as long is chance; eight times as long, and something is at its limit. */
const SLOW = { from: 2, to: 8 };

export function openPace({ gives, givesAlways = 0 }: PaceOptions, senses: PaceSenses = MACHINE): Pace {
  const recent: number[] = [];
  // Busy, until it is known better.
  const seen = { active: 1, idle: 0 };

  const loadAfter = (workedMs: number): number => {
    recent.push(workedMs);
    if (recent.length > REMEMBERED) recent.shift();
    const slow = (workedMs / Math.min(...recent) - SLOW.from) / (SLOW.to - SLOW.from);
    return Math.min(1, Math.max(seen.active / (seen.active + seen.idle), slow));
  };

  return {
    rest: async (workedMs, signal) => {
      const restMs = workedMs * Math.max(givesAlways, gives * loadAfter(Math.max(workedMs, 1)) ** 2);
      const before = senses.loop();
      await senses.wait(Math.min(LONGEST_REST_MS, Math.max(SHORTEST_REST_MS, restMs)), signal);
      const { active, idle } = senses.loop(before);
      const kept = Math.exp(-(active + idle) / MEMORY_MS);
      seen.active = seen.active * kept + active;
      seen.idle = seen.idle * kept + idle;
    },
  };
}
