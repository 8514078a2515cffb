/** A gateway is killed at each step of a start, a renewal and an end. More of it: `npm run campaign -- impersonations`. */
import { randomInt } from "node:crypto";
import { expect, test } from "@jest/globals";
import { impersonations } from "../campaigns/impersonations.js";

test("whatever is killed and whatever the store does, nobody stays in a customer's place unknown", async () => {
  const seed = randomInt(2 ** 31);
  const { figures, failures, controls } = await impersonations.run({ size: 8, seed, say: () => undefined });
  expect({ seed, failures }).toEqual({ seed, failures: [] });
  expect(figures["steps at which the gateway was killed"]).toBe(28);
  expect(controls.filter(({ found }) => found === 0)).toEqual([]);
}, 600_000);
