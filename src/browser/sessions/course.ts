/** The course of a session as plain facts: which phase, since when, until when. No browser and no timer in here. */
import type { Phase } from "../../web/live-view/protocol.js";
import type { SessionLimits } from "./limits.js";

/** Times are milliseconds of the epoch; null: not so. */
export interface Course {
  phase: Phase;
  /** Null once the link was opened. */
  linkEndsAt: number | null;
  expiresAt: number;
  extended: boolean;
  lastActiveAt: number;
  /** Since when nobody looks; null while somebody does. */
  detachedSince: number | null;
  checkingSince: number | null;
  /** The browser is being saved, which ends by itself, or was; null: it is open. */
  shut: "saving" | "saved" | null;
}

export function beginCourse(now: number, limits: SessionLimits): Course {
  return {
    phase: "starting",
    linkEndsAt: now + Math.min(limits.linkMs, limits.capMs),
    expiresAt: now + limits.capMs,
    extended: false,
    lastActiveAt: now,
    detachedSince: now,
    checkingSince: null,
    shut: null,
  };
}

export const isOver = ({ phase }: Course): boolean => phase !== "starting" && phase !== "live" && phase !== "checking";

/** What happens at the end of the time that is running: it is over, the shopper goes on, or nobody knows. */
export interface Deadline {
  readonly at: number;
  readonly means: "expire" | "resume" | "fail";
}

export function deadlineOf(course: Course, limits: SessionLimits): Deadline | null {
  if (isOver(course) || course.shut === "saving") return null;
  if (course.checkingSince !== null) {
    return course.shut
      ? { at: course.checkingSince + limits.shutMs, means: "fail" }
      : { at: course.checkingSince + limits.checkingMs, means: "resume" };
  }
  const ends = [course.expiresAt];
  if (course.linkEndsAt !== null) ends.push(course.linkEndsAt);
  else {
    ends.push(course.lastActiveAt + limits.idleMs);
    if (course.detachedSince !== null) ends.push(course.detachedSince + limits.detachedMs);
  }
  return { at: Math.min(...ends), means: "expire" };
}

/** When idleness ends the session, from the moment on that the shopper is warned; null while there is time. */
export function idleEnd(course: Course, limits: SessionLimits, now: number): number | null {
  if (course.phase !== "live") return null;
  const end = course.lastActiveAt + limits.idleMs;
  return now >= end - limits.idleWarningMs ? end : null;
}

/** The next moment at which something is to be done or said. */
export function nextWake(course: Course, limits: SessionLimits, now: number): number | null {
  const deadline = deadlineOf(course, limits);
  if (deadline === null) return null;
  const warning = course.lastActiveAt + limits.idleMs - limits.idleWarningMs;
  return course.phase === "live" && warning > now ? Math.min(deadline.at, warning) : deadline.at;
}

export function startChecking(course: Course, now: number): void {
  course.phase = "checking";
  course.checkingSince = now;
}

/** Back to the shopper, who gets the time that the checking took. */
export function resume(course: Course, now: number): void {
  course.phase = course.linkEndsAt === null ? "live" : "starting";
  course.checkingSince = null;
  course.lastActiveAt = now;
  if (course.detachedSince !== null) course.detachedSince = now;
}
