/**
 * A gateway that dies at any commit of a request leaves it to another one, which does nothing twice and leaves nothing out. More of
 * it: `npm run campaign -- anonymization-crashes`.
 */
import { expect, test } from "@jest/globals";
import { anonymizationCrashes } from "../campaigns/anonymization-crashes.js";

test("whatever commit a gateway dies before or after, another one goes on from there", async () => {
  const { figures, failures, controls } = await anonymizationCrashes.run({ size: 1, seed: 1, say: () => undefined });
  expect(failures).toEqual([]);
  expect(figures["commits of a whole course"]).toBeGreaterThan(15);
  expect(figures.deaths).toBe(2 * Number(figures["commits of a whole course"]));
  // Nobody but those who came to their end just before they died was forgotten already.
  expect(controls[0]?.found).toBeGreaterThan(Number(figures.deaths) / 2);
}, 240_000);
