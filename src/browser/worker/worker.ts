/** A browser worker: sessions, their live view, kept contexts, and the door through which a gateway asks for them. */
import type { Log } from "../../kernel/log.js";
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
      await door.close();
      await sessions.close();
      await liveView.close();
      await provider.close();
    },
  };
}
