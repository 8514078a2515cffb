/** How often frames are let come: more of them while the shopper does something, fewer while the machine is short of time. */
import { machinePace } from "./machine-pace.js";

const CALM_MS = 1_000 / 12;
const HURRIED_MS = 1_000 / 20;
const HURRY_MS = 1_000;
/** While the machine is short of time whoever did something gets this much at least. */
const LEAST_HURRY_MS = 400;
const LEAST_HURRIED_MS = 100;

export interface FramePace {
  /** Lets a frame come when it is time, in its turn. */
  readonly put: (act: () => void) => void;
  /** The shopper did something. */
  readonly hurry: () => void;
  /** How long ago that was; milliseconds. */
  readonly sinceHurry: () => number;
  /** What waits is out of date. */
  readonly clear: () => void;
}

export function openFramePace(): FramePace {
  let hurriedAt = Number.NEGATIVE_INFINITY;
  const sinceHurry = (): number => performance.now() - hurriedAt;
  const pacer = openPacer(() => {
    const strain = machinePace.strain();
    const isHurried = sinceHurry() < Math.max(LEAST_HURRY_MS, HURRY_MS / strain);
    return isHurried ? Math.min(LEAST_HURRIED_MS, HURRIED_MS * strain) : CALM_MS * strain;
  });
  return {
    put: pacer.put,
    hurry: () => {
      const isFirst = sinceHurry() > LEAST_HURRY_MS;
      hurriedAt = performance.now();
      if (isFirst) pacer.rush();
      else pacer.look();
    },
    sinceHurry,
    clear: pacer.clear,
  };
}

/** Does what it is given one after the other, `gap` apart, the first at once. */
function openPacer(gap: () => number) {
  const waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let doneAt = Number.NEGATIVE_INFINITY;
  const look = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (waiting.length > 0) {
      const wait = doneAt + gap() - performance.now();
      if (wait >= 1) {
        timer = setTimeout(look, wait);
        return;
      }
      doneAt = performance.now();
      waiting.shift()?.();
    }
  };
  return {
    put: (act: () => void): void => {
      waiting.push(act);
      if (!timer) look();
    },
    /** The gap may have become shorter. */
    look,
    /** All of it at once. */
    rush: (): void => {
      for (const act of waiting.splice(0)) act();
      doneAt = performance.now();
    },
    clear: (): void => {
      waiting.length = 0;
    },
  };
}
