/** A gateway is killed in the middle of connecting. Every moment of it: `npm run campaign -- connect-kills`. */
import { expect, test } from "@jest/globals";
import { killAt } from "../campaigns/connect-kills.js";

test("no login that was made is lost, nobody is stuck, and nothing is left of it all", async () => {
  const { figures, failures, controls } = await killAt([
    // The browser is shut by then: there is no other copy of the login.
    { act: "done", death: { step: "saveSession", at: 1, when: "during" }, comesBack: true },
    { act: "finish-again", death: { step: "deleteContext", at: 1, when: "before" }, comesBack: false },
    { act: "apply", death: { step: "keep", at: 1, when: "after" }, comesBack: true },
  ]);
  expect(failures).toEqual([]);
  expect(figures.killed).toBe(3);
  expect(controls.filter(({ found }) => found === 0)).toEqual([]);
}, 400_000);
