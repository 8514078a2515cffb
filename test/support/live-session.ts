/** A session for live-view tests: a Chromium of ours on the pages of `live-pages.ts`, with the timers and states of its caller. */
import type { BrowserContext, Page } from "playwright";
import type { LiveView, LiveViewServer, WatchedSession } from "../../src/browser/live-view/watched-session.js";
import type { Slot } from "../../src/browser/slot.js";
import { openEgressProxy } from "../../src/browser/workshop.js";
import type { Phase } from "../../src/web/live-view/protocol.js";
import { DESKTOP, openTestHost, type TestHost } from "../browser/browser-host.js";
import { type LivePages, openLivePages } from "./live-pages.js";

export interface LiveSession {
  readonly id: string;
  readonly view: LiveView;
  readonly session: WatchedSession;
  readonly pages: LivePages;
  readonly page: Page;
  readonly context: BrowserContext;
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

/**
 * A slot's number is its user, and letting go of a slot ends all that this user runs: tests that run beside each other, in
 * folders of their own, must not have the same one.
 */
async function claimOwn({ host }: TestHost): Promise<Slot> {
  const wanted = 20 + ((process.pid * 7 + count) % 100);
  for (;;) {
    const slot = await host.claim();
    if (slot.number >= wanted) return slot;
  }
}

/** Everything of it is closed by `close`, the pages too when they are its own. */
export async function openLiveSession(server: LiveViewServer, options: LiveSessionOptions = {}): Promise<LiveSession> {
  const pages = options.pages ?? (await openLivePages());
  const proxy = await openEgressProxy({ rules: { kind: "sandbox", origins: pages.origins } });
  const opened = await openTestHost(200);
  const slot = await claimOwn(opened);
  const running = await opened.host.start(slot, { ...DESKTOP, proxyUrl: proxy.url, trustedKey: proxy.trustedKey });
  const calls: string[] = [];
  const listeners = new Set<() => void>();
  let phase: Phase = "live";
  let notice: { code: string; text: string } | null = null;
  count += 1;
  const session: WatchedSession = {
    id: `bs_${String(count).padStart(32, "0")}`,
    occasion: { app: "Corner Shop App", store: "Loja Exemplo", purpose: "connect" },
    embedders: options.embedders ?? [],
    browser: () => running,
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
  const view = server.open(session);
  if (options.path !== undefined) await running.page.goto(`https://shop.example${options.path}`);
  return {
    id: session.id,
    view,
    session,
    pages,
    page: running.page,
    context: running.context,
    calls,
    turn: (next, said) => {
      phase = next;
      notice = said ?? null;
      for (const listener of listeners) listener();
    },
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
