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

/** Messages and bytes of a viewer that are read in a second, files aside; and how far ahead it may be. */
const MESSAGES = { perSecond: 300, burst: 1_200 };
const BYTES = { perSecond: 1024 * 1024, burst: 4 * 1024 * 1024 };
const FILE_BYTES = { perSecond: 8 * 1024 * 1024, burst: 12 * 1024 * 1024 };

export interface ReadingPace {
  /** So many bytes came, of a file or otherwise. */
  readonly bytes: (count: number, isFile: boolean) => void;
  /** A message came; moves are not told of. */
  readonly message: () => void;
  readonly end: () => void;
}

/**
 * Counts what a viewer says, and holds its socket up by it. Moves count by their bytes alone, as the pointer joins them: a mouse may
 * tell a thousand and more a second.
 */
export function openReadingPace(socket: Readable): ReadingPace {
  const { hold, end } = openHoldUp(socket);
  const budgets = { messages: openBudget(MESSAGES), bytes: openBudget(BYTES), files: openBudget(FILE_BYTES) };
  return {
    bytes: (count, isFile) => hold((isFile ? budgets.files : budgets.bytes)(count)),
    message: () => hold(budgets.messages(1)),
    end,
  };
}
