/**
 * How fast a viewer is read. One that says more than it may is not shown the door, and nothing of what it says is lost: it is
 * read again when its budget allows, and until then its own socket holds it up.
 */

/** So much a second on average, and so much ahead. */
export interface Pace {
  readonly perSecond: number;
  readonly burst: number;
}

/** Counts `amount`; answers for how many milliseconds nothing more may be read, 0 for not at all. `now` as `performance.now`. */
export function openBudget(
  { perSecond, burst }: Pace,
  now: () => number = () => performance.now(),
): (amount: number) => number {
  let left = burst;
  let at = now();
  return (amount) => {
    const since = now() - at;
    at += since;
    left = Math.min(burst, left + (since / 1_000) * perSecond) - amount;
    return left >= 0 ? 0 : Math.ceil((-left / perSecond) * 1_000);
  };
}

/** What of a socket it needs. */
interface Readable {
  readonly pause: () => void;
  readonly resume: () => void;
}

/** Stops reading for so long; the longest of what it is told within a pause counts. */
export function openHoldUp(socket: Readable): { readonly hold: (ms: number) => void; readonly end: () => void } {
  let until = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const wait = until - performance.now();
    timer = wait > 0 ? setTimeout(look, wait) : undefined;
    if (!timer) socket.resume();
  };
  return {
    hold: (ms) => {
      if (ms <= 0) return;
      until = Math.max(until, performance.now() + ms);
      if (timer) return;
      socket.pause();
      timer = setTimeout(look, ms);
    },
    end: () => clearTimeout(timer),
  };
}
