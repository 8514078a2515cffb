/** A session for live-view tests: a Chromium of ours on the pages of `live-pages.ts`, with the timers and states of its caller. */
import type { BrowserContext, Page } from "playwright";
import type { LiveView, LiveViewServer, WatchedSession } from "../../src/browser/live-view/watched-session.js";
import { openEgressProxy } from "../../src/browser/workshop.js";
import type { Phase } from "../../src/web/live-view/protocol.js";
import { DESKTOP, openTestHost } from "../browser/browser-host.js";
import { type LivePages, openLivePages } from "./live-pages.js";

export interface LiveSession {
  readonly id: string;
  readonly view: LiveView;
  readonly session: WatchedSession;
  readonly pages: LivePages;
  readonly page: Page;
  readonly context: BrowserContext;
  /** Of its Chromium. */
  readonly version: string;
  /** Whose processes it is; null where it is our own. */
  readonly uid: number | null;
  /** What the live view called of the session, in order. */
  readonly calls: string[];
  readonly turn: (phase: Phase, notice?: { code: string; text: string }) => void;
  readonly close: () => Promise<void>;
}

export interface LiveSessionOptions {
  /** Where `shop.example` opens; https. */
  readonly path?: string;
  readonly embedders?: readonly string[];
  readonly pages?: LivePages;
}

let count = 0;

/** A session without a browser, for what happens at the door. */
export function openEmptySession(server: LiveViewServer, options: Pick<LiveSessionOptions, "embedders"> = {}) {
  const { session, calls, turn } = describeSession(() => null, options);
  return { session, calls, turn, view: server.open(session) };
}

function describeSession(browser: WatchedSession["browser"], options: Pick<LiveSessionOptions, "embedders">) {
  const calls: string[] = [];
  const listeners = new Set<() => void>();
  let phase: Phase = "live";
  let notice: { code: string; text: string } | null = null;
  count += 1;
  const session: WatchedSession = {
    id: `bs_${String(count).padStart(32, "0")}`,
    occasion: { app: "Corner Shop App", store: "Loja Exemplo", purpose: "connect" },
    embedders: options.embedders ?? [],
    browser,
    isUnseen: (page) => page.url().startsWith("about:blank#unseen"),
    state: () => ({ phase, expiresAt: new Date(Date.now() + 20 * 60_000), extendable: true, idleEndsAt: null, notice }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    claimed: () => void calls.push("claimed"),
    attached: (isThere) => void calls.push(isThere ? "attached" : "detached"),
    active: () => void (calls.at(-1) === "active" || calls.push("active")),
    extend: () => void calls.push("extend"),
    done: () => void calls.push("done"),
    cancel: () => void calls.push("cancel"),
  };
  const turn = (next: Phase, said?: { code: string; text: string }): void => {
    phase = next;
    notice = said ?? null;
    for (const listener of listeners) listener();
  };
  return { session, calls, turn };
}

/** Everything of it is closed by `close`, the pages too when they are its own. */
export async function openLiveSession(server: LiveViewServer, options: LiveSessionOptions = {}): Promise<LiveSession> {
  const pages = options.pages ?? (await openLivePages());
  const proxy = await openEgressProxy({ rules: { kind: "sandbox", origins: pages.origins } });
  const opened = await openTestHost(1);
  const slot = await opened.host.claim();
  const running = await opened.host.start(slot, { ...DESKTOP, proxyUrl: proxy.url, trustedKey: proxy.trustedKey });
  const { session, calls, turn } = describeSession(() => running, options);
  const view = server.open(session);
  if (options.path !== undefined) await running.page.goto(`https://shop.example${options.path}`);
  return {
    id: session.id,
    view,
    session,
    pages,
    page: running.page,
    context: running.context,
    version: running.version,
    uid: slot.uid,
    calls,
    turn,
    close: async () => {
      view.close();
      await slot.release();
      await running.closed;
      await proxy.close();
      await opened.close();
      if (!options.pages) await pages.close();
    },
  };
}
