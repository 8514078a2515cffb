/** How often pages are shown on a machine that is short of time. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { type MachinePace, openLateness, openMachinePace } from "../../src/browser/live-view/machine-pace.js";

let clock = 0;
const now = (): number => clock;

describe("the pace of a machine", () => {
  let pace: MachinePace;
  beforeEach(() => {
    clock = 0;
    pace = openMachinePace(now);
  });
  /** Twenty frames a second, for so long. */
  const frames = (lateMs: number, seconds: number): void => {
    for (let count = 0; count < seconds * 20; count++) {
      clock += 50;
      pace.note(lateMs);
    }
  };

  test("is not changed by frames that come in time", () => {
    frames(10, 60);
    expect(pace.strain()).toBe(1);
  });

  test("is not changed by a single late frame", () => {
    frames(5, 1);
    pace.note(200);
    frames(5, 1);
    expect(pace.strain()).toBe(1);
  });

  test("falls to two frames a second and no lower where all are late, and comes back", () => {
    frames(150, 10);
    expect(pace.strain()).toBe(6);
    expect(pace.lateMs()).toBeCloseTo(150, 0);
    frames(5, 3);
    expect(pace.strain()).toBeGreaterThan(1);
    frames(5, 30);
    expect(pace.strain()).toBe(1);
  });

  test("stays where frames are neither early nor late", () => {
    frames(150, 1);
    const strain = pace.strain();
    frames(22, 1);
    const settled = pace.strain();
    expect(settled).toBeGreaterThanOrEqual(strain);
    frames(22, 60);
    expect(pace.strain()).toBe(settled);
  });
});

describe("how late a frame is", () => {
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
