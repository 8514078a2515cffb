/** What the worker does for whoever knows its secret. */
import { setTimeout as wait } from "node:timers/promises";
import type { ContextStore } from "../context-store.js";
import { type ContextLease, LayerRefused, type Surroundings } from "../layer.js";
import type { BrowserProvider, HostedBrowser } from "../providers/provider.js";
import { openSealed } from "../sealed-context.js";
import type { Sessions } from "../sessions/sessions.js";
import { BrowserUnavailable } from "../unavailable.js";
import type { LentPages } from "./lent-pages.js";
import type { LeaseLine, WorkerInput, WorkerOperation } from "./wire.js";

export interface Rooms {
  readonly sessions: Sessions;
  readonly provider: BrowserProvider;
  readonly contexts: ContextStore;
  readonly pages: LentPages;
  /** Contexts that are out on a lease, by the id of their page. */
  readonly out: Map<string, ContextOut>;
  /** What ends a lease, by the id of its page. */
  readonly leases: Map<string, () => void>;
}

interface ContextOut {
  readonly hosted: HostedBrowser;
  readonly contextId: string;
  readonly generation: number;
  /** While it is being saved its slot must stay. */
  saving: Promise<unknown>;
}

/** One question. `key` is wiped by whoever asked. */
export interface Asked<O extends WorkerOperation> {
  readonly input: WorkerInput<O>;
  readonly key: Uint8Array | null;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** A lease lasts until `signal`, and this long at most. */
const LEASE_MS = 5 * 60_000;
const PAGE_CLOSE_MS = 5_000;
/** A browser is waited for so long before it is said that all are in use. */
const FREE_MS = 8_000;
const FREE_PAUSE_MS = 100;
const VIEWPORT = { width: 1280, height: 800 };

type Answers = {
  readonly [O in Exclude<WorkerOperation, LeaseOperation>]: (rooms: Rooms, asked: Asked<O>) => Promise<unknown>;
};
export type LeaseOperation = "leaseSessionPage" | "leaseContextPage";

export const ANSWERS: Answers = {
  openSession: ({ sessions }, { input, key, signal }) =>
    sessions.open({ ...input, context: input.context && lease(input.context, key) }, signal),
  renewLink: async ({ sessions }, { input }) => sessions.renewLink(input.sessionId),
  saveSession: ({ sessions }, { input, key, signal }) =>
    sessions.save(input.sessionId, lease(input.context, key), signal),
  resumeSession: async ({ sessions }, { input }) => sessions.resume(input.sessionId, input.notice),
  endSession: ({ sessions }, { input }) => sessions.end(input.sessionId, input.outcome, input.notice),
  deleteContext: ({ contexts }, { input }) => contexts.delete(input.contextId),
  holdsContext: ({ contexts }, { input }) => contexts.holds(input.contextId),
  ping: async ({ provider }) => ({ chromium: await provider.version(), ...provider.vacancy() }),
  page: ({ pages }, { input }) => pages.act(input),
  keep: keepContext,
  // That it is over, and nothing left of it, is told by the end of the lease's own answer.
  release: async ({ leases }, { input }) => leases.get(input.page)?.(),
};

type Leases = {
  readonly [O in LeaseOperation]: (rooms: Rooms, asked: Asked<O>, begun: (line: LeaseLine) => void) => Promise<void>;
};

/** They answer when the lease is over and nothing is left of it. */
export const LEASES: Leases = {
  leaseSessionPage: async (rooms, { input, signal }, begun) => {
    const { hosted, surroundings } = rooms.sessions.browserOf(input.sessionId);
    const page = await hosted.openUnseen();
    try {
      await lend(rooms, hosted, page, surroundings, signal, (id) =>
        begun({ page: id, url: page.url(), generation: 0 }),
      );
    } finally {
      await over(PAGE_CLOSE_MS, page.close());
    }
  },
  leaseContextPage: async (rooms, { input, key, signal }, begun) => {
    const context = lease(input.context, key);
    const hosted = await whenFree(() => openSealed(rooms, input.surroundings, context, VIEWPORT), signal);
    const { generation, page } = hosted;
    const out: ContextOut = { hosted, contextId: context.contextId, generation, saving: Promise.resolve() };
    try {
      key?.fill(0);
      await lend(rooms, hosted, page, input.surroundings, signal, (id) => {
        rooms.out.set(id, out);
        begun({ page: id, url: page.url(), generation });
      });
    } finally {
      await out.saving.catch(() => undefined);
      await hosted.end();
    }
  },
};

/** A login that was just saved is looked at next, and its own browser's slot may not be free yet, or not any more. */
async function whenFree<T>(open: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const until = Date.now() + FREE_MS; ; ) {
    try {
      return await open();
    } catch (error) {
      const isFull = error instanceof BrowserUnavailable && error.reason === "no-free-slot";
      if (!isFull || signal.aborted || Date.now() > until) throw error;
      await wait(FREE_PAUSE_MS, undefined, { signal });
    }
  }
}

async function lend(
  { pages, out, leases }: Rooms,
  hosted: HostedBrowser,
  page: HostedBrowser["page"],
  surroundings: Surroundings,
  signal: AbortSignal,
  begun: (id: string) => void,
): Promise<void> {
  signal.throwIfAborted();
  const id = pages.lend(page, surroundings);
  const released = new Promise<void>((resolve) => leases.set(id, resolve));
  try {
    begun(id);
    await over(LEASE_MS, Promise.race([hosted.closed, released]), signal);
  } finally {
    pages.takeBack(id);
    out.delete(id);
    leases.delete(id);
  }
}

/** The browser of a context's lease is shut, and what it holds becomes the next generation; another writer's is left alone. */
async function keepContext({ out, contexts }: Rooms, { input, key, signal }: Asked<"keep">): Promise<unknown> {
  const kept = out.get(input.page);
  if (!kept || !key) throw new LayerRefused("gone");
  out.delete(input.page);
  const { hosted, contextId, generation } = kept;
  const save = async (): Promise<unknown> => {
    const sealed = await hosted.save({ contextId, generation: generation + 1 }, key);
    signal.throwIfAborted();
    return { generation: await contexts.put(contextId, generation, sealed) };
  };
  kept.saving = save();
  return await kept.saving;
}

function lease(context: { contextId: string; generation: number }, key: Uint8Array | null): ContextLease {
  if (!key) throw new LayerRefused("rejected");
  return { ...context, key };
}

/** When `work` is done or fails, `signal` is aborted, or the time is over. */
async function over(ms: number, work: Promise<unknown>, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    work.then(end, end);
  });
}
