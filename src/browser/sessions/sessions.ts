/** The live sessions of a worker. */
import { randomBytes } from "node:crypto";
import type { Log } from "../../kernel/log.js";
import { isAllowedAddress } from "../allowed-address.js";
import type { ContextStore } from "../context-store.js";
import {
  type ContextLease,
  LayerRefused,
  type OpenedSession,
  type SessionOutcome,
  type SessionRequest,
  type Surroundings,
} from "../layer.js";
import type { LiveViewServer } from "../live-view/watched-session.js";
import type { BrowserProvider, HostedBrowser } from "../providers/provider.js";
import { openSealed } from "../sealed-context.js";
import { beginCourse, isOver } from "./course.js";
import type { SessionLimits } from "./limits.js";
import { attend, changed, end, goOn, type Session, shut, wasShut, watchedSession } from "./session.js";
import type { Words } from "./words.js";

export interface SessionsOptions {
  /** Part of every session's id: `a`–`z`, digits, hyphens. */
  readonly worker: string;
  readonly provider: BrowserProvider;
  readonly contexts: ContextStore;
  readonly liveView: LiveViewServer;
  readonly limits: SessionLimits;
  readonly words: Words;
  readonly log: Log;
}

/** As `BrowserLayer` says, of one worker. Everything throws LayerRefused, or what `refusalOf` knows. */
export interface Sessions {
  readonly open: (request: SessionRequest, signal: AbortSignal) => Promise<OpenedSession>;
  readonly renewLink: (sessionId: string) => Pick<OpenedSession, "liveViewUrl" | "linkExpiresAt">;
  /** The browser of a session, for the gateway's own pages. Throws `gone`. */
  readonly browserOf: (sessionId: string) => { readonly hosted: HostedBrowser; readonly surroundings: Surroundings };
  readonly save: (sessionId: string, context: ContextLease, signal: AbortSignal) => Promise<number>;
  readonly resume: (sessionId: string, notice: { code: string; text: string }) => void;
  readonly end: (sessionId: string, outcome: SessionOutcome, notice?: { code: string; text: string }) => Promise<void>;
  /** Ids of those that are not over. */
  readonly living: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** The live view makes it what the shopper's screen is. */
const FIRST_VIEWPORT = { width: 1280, height: 800 };

export function openSessions(options: SessionsOptions): Sessions {
  const all = new Map<string, Session>();
  const going = (sessionId: string): Session => {
    const session = all.get(sessionId);
    if (!session || isOver(session.course)) throw new LayerRefused("gone");
    return session;
  };
  const driven = (sessionId: string): { session: Session; hosted: HostedBrowser } => {
    const session = going(sessionId);
    if (!session.hosted) throw new LayerRefused("gone");
    return { session, hosted: session.hosted };
  };
  return {
    open: async (request, signal) => {
      const session = await openSession(options, request, signal, () => all.delete(session.id));
      all.set(session.id, session);
      return opened(session);
    },
    renewLink: (sessionId) => {
      const { session } = driven(sessionId);
      const { course } = session;
      course.linkEndsAt = Math.min(course.expiresAt, Date.now() + options.limits.linkMs);
      if (course.phase === "live") course.phase = "starting";
      const link = mintLink(session);
      changed(session);
      return link;
    },
    browserOf: (sessionId) => {
      const { session, hosted } = driven(sessionId);
      return { hosted, surroundings: session.request.surroundings };
    },
    save: (sessionId, context, signal) => saveSession(options, going(sessionId), context, signal),
    resume: (sessionId, notice) => goOn(driven(sessionId).session, notice),
    end: async (sessionId, outcome, notice) => {
      options.words.forget(sessionId);
      const session = all.get(sessionId);
      if (!session) return;
      await end(session, outcome, notice ?? null);
      options.log.info("session ended", { sessionId, status: outcome });
    },
    living: () => [...all.values()].filter(({ course }) => !isOver(course)).map(({ id }) => id),
    close: async () => {
      await Promise.all([...all.values()].map((session) => end(session, "failed")));
    },
  };
}

async function openSession(
  options: SessionsOptions,
  request: SessionRequest,
  signal: AbortSignal,
  onGone: () => void,
): Promise<Session> {
  if (!isAllowedAddress(request.surroundings, request.startUrl)) throw new LayerRefused("forbidden-address");
  const hosted = await openSealed(options, request.surroundings, request.context, FIRST_VIEWPORT);
  try {
    signal.throwIfAborted();
    const session = makeSession(options, request, hosted, onGone);
    attend(session, hosted);
    session.view = options.liveView.open(watchedSession(session));
    changed(session);
    // Whether the store answers is for the shopper to see.
    hosted.page.goto(request.startUrl, { waitUntil: "commit" }).catch(() => undefined);
    options.log.info("session opened", { sessionId: session.id });
    return session;
  } catch (error) {
    await hosted.end();
    throw error;
  }
}

function makeSession(
  { worker, limits, words, log }: SessionsOptions,
  request: SessionRequest,
  hosted: HostedBrowser,
  onGone: () => void,
): Session {
  const id = `bs_${worker}_${randomBytes(16).toString("hex")}`;
  const { surroundings, startUrl, occasion, looksDone, embedders } = request;
  return {
    id,
    request: { surroundings, startUrl, occasion, looksDone, embedders },
    limits,
    course: beginCourse(Date.now(), limits),
    hosted,
    shutting: null,
    view: null,
    notice: null,
    viewers: 0,
    untouched: true,
    saved: null,
    listeners: new Set(),
    timer: null,
    stopDoneWatch: () => undefined,
    say: (kind) => {
      log.info("session", { sessionId: id, status: kind });
      words.say({ sessionId: id, kind });
    },
    unsay: () => words.forget(id),
    onGone,
  };
}

function opened(session: Session): OpenedSession {
  return { sessionId: session.id, ...mintLink(session), expiresAt: new Date(session.course.expiresAt) };
}

function mintLink({ view, course }: Session): Pick<OpenedSession, "liveViewUrl" | "linkExpiresAt"> {
  if (!view) throw new LayerRefused("gone");
  const linkExpiresAt = new Date(course.linkEndsAt ?? course.expiresAt);
  return { liveViewUrl: view.mintLink(linkExpiresAt), linkExpiresAt };
}

async function saveSession(
  { contexts, log }: SessionsOptions,
  session: Session,
  { contextId, generation, key }: ContextLease,
  signal: AbortSignal,
): Promise<number> {
  const { hosted, saved } = session;
  // Asked again by somebody who did not hear the answer.
  if (saved?.contextId === contextId && saved.generation === generation + 1) return saved.generation;
  if (!hosted) throw new LayerRefused("gone");
  signal.throwIfAborted();
  shut(session);
  try {
    // From here on there is no other copy: it goes on though whoever asked may have died.
    const sealed = await hosted.save({ contextId, generation: generation + 1 }, key);
    const written = await contexts.put(contextId, generation, sealed);
    session.saved = { contextId, generation: written };
    log.info("session saved", { sessionId: session.id, bytes: sealed.length });
    return written;
  } catch (error) {
    // It was ended in the middle: whatever that did to the browser is no news.
    throw isOver(session.course) ? new LayerRefused("gone") : error;
  } finally {
    await hosted.end();
    wasShut(session);
  }
}
