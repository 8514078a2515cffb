/**
 * How many frames the machine has time for. All sessions of a process share its processors: when frames reach us long after
 * they were captured, those pages whose shoppers do nothing are shown less often, so that whoever does something sees it soon.
 */

export interface MachinePace {
  /** A frame took this much longer than the quickest of its kind, from its capture to us; milliseconds. */
  readonly note: (lateMs: number) => void;
  /** Of late, smoothed; milliseconds. */
  readonly lateMs: () => number;
  /** From 1, there is time for everything, to `MOST`. */
  readonly strain: () => number;
}

/** Two frames a second instead of twelve. */
const MOST = 6;
/** A capture takes this much more or less on a machine that has time for all. */
const SPREAD_MS = 8;
/** Half as many frames when they come this much later than that, a third at twice as much. */
const LATE_MS = 12;
const SMOOTH = 0.1;

export function openMachinePace(): MachinePace {
  let late = 0;
  return {
    note: (ms) => {
      late += (ms - late) * SMOOTH;
    },
    lateMs: () => late,
    strain: () => Math.min(MOST, 1 + Math.max(0, late - SPREAD_MS) / LATE_MS),
  };
}

/** Every session of this process is on it. */
export const machinePace: MachinePace = openMachinePace();

const WINDOW_MS = 30_000;

/**
 * How much later each of some frames is than the quickest of the last half minute to minute. Only that counts, as the clock
 * of a browser elsewhere may be another one; one that is set anew is forgotten.
 */
export function openLateness(now: () => number = () => performance.now()): (ageMs: number) => number {
  let before = Number.POSITIVE_INFINITY;
  let shortest = Number.POSITIVE_INFINITY;
  let turnedAt = now();
  return (ageMs) => {
    if (now() - turnedAt > WINDOW_MS) {
      before = shortest;
      shortest = Number.POSITIVE_INFINITY;
      turnedAt = now();
    }
    shortest = Math.min(shortest, ageMs);
    return ageMs - Math.min(shortest, before);
  };
}
