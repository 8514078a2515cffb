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
