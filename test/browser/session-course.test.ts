import { describe, expect, test } from "@jest/globals";
import {
  beginCourse,
  type Course,
  deadlineOf,
  idleEnd,
  nextWake,
  resume,
  startChecking,
} from "../../src/browser/sessions/course.js";
import { SESSION_LIMITS } from "../../src/browser/sessions/limits.js";

const L = SESSION_LIMITS;
const MINUTE = 60_000;
const T = 1_000_000;

const live = (over: Partial<Course> = {}): Course => ({
  ...beginCourse(T, L),
  phase: "live",
  linkEndsAt: null,
  detachedSince: null,
  ...over,
});

describe("the course of a session", () => {
  test("begins with a link of ten minutes, of twenty in all", () => {
    const course = beginCourse(T, L);
    expect(deadlineOf(course, L)).toEqual({ at: T + 10 * MINUTE, means: "expire" });
    expect(course.expiresAt).toBe(T + 20 * MINUTE);
    expect(deadlineOf(beginCourse(T, { ...L, capMs: MINUTE }), L)?.at).toBe(T + MINUTE);
  });

  test("ends five minutes after the last thing done, with a minute's warning", () => {
    const course = live({ lastActiveAt: T + MINUTE });
    expect(deadlineOf(course, L)).toEqual({ at: T + 6 * MINUTE, means: "expire" });
    expect(idleEnd(course, L, T + 5 * MINUTE - 1)).toBeNull();
    expect(idleEnd(course, L, T + 5 * MINUTE)).toBe(T + 6 * MINUTE);
    // The clock is set for the warning first, for the end then.
    expect(nextWake(course, L, T + MINUTE)).toBe(T + 5 * MINUTE);
    expect(nextWake(course, L, T + 5 * MINUTE)).toBe(T + 6 * MINUTE);
  });

  test("ends ninety seconds after nobody looks any more, and at the cap whatever is done", () => {
    expect(deadlineOf(live({ detachedSince: T + 5_000 }), L)?.at).toBe(T + 95_000);
    const late = live({ lastActiveAt: T + 19 * MINUTE });
    expect(deadlineOf(late, L)?.at).toBe(T + 20 * MINUTE);
    expect(deadlineOf({ ...late, expiresAt: T + 30 * MINUTE }, L)?.at).toBe(T + 24 * MINUTE);
  });

  test("while it is checked no other clock runs; too long, and the shopper goes on with fresh time", () => {
    const course = live({ detachedSince: T });
    startChecking(course, T + 80_000);
    expect(deadlineOf(course, L)).toEqual({ at: T + 80_000 + L.checkingMs, means: "resume" });
    resume(course, T + 19 * MINUTE);
    expect([course.phase, course.checkingSince]).toEqual(["live", null]);
    expect(deadlineOf(course, L)?.at).toBe(T + 20 * MINUTE);
    expect(course.detachedSince).toBe(T + 19 * MINUTE);
  });

  test("a browser that was shut, and nobody says what came of it, has failed", () => {
    const course = live({ shut: "saving" });
    startChecking(course, T);
    expect([deadlineOf(course, L), nextWake(course, L, T)]).toEqual([null, null]);
    course.shut = "saved";
    expect(deadlineOf(course, L)).toEqual({ at: T + L.shutMs, means: "fail" });
  });

  test("what is over stays over", () => {
    for (const phase of ["connected", "cancelled", "expired", "failed"] as const) {
      expect([deadlineOf(live({ phase }), L), nextWake(live({ phase }), L, T)]).toEqual([null, null]);
    }
  });
});
