import { describe, expect, test } from "@jest/globals";
import { sessions } from "../campaigns/sessions.js";
import { workerKills } from "../campaigns/worker-kills.js";

/** The same with 500 and with 50: `npm run campaign -- sessions` and `worker-kills`. */
describe("logins, one after the other", () => {
  test("leave no process, folder or file, however they end", async () => {
    const { failures, controls } = await sessions.run({ size: 8, seed: 20, say: () => undefined });
    expect(failures).toEqual([]);
    expect(controls.every(({ found }) => found > 0)).toBe(true);
  }, 180_000);

  test("are there, whole, as they were last acknowledged, whenever the worker is killed", async () => {
    const { failures, controls } = await workerKills.run({ size: 3, seed: 4, say: () => undefined });
    expect(failures).toEqual([]);
    expect(controls.every(({ found }) => found > 0)).toBe(true);
  }, 180_000);
});
