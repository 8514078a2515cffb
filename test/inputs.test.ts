/** Nothing that a caller sends is a crash, is repeated, or is half done. More of it: `npm run campaign -- inputs`. */
import { randomInt } from "node:crypto";
import { expect, test } from "@jest/globals";
import { inputs } from "./campaigns/inputs.js";

test("spoiled inputs to every mutation are refused by name, never repeated, never half done", async () => {
  const seed = randomInt(2 ** 31);
  const { figures, failures, controls } = await inputs.run({ size: 3_600, seed, say: () => undefined });
  expect({ seed, failures }).toEqual({ seed, failures: [] });
  expect(figures["mutations of the graph"]).toBeGreaterThanOrEqual(11);
  for (const outcome of ["done", "refused", "malformed"]) expect(figures[outcome]).toBeGreaterThan(20);
  expect(controls.filter(({ found }) => found === 0)).toEqual([]);
}, 180_000);
