/** A gateway is killed in the middle of forgetting somebody. Every moment of it: `npm run campaign -- anonymization-kills`. */
import { expect, test } from "@jest/globals";
import { killForgetterAt } from "../campaigns/anonymization-kills.js";

test("whatever was done when a gateway was killed, another one does the rest, and nothing twice", async () => {
  const { killed, undone, failures } = await killForgetterAt([
    // The store has taken the request, and nobody heard its answer.
    { step: "store", at: 4, when: "after" },
    // The ledger beside the keys has its line, and the keys are not destroyed yet.
    { step: "file", at: 1, when: "after" },
  ]);
  expect(failures).toEqual([]);
  expect({ killed, undone }).toEqual({ killed: 2, undone: 2 });
}, 300_000);
