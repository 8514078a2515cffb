import { Writable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { startLoop } from "../../src/jobs/loop.js";
import { openLog } from "../../src/kernel/log.js";

const silent = openLog({ level: "silent" });
const until = async (isDone: () => boolean) => {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe("a job of the clock", () => {
  test("runs again and again, never twice at once", async () => {
    let runs = 0;
    let inside = 0;
    let most = 0;
    const run = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
      runs += 1;
    };
    const loop = startLoop({ name: "test", everyMs: 1, run }, silent);
    await until(() => runs >= 5);
    await loop.close();
    const then = runs;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(runs).toBe(then);
    expect(most).toBe(1);
  });

  test("goes on after a failure, and logs it without its message", async () => {
    const lines: string[] = [];
    const destination = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk));
        done();
      },
    });
    let runs = 0;
    const run = async () => {
      runs += 1;
      throw new Error("value 12345678900");
    };
    const loop = startLoop({ name: "broken", everyMs: 1, run }, openLog({ level: "info", destination }));
    await until(() => runs >= 3);
    await loop.close();
    expect(lines.join("")).toContain("job failed");
    expect(lines.join("")).not.toContain("12345678900");
  });

  test("is told to end, and waited for", async () => {
    let ended = false;
    let started = false;
    const run = async (signal: AbortSignal) => {
      started = true;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      ended = true;
    };
    const loop = startLoop({ name: "long", everyMs: 1, run }, silent);
    await until(() => started);
    await loop.close();
    expect(ended).toBe(true);
  });
});
