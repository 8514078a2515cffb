/** How fast a viewer is read. */
import { describe, expect, test } from "@jest/globals";
import { openBudget, openHoldUp } from "../../src/browser/live-view/reading-pace.js";

describe("a budget", () => {
  test("lets a burst pass, then tells how long to wait, and forgives with time", () => {
    let now = 0;
    const count = openBudget({ perSecond: 100, burst: 50 }, () => now);
    expect(Array.from({ length: 50 }, () => count(1)).every((wait) => wait === 0)).toBe(true);
    expect(count(1)).toBe(10);
    expect(count(1)).toBe(20);
    now = 20;
    expect(count(0)).toBe(0);
    expect(count(1)).toBe(10);
    now = 60_000;
    expect(count(50)).toBe(0);
    expect(count(1)).toBe(10);
  });

  test("one that owes much waits for as long as that takes", () => {
    const count = openBudget({ perSecond: 1_000, burst: 10 }, () => 0);
    expect(count(5_010)).toBe(5_000);
  });
});

describe("a hold-up", () => {
  const hear = () => {
    const said: string[] = [];
    let resumed = (): void => undefined;
    const once = new Promise<void>((resolve) => {
      resumed = resolve;
    });
    const socket = {
      pause: () => void said.push("pause"),
      resume: () => {
        said.push("resume");
        resumed();
      },
    };
    return { said, once, socket };
  };

  test("pauses once and goes on once, however often it is told", async () => {
    const { said, once, socket } = hear();
    const { hold } = openHoldUp(socket);
    for (const ms of [0, 5, 20, 1]) hold(ms);
    await once;
    expect(said).toEqual(["pause", "resume"]);
  });

  test("that ended resumes nothing", () => {
    const { said, socket } = hear();
    const pace = openHoldUp(socket);
    pace.hold(60_000);
    pace.end();
    expect(said).toEqual(["pause"]);
  });
});
