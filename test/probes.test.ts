/** With one org's key, everything of another is asked for wherever the graph takes an id. More of it: `npm run campaign -- probes`. */
import { randomInt } from "node:crypto";
import { expect, test } from "@jest/globals";
import { probes } from "./campaigns/probes.js";

test("10,000 cross-org probes: no leak, no telling apart, nothing changed; broken gateways are caught", async () => {
  const seed = randomInt(2 ** 31);
  const { figures, failures, controls } = await probes.run({ size: 10_000, seed, say: () => undefined });
  expect({ seed, failures }).toEqual({ seed, failures: [] });
  expect(figures.probes).toBeGreaterThanOrEqual(10_000);
  expect(figures["own things found (the probe does ask)"]).toBeGreaterThan(0);
  expect(controls.filter(({ found }) => found === 0)).toEqual([]);
}, 480_000);
