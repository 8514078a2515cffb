/** Lists are read by few at a time, and nobody who fails keeps a place. */
import { expect, test } from "@jest/globals";
import { amongFew } from "../../src/identity/slices.js";

test("few lists are under way at once; whoever waits comes in turn, also after one that failed", async () => {
  let under = 0;
  let most = 0;
  const began: number[] = [];
  const read = (at: number) =>
    amongFew(async () => {
      began.push(at);
      under += 1;
      most = Math.max(most, under);
      await new Promise((resolve) => setImmediate(resolve));
      under -= 1;
      if (at % 3 === 0) throw new Error(`list ${at}`);
      return at;
    });
  const all = Array.from({ length: 40 }, (_, at) => at);
  const answers = await Promise.allSettled(all.map(read));
  expect(answers.map((answer) => (answer.status === "fulfilled" ? answer.value : null))).toEqual(
    all.map((at) => (at % 3 === 0 ? null : at)),
  );
  expect(began).toEqual(all);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
});
