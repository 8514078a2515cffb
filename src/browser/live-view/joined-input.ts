/** Input that comes faster than a page takes it: what has not been sent yet is joined with what is new. */
import type { InputLine } from "./input-line.js";

/** No more moves than 25 a second, and none while the one before is not through. */
const MOVE_MS = 40;
/** What is not through by then is waited for no longer. */
const PATIENCE_MS = 1_000;

/** Runs the newest of what it is given: at most one at a time, at most one per `MOVE_MS`. */
export function openNewest(line: InputLine) {
  let pending: (() => Promise<unknown>) | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isUnderWay = false;
  let nextAt = 0;
  const go = (): void => {
    timer = undefined;
    if (!pending || isUnderWay) return;
    const wait = nextAt - performance.now();
    if (wait > 0) {
      timer = setTimeout(go, wait);
      return;
    }
    const act = pending;
    pending = null;
    isUnderWay = true;
    nextAt = performance.now() + MOVE_MS;
    void through(line, act).finally(() => {
      isUnderWay = false;
      if (pending && !timer) go();
    });
  };
  return {
    put: (act: () => Promise<unknown>): void => {
      pending = act;
      if (!timer) go();
    },
    /** What waits is out of date: something newer takes its place. */
    drop: (): void => {
      pending = null;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** Turns of the wheel add up while the one before is not through. */
export function openWheel(line: InputLine, dispatch: (parameters: object) => Promise<unknown>) {
  let sum: { x: number; y: number; deltaX: number; deltaY: number } | null = null;
  let isUnderWay = false;
  const go = (): void => {
    if (!sum || isUnderWay) return;
    const turn = sum;
    sum = null;
    isUnderWay = true;
    void through(line, () => dispatch({ type: "mouseWheel", ...turn })).finally(() => {
      isUnderWay = false;
      go();
    });
  };
  return {
    turn: (x: number, y: number, dx: number, dy: number): void => {
      sum = { x, y, deltaX: (sum?.deltaX ?? 0) + dx, deltaY: (sum?.deltaY ?? 0) + dy };
      go();
    },
  };
}

/** Resolves when it was sent in its turn and answered. */
function through(line: InputLine, act: () => Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    line.send(() => act().finally(resolve), "pointer");
    setTimeout(resolve, PATIENCE_MS).unref();
  });
}
