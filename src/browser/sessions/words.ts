/** The last word of each session, kept for whoever listens again after a silence. */
import type { SessionEvent } from "../layer.js";

export interface Words {
  readonly say: (event: SessionEvent) => void;
  /** Somebody knows already: it need not be said again. */
  readonly forget: (sessionId: string) => void;
  /** Every last word, and each new one from now on; answers what ends it. */
  readonly listen: (hear: (event: SessionEvent) => void) => () => void;
}

const KEPT_MS = 60 * 60_000;
const KEPT_MOST = 5_000;

export function openWords(): Words {
  const last = new Map<string, { event: SessionEvent; at: number }>();
  const listeners = new Set<(event: SessionEvent) => void>();
  const prune = (): void => {
    // In the order in which they were said: the first is the oldest.
    for (const [id, { at }] of last) {
      if (last.size <= KEPT_MOST && Date.now() - at < KEPT_MS) break;
      last.delete(id);
    }
  };
  return {
    say: (event) => {
      last.delete(event.sessionId);
      last.set(event.sessionId, { event, at: Date.now() });
      prune();
      for (const hear of listeners) hear(event);
    },
    forget: (sessionId) => void last.delete(sessionId),
    listen: (hear) => {
      for (const { event } of last.values()) hear(event);
      listeners.add(hear);
      return () => void listeners.delete(hear);
    },
  };
}
