import { describe, expect, test } from "@jest/globals";
import { sessions } from "../campaigns/sessions.js";

/** The same with 500: `npm run campaign -- sessions`. */
describe("logins, one after the other", () => {
  test("leave no process, folder or file, however they end", async () => {
    const { failures, controls } = await sessions.run({ size: 8, seed: 20, say: () => undefined });
    expect(failures).toEqual([]);
    expect(controls.every(({ found }) => found > 0)).toBe(true);
  }, 180_000);
});
