/** One live session: a browser, its viewer, and what happens to them in which order. */

import { isAllowedAddress } from "../allowed-address.js";
import type { SessionEvent, SessionOutcome, SessionRequest } from "../layer.js";
import type { LiveView, WatchedSession } from "../live-view/watched-session.js";
import type { HostedBrowser } from "../providers/provider.js";
import { type Course, deadlineOf, idleEnd, isOver, nextWake, resume, startChecking } from "./course.js";
import { watchDone } from "./done-watch.js";
import type { SessionLimits } from "./limits.js";

export interface Session {
  readonly id: string;
  readonly request: Pick<SessionRequest, "surroundings" | "startUrl" | "occasion" | "looksDone" | "embedders">;
  readonly limits: SessionLimits;
  readonly course: Course;
  /** Null after it was shut. */
  hosted: HostedBrowser | null;
  /** While it is being saved. */
  shutting: HostedBrowser | null;
  view: LiveView | null;
  notice: { readonly code: string; readonly text: string } | null;
  viewers: number;
  /** Nobody has looked yet. */
  untouched: boolean;
  /** Where it was kept, so that asking twice is answered twice. */
  saved: { readonly contextId: string; readonly generation: number } | null;
  readonly listeners: Set<() => void>;
  timer: NodeJS.Timeout | null;
  stopDoneWatch: () => void;
  readonly say: (kind: SessionEvent["kind"]) => void;
  /** The last word was taken back: it is being gone on with. */
  readonly unsay: () => void;
  /** Once, when it is over and nothing of it is left. */
  readonly onGone: () => void;
}

/** Something changed: tells the viewer, and sets the clock for what comes next. */
export function changed(session: Session): void {
  if (session.timer) clearTimeout(session.timer);
  const wake = nextWake(session.course, session.limits, Date.now());
  session.timer = wake === null ? null : setTimeout(() => wakeUp(session), Math.max(0, wake - Date.now()) + 1);
  for (const listener of session.listeners) listener();
}

function wakeUp(session: Session): void {
  const deadline = deadlineOf(session.course, session.limits);
  if (deadline === null) return;
  if (Date.now() < deadline.at) return void changed(session);
  if (deadline.means === "resume") return void goOn(session, CHECK_TIMED_OUT);
  finish(session, deadline.means === "expire" ? "expired" : "failed");
}

const CHECK_TIMED_OUT = { code: "CHECK_TIMED_OUT", text: "Checking took too long. Please try again." };

/** The shopper, the time or an accident ends it, and whoever looks after it is told. */
function finish(session: Session, outcome: "cancelled" | "expired" | "failed"): void {
  if (isOver(session.course)) return;
  session.say(outcome);
  void end(session, outcome);
}

/** Nothing is left of it afterwards. `notice`: why, for whoever still looks. */
export async function end(session: Session, outcome: SessionOutcome, notice: Session["notice"] = null): Promise<void> {
  if (!isOver(session.course)) {
    session.course.phase = outcome;
    session.notice = notice;
    session.stopDoneWatch();
    changed(session);
    session.view?.close();
  }
  const hosted = session.hosted ?? session.shutting;
  session.hosted = null;
  await hosted?.end();
  session.onGone();
}

/** Says so once, until the shopper goes on. */
function check(session: Session): void {
  if (isOver(session.course) || session.course.checkingSince !== null) return;
  session.notice = null;
  startChecking(session.course, Date.now());
  session.say("done");
  changed(session);
}

/** The browser is closed from here on: it is being saved. */
export function shut(session: Session): void {
  session.stopDoneWatch();
  startChecking(session.course, Date.now());
  session.course.shut = "saving";
  session.shutting = session.hosted;
  session.hosted = null;
  changed(session);
}

/** Saved or not: somebody has to say what came of it. */
export function wasShut(session: Session): void {
  session.shutting = null;
  if (isOver(session.course)) return;
  session.course.shut = "saved";
  session.course.checkingSince = Date.now();
  changed(session);
}

export function goOn(session: Session, notice: Session["notice"]): void {
  session.notice = notice;
  resume(session.course, Date.now());
  session.unsay();
  changed(session);
}

/** Its browser is there: from here on it is looked after. */
export function attend(session: Session, hosted: HostedBrowser): void {
  void hosted.closed.then(() => {
    if (session.hosted === hosted) finish(session, "failed");
  });
  const { looksDone, surroundings } = session.request;
  if (looksDone === null) return;
  session.stopDoneWatch = watchDone({
    hosted,
    looksDone,
    isAllowed: (url) => isAllowedAddress(surroundings, url),
    isOn: () => session.course.phase === "live" && session.viewers > 0,
    onDone: () => check(session),
  });
}

/** What the live view sees of it, and may do to it. */
export function watchedSession(session: Session): WatchedSession {
  const { course, limits } = session;
  const going = (act: () => void) => () => {
    if (!isOver(course)) act();
  };
  return {
    id: session.id,
    occasion: session.request.occasion,
    embedders: session.request.embedders,
    browser: () => session.hosted,
    isUnseen: (page) => session.hosted?.isUnseen(page) ?? true,
    state: () => {
      const idleEndsAt = idleEnd(course, limits, Date.now());
      return {
        phase: course.phase,
        expiresAt: new Date(course.expiresAt),
        extendable: !course.extended && !isOver(course),
        idleEndsAt: idleEndsAt === null ? null : new Date(idleEndsAt),
        notice: session.notice,
      };
    },
    onChange: (listener) => {
      session.listeners.add(listener);
      return () => void session.listeners.delete(listener);
    },
    claimed: going(() => claim(session)),
    attached: (isThere) => attach(session, isThere),
    active: going(() => touch(session)),
    extend: going(() => extend(session)),
    done: going(() => {
      if (course.phase === "live") check(session);
    }),
    cancel: going(() => finish(session, "cancelled")),
  };
}

function claim(session: Session): void {
  const { course, hosted, request, limits } = session;
  const isStale = session.untouched && Date.now() - course.lastActiveAt >= limits.staleMs;
  session.untouched = false;
  if (isStale) hosted?.page.goto(request.startUrl, { waitUntil: "commit" }).catch(() => undefined);
  course.linkEndsAt = null;
  course.lastActiveAt = Date.now();
  course.detachedSince = session.viewers > 0 ? null : Date.now();
  if (course.phase === "starting") course.phase = "live";
  if (course.phase === "live") session.say("opened");
  changed(session);
}

function attach(session: Session, isThere: boolean): void {
  session.viewers = Math.max(0, session.viewers + (isThere ? 1 : -1));
  session.course.detachedSince = session.viewers > 0 ? null : Date.now();
  if (isThere) session.course.lastActiveAt = Date.now();
  if (!isOver(session.course)) changed(session);
}

/** Called for every key: nothing is told but the end of a warning, and the clock finds out by itself. */
function touch(session: Session): void {
  const now = Date.now();
  const wasWarned = idleEnd(session.course, session.limits, now) !== null;
  session.course.lastActiveAt = now;
  if (wasWarned || session.notice) {
    session.notice = null;
    changed(session);
  }
}

function extend(session: Session): void {
  const { course, limits } = session;
  if (course.extended) return;
  course.extended = true;
  course.expiresAt += limits.extensionMs;
  course.lastActiveAt = Date.now();
  changed(session);
}
