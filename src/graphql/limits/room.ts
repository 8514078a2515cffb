/**
 * Room for dear queries. What runs at once may cost together what one request may cost at most; the others wait here,
 * before anything of theirs is read, and hold neither rows nor a connection to the database. A hundred half-made lists
 * take much longer than the same lists two by two: the garbage collector copies whatever lies around.
 */
import { LIMITS } from "./limits.js";

/** Below this nothing waits: reads of one thing, and pages of ids. */
const DEAR = 100;
/**
 * Whoever waits for something slow gives its room back, so that it keeps nobody else waiting for long. Far longer than a dear
 * query takes on a busy machine, where the room is needed most.
 */
const LEASE_MS = 400;

export interface Room {
  /** Null: come in, nothing is counted. Otherwise await it first, and call what it gives when done. */
  readonly ask: (cost: number) => Promise<() => void> | null;
}

export function openRoom(size: number = LIMITS.cost, leaseMs: number = LEASE_MS): Room {
  const waiting: { readonly cost: number; readonly enter: (leave: () => void) => void }[] = [];
  let taken = 0;

  const admit = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (taken > 0 && taken + next.cost > size) return;
      waiting.shift();
      next.enter(lend(next.cost));
    }
  };

  const lend = (cost: number): (() => void) => {
    let isLent = true;
    taken += cost;
    const giveBack = () => {
      if (!isLent) return;
      isLent = false;
      taken -= cost;
      clearTimeout(timer);
      admit();
    };
    const timer = setTimeout(giveBack, leaseMs);
    return giveBack;
  };

  return {
    ask: (cost) => {
      if (cost < DEAR) return null;
      return new Promise((enter) => {
        waiting.push({ cost, enter });
        admit();
      });
    },
  };
}
