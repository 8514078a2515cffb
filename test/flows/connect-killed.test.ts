/**
 * A gateway is killed in the middle of connecting, or PostgreSQL under a gateway that lives. Every moment of it:
 * `npm run campaign -- connect-kills` and `connect-database-kills`.
 */
import { expect, test } from "@jest/globals";
import { killAt, type Moment } from "../campaigns/connect-kills.js";

const GATEWAY_DEATHS: readonly Moment[] = [
  // The browser is shut by then: there is no other copy of the login.
  { act: "done", death: { step: "saveSession", at: 1, when: "during" }, comesBack: true },
  { act: "finish-again", death: { step: "deleteContext", at: 1, when: "before" }, comesBack: false },
  { act: "apply", death: { step: "keep", at: 1, when: "after" }, comesBack: true },
];
const DATABASE_DEATHS: readonly Moment[] = [
  { act: "start", death: { step: "commit", at: 3, when: "before" }, comesBack: true, victim: "database" },
  { act: "finish", death: { step: "saveSession", at: 1, when: "during" }, comesBack: false, victim: "database" },
];

test("no login that was made is lost, nobody is stuck, and nothing is left of it all", async () => {
  const { figures, failures, controls } = await killAt([...GATEWAY_DEATHS, ...DATABASE_DEATHS]);
  expect(failures).toEqual([]);
  expect(figures.killed).toBe(5);
  expect(controls.filter(({ found }) => found === 0)).toEqual([]);
}, 400_000);
