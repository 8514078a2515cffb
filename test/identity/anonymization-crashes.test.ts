/**
 * A gateway that dies at any commit of a request leaves it to another one, which does nothing twice and leaves nothing out. More of
 * it: `npm run campaign -- anonymization-crashes`.
 */
import { expect, test } from "@jest/globals";
import { dieAtCommits } from "../campaigns/anonymization-crashes.js";

test("whatever commit a gateway dies before or after, another one goes on from there", async () => {
  const { deaths, commits, failures, undone } = await dieAtCommits("corner");
  expect(failures).toEqual([]);
  expect(commits).toBeGreaterThan(15);
  expect(deaths).toBe(2 * commits);
  // All but those who died when the end was written down already.
  expect(undone).toBeGreaterThan(deaths - 4);
}, 600_000);

test("at VTEX, Mercado Livre, iFood and Amazon as well, here at every fifth commit", async () => {
  const { deaths, failures } = await dieAtCommits("jobs and tasks", { stride: 5 });
  expect(failures).toEqual([]);
  expect(deaths).toBeGreaterThan(7);
}, 600_000);
