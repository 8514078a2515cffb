/** A gateway, its database or a session of it is killed under load. More of it: `npm run campaign -- kills`. */
import { randomInt } from "node:crypto";
import { expect, test } from "@jest/globals";
import { kills } from "../campaigns/kills.js";

test("whatever is killed, what was acknowledged is there, whole and once", async () => {
  const seed = randomInt(2 ** 31);
  const { figures, failures, controls } = await kills.run({ size: 3, seed, say: () => undefined });
  expect({ seed, failures }).toEqual({ seed, failures: [] });
  expect(figures["saves acknowledged"]).toBeGreaterThan(0);
  expect(figures["checkouts acknowledged"]).toBeGreaterThan(0);
  expect(controls.filter(({ found }) => found === 0)).toEqual([]);
}, 180_000);
