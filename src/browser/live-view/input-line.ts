/**
 * The order of a tab's input. Nothing waits for an answer, but what has to come after all that was done before: a paste that
 * looks at the focused field first, a key right after a click that moves the focus.
 */
import { orLate } from "../../kernel/patience.js";

export interface InputLine {
  /** Sent at once, when nothing before it is being waited for. */
  readonly send: (act: () => Promise<unknown>, kind: "pointer" | "key") => void;
  /** Runs when everything before it was answered (or `WAIT_MS` went by); what comes after waits for its end. */
  readonly step: (act: () => Promise<unknown>) => void;
  readonly close: () => void;
}

const WAIT_MS = 500;
const STEP_MS = 2_000;
/** A viewer that sends more than this while something hangs has its input dropped. */
const MAX_WAITING = 2_000;

export function openInputLine(): InputLine {
  const pointers = new Set<Promise<unknown>>();
  const keys = new Set<Promise<unknown>>();
  const gate = openGate();
  const track = (set: Set<Promise<unknown>>, act: () => Promise<unknown>): void => {
    const done: Promise<unknown> = act().catch(() => undefined);
    set.add(done);
    void done.finally(() => set.delete(done));
  };
  const send = (act: () => Promise<unknown>, kind: "pointer" | "key"): void => {
    if (kind === "key" && pointers.size > 0) gate.hold(within(Promise.all(pointers), WAIT_MS), () => track(keys, act));
    else track(kind === "key" ? keys : pointers, act);
  };
  const step = (act: () => Promise<unknown>): void => {
    const before = within(Promise.all([...pointers, ...keys]), WAIT_MS);
    const run = () =>
      within(
        act().catch(() => undefined),
        STEP_MS,
      );
    gate.hold(before.then(run));
  };
  return {
    send: (act, kind) => gate.pass(() => send(act, kind)),
    step: (act) => gate.pass(() => step(act)),
    close: gate.close,
  };
}

/** Lets pass in order; while it is held, what comes waits before it. */
function openGate() {
  const waiting: (() => void)[] = [];
  let isHeld = false;
  let isClosed = false;
  const release = (): void => {
    isHeld = false;
    while (!isHeld && !isClosed) {
      const next = waiting.shift();
      if (!next) return;
      next();
    }
  };
  return {
    pass: (go: () => void): void => {
      if (isClosed) return;
      if (!isHeld) go();
      else if (waiting.length < MAX_WAITING) waiting.push(go);
    },
    /** `first` passes before all that waits. */
    hold: (until: Promise<unknown>, first?: () => void): void => {
      if (first) waiting.unshift(first);
      isHeld = true;
      void until.finally(release);
    },
    close: (): void => {
      isClosed = true;
      waiting.length = 0;
    },
  };
}

/** Only the end of it matters. */
function within(work: Promise<unknown>, ms: number): Promise<unknown> {
  return orLate(work, ms, () => undefined);
}
