/** A browser worker: sessions, their live view, kept contexts, and the door through which a gateway asks for them. */
import { errorFacts, type Log } from "../../kernel/log.js";
import type { ContextStore } from "../context-store.js";
import type { LiveViewServer } from "../live-view/watched-session.js";
import type { BrowserProvider } from "../providers/provider.js";
import { SESSION_LIMITS, type SessionLimits } from "../sessions/limits.js";
import { openSessions } from "../sessions/sessions.js";
import { openWords } from "../sessions/words.js";
import { openWorkerApi } from "./api.js";
import { openLentPages } from "./lent-pages.js";
import type { Rooms } from "./operations.js";

export interface WorkerOptions {
  /** Part of every session's id; see `SessionsOptions`. */
  readonly name: string;
  readonly provider: BrowserProvider;
  readonly contexts: ContextStore;
  readonly liveView: LiveViewServer;
  readonly limits?: Partial<SessionLimits>;
  /** Contexts that nobody used for so long are deleted; null: never. */
  readonly unusedContextMs?: number | null;
  /** Where the gateway reaches it. The secret has at least 32 characters. */
  readonly api: { readonly host: string; readonly port: number; readonly secret: string };
  readonly log: Log;
}

export interface Worker {
  /** `http://host:port` of the API. */
  readonly url: string;
  readonly liveViewOrigin: string;
  /** Ends every session, closes what it was given. */
  readonly close: () => Promise<void>;
}

const NAME = /^[a-z0-9-]{1,24}$/;

export async function openWorker(options: WorkerOptions): Promise<Worker> {
  const { name, provider, contexts, liveView, api, log } = options;
  if (!NAME.test(name)) throw new RangeError("A worker's name has 1 to 24 letters a to z, digits and hyphens.");
  const stopSweep = options.unusedContextMs ? sweepAtTimes(contexts, options.unusedContextMs, log) : () => undefined;
  const words = openWords();
  const limits = { ...SESSION_LIMITS, ...options.limits };
  const sessions = openSessions({ worker: name, provider, contexts, liveView, limits, words, log });
  const rooms: Rooms = { sessions, provider, contexts, pages: openLentPages(), out: new Map(), leases: new Map() };
  const door = await openWorkerApi({ rooms, words, log, ...api });
  const host = api.host.includes(":") ? `[${api.host}]` : api.host;
  return {
    url: `http://${host}:${door.port}`,
    liveViewOrigin: liveView.origin,
    close: async () => {
      stopSweep();
      await door.close();
      await sessions.close();
      await liveView.close();
      await provider.close();
    },
  };
}

const SWEEP_EVERY_MS = 6 * 60 * 60_000;

/** Now, and every few hours. A context in use is read at least as often as its login is verified. */
function sweepAtTimes(contexts: ContextStore, unusedMs: number, log: Log): () => void {
  const sweep = async (): Promise<void> => {
    const count = await contexts.sweep(unusedMs);
    if (count > 0) log.info("browser contexts that nobody used were deleted", { count });
  };
  const safely = () =>
    void sweep().catch((error: unknown) => log.error("browser contexts not swept", errorFacts(error)));
  const timer = setInterval(safely, SWEEP_EVERY_MS);
  timer.unref();
  safely();
  return () => clearInterval(timer);
}
