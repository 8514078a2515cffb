/** Work in the background rests for longer while others are served, and hardly at all while nobody is. */
import { describe, expect, test } from "@jest/globals";
import { openPace, type PaceOptions } from "../../src/kernel/pace.js";

/** Pieces of ten milliseconds beside an event loop that others keep busy for this part of the time; each rest in milliseconds. */
async function restsAt(load: number, options: PaceOptions, pieces: readonly number[]): Promise<readonly number[]> {
  const rests: number[] = [];
  const pace = openPace(options, {
    loop: (since) => {
      const ms = since === undefined ? 0 : (rests.at(-1) ?? 0);
      return { active: ms * load, idle: ms * (1 - load), utilization: load };
    },
    wait: async (ms) => void rests.push(ms),
  });
  for (const workedMs of pieces) await pace.rest(workedMs);
  return rests;
}
const pieces = (count: number, ms = 10): readonly number[] => Array.from({ length: count }, () => ms);

describe("a pace", () => {
  test("begins as if everybody were served", async () => {
    expect(await restsAt(0, { gives: 4 }, pieces(1))).toEqual([40]);
  });

  test("hardly rests where nobody is", async () => {
    expect((await restsAt(0, { gives: 4 }, pieces(200))).at(-1)).toBe(2);
  });

  test("rests all its times beside a loop that is never idle, and less beside one that is", async () => {
    expect((await restsAt(1, { gives: 4 }, pieces(200))).at(-1)).toBe(40);
    const half = (await restsAt(0.5, { gives: 4 }, pieces(400))).at(-1) ?? 0;
    expect(half).toBeGreaterThan(2);
    expect(half).toBeLessThan(20);
  });

  test("rests when a piece takes longer than it has to, whoever is the cause", async () => {
    const rests = await restsAt(0, { gives: 4 }, [...pieces(200), 80]);
    expect(rests.at(-1)).toBe(320);
  });

  test("never rests for longer than two seconds, nor less than it is told", async () => {
    expect(await restsAt(1, { gives: 4 }, pieces(3, 60_000))).toEqual([2_000, 2_000, 2_000]);
    expect((await restsAt(0, { gives: 4, givesAlways: 3 }, pieces(200))).at(-1)).toBe(30);
  });

  test("ends a rest that is aborted", async () => {
    await openPace({ gives: 1_000_000 }).rest(1_000_000, AbortSignal.abort());
  });
});
