/** Hears what becomes of sessions, from every worker, and tells it until it is taken. */
import { setTimeout as wait } from "node:timers/promises";
import { errorFacts, type Log } from "../../kernel/log.js";
import type { SessionEvent } from "../layer.js";
import type { WatchLine } from "../worker/wire.js";
import type { Transport } from "./transport.js";
import { addressOf, type KnownWorker } from "./workers.js";

export interface WatchOptions {
  readonly workers: readonly KnownWorker[];
  readonly transport: Transport;
  readonly listener: (event: SessionEvent) => Promise<void>;
  /** Sessions that were opened here and whose end was not heard, of one worker. */
  readonly openOf: (worker: KnownWorker) => readonly string[];
  readonly log: Log;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Answers what ends it. */
export function startWatch(options: WatchOptions): () => void {
  const end = new AbortController();
  const tell = teller(options, end.signal);
  for (const worker of options.workers) void watchWorker(options, worker, tell, end.signal);
  return () => end.abort();
}

async function watchWorker(
  { transport, openOf }: WatchOptions,
  worker: KnownWorker,
  tell: (event: SessionEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    // Opened before the worker was asked what lives there: the worker must know it.
    const open = openOf(worker);
    const heard = new Set<string>();
    const hear = (line: WatchLine): void => {
      pause = FIRST_PAUSE_MS;
      if ("event" in line) {
        heard.add(line.event.sessionId);
        tell(line.event);
      } else if ("living" in line) {
        const living = new Set(line.living);
        // Its worker was another process, and has taken it along.
        const lost = open.filter((id) => !living.has(id) && !heard.has(id) && openOf(worker).includes(id));
        for (const sessionId of lost) tell({ sessionId, kind: "failed" });
      }
    };
    // Away, restarted, or silent: it is asked again.
    await addressOf(worker, signal)
      .then((to) => transport.watch(to, hear, signal))
      .catch(() => undefined);
    await wait(pause, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** Of one session only the last word counts, one at a time; a listener that throws hears it again. */
function teller({ listener, log }: WatchOptions, signal: AbortSignal): (event: SessionEvent) => void {
  const waiting = new Map<string, SessionEvent>();
  const told = new Set<string>();
  const tellAll = async (sessionId: string): Promise<void> => {
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; ) {
      const event = waiting.get(sessionId);
      if (!event) return;
      try {
        await listener(event);
        if (waiting.get(sessionId) === event) waiting.delete(sessionId);
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        log.warn("a session's end was not taken", { sessionId, ...errorFacts(error) });
        await wait(pause, undefined, { signal, ref: false }).catch(() => undefined);
        pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
      }
    }
  };
  return (event) => {
    waiting.set(event.sessionId, event);
    if (told.has(event.sessionId)) return;
    told.add(event.sessionId);
    void tellAll(event.sessionId).finally(() => told.delete(event.sessionId));
  };
}
