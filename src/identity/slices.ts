/**
 * Opening many envelopes in a row would keep everyone else waiting. Whoever does it for a list asks for a turn before
 * each consumer: for two milliseconds of work there is no wait, then the event loop gets to run, and one of those
 * who wait goes on.
 */
const SLICE_MS = 2;

const waiting: (() => void)[] = [];
let sliceEndsAt = 0;
let isScheduled = false;

/**
 * Null: go on at once. Otherwise await it first. Whoever has the turn keeps it until its time is over, also while others
 * wait: to pass it on after each consumer would cost a round of the event loop each time. Whoever is `underWay` comes
 * before those who have not begun: of many half-made lists none would be finished soon.
 */
export function askForTurn(underWay: boolean): Promise<void> | null {
  if (performance.now() < sliceEndsAt && (underWay || waiting.length === 0)) return null;
  return new Promise((resolve) => {
    if (underWay) waiting.unshift(resolve);
    else waiting.push(resolve);
    schedule();
  });
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(giveTurn);
}

function giveTurn(): void {
  isScheduled = false;
  const next = waiting.shift();
  if (next === undefined) return;
  sliceEndsAt = performance.now() + SLICE_MS;
  next();
  if (waiting.length > 0) schedule();
}

/** Lists whose rows are here and not opened yet, beside the one that is. */
const AT_ONCE = 4;

let begun = 0;
const outside: (() => void)[] = [];

/**
 * Few lists are read ahead of those that are being opened: rows that wait for long grow old, in the garbage collector's
 * sense as in the processor's caches', and are dearer to open for it.
 */
export async function amongFew<T>(read: () => Promise<T>): Promise<T> {
  if (begun < AT_ONCE) begun += 1;
  else await new Promise<void>((resolve) => outside.push(resolve));
  try {
    return await read();
  } finally {
    const next = outside.shift();
    if (next === undefined) begun -= 1;
    else next();
  }
}
