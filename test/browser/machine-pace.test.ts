/** How often pages are shown on a machine that is short of time. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { type MachinePace, openLateness, openMachinePace } from "../../src/browser/live-view/machine-pace.js";

describe("the pace of a machine", () => {
  let pace: MachinePace;
  beforeEach(() => {
    pace = openMachinePace();
  });
  const frames = (lateMs: number, count: number): void => {
    for (let one = 0; one < count; one++) pace.note(lateMs);
  };

  test("is not changed by frames that come in time", () => {
    frames(8, 1_000);
    expect(pace.strain()).toBe(1);
  });

  test("is not changed by a single late frame", () => {
    frames(2, 20);
    pace.note(60);
    expect(pace.strain()).toBe(1);
  });

  test("falls by as much as frames are late, to two a second and no lower, and comes back", () => {
    frames(32, 100);
    expect(pace.strain()).toBeCloseTo(3, 2);
    frames(1_000, 100);
    expect(pace.strain()).toBe(6);
    expect(pace.lateMs()).toBeCloseTo(1_000, 0);
    frames(5, 100);
    expect(pace.strain()).toBe(1);
  });
});

describe("how late a frame is", () => {
  let clock = 0;
  const now = (): number => clock;
  beforeEach(() => {
    clock = 0;
  });

  test("is told from the quickest, whatever the browser's clock says", () => {
    const late = openLateness(now);
    expect(late(-3_600_000)).toBe(0);
    expect(late(-3_599_950)).toBe(50);
    expect(late(-3_600_010)).toBe(0);
    expect(late(-3_600_000)).toBe(10);
  });

  test("forgets a clock that was set anew within two half minutes", () => {
    const late = openLateness(now);
    late(0);
    clock += 1_000;
    expect(late(5_000)).toBe(5_000);
    clock += 30_000;
    expect(late(5_000)).toBe(5_000);
    clock += 31_000;
    expect(late(5_000)).toBe(0);
  });
});
