/** Whoever writes while a shopper is forgotten loses. More of it: `npm run campaign -- erasure`. */
import { randomInt } from "node:crypto";
import { expect, test } from "@jest/globals";
import { erasure } from "../campaigns/erasure.js";

test("writes, erasures and rotations at the same time bring nobody back", async () => {
  const seed = randomInt(2 ** 31);
  const { figures, failures, controls } = await erasure.run({ size: 25, seed, say: () => undefined });
  expect({ seed, failures }).toEqual({ seed, failures: [] });
  expect(figures).toMatchObject({ "erased to the end": 25, resurrected: 0 });
  expect(figures["writes done"]).toBeGreaterThan(0);
  expect(figures["writes refused"]).toBeGreaterThan(0);
  expect(figures["rotations meanwhile"]).toBeGreaterThan(0);
  expect(controls.filter(({ found }) => found === 0)).toEqual([]);
}, 180_000);
