import { errorFacts, type Log } from "../kernel/log.js";

/** Something that is done again and again. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  /** Ends early when the signal is aborted; what it throws is logged, and the next time it is tried again. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export interface Loop {
  /** Waits for a run that is under way, and starts no other. */
  readonly close: () => Promise<void>;
}

/** Several gateways on one database must not all ask in the same moment. */
const JITTER = 0.2;

/** Runs the job now and then; never twice at once, however long it takes. */
export function startLoop(job: Job, log: Log): Loop {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const runOnce = async (): Promise<void> => {
    try {
      await job.run(stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted) log.error("job failed", { job: job.name, ...errorFacts(error) });
    }
    plan();
  };
  const plan = (): void => {
    if (stopping.signal.aborted) return;
    const inMs = job.everyMs * (1 + JITTER * (2 * Math.random() - 1));
    timer = setTimeout(() => {
      running = runOnce();
    }, inMs);
    timer.unref();
  };

  plan();
  return {
    close: async () => {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
