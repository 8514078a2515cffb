import assert from "node:assert/strict";
import { type Check, connectAtOnce, connectWell, type Group, isNone, loginOf, outcomeOf } from "../bench.js";

/** The end of a login, and whether the store itself agreed to it. */
export const disconnects: Group = ({ login }) => (isNone(login) ? [WITHOUT_LOGIN] : WITH_LOGIN);

const WITHOUT_LOGIN: Check = {
  name: "disconnects/twice",
  title: "twice is fine",
  run: async (bench) => {
    const connected = await connectAtOnce(bench);
    if (connected === null) return;
    for (const _round of [1, 2]) await bench.adapter.connect.disconnect(bench.stage().call, connected.secret);
  },
};

const WITH_LOGIN: readonly Check[] = [
  {
    name: "disconnects/once",
    title: "it says whether the store agreed, and the store says the same",
    run: async (bench) => {
      const { secret } = await connectWell(bench);
      const farewell = await bench.adapter.connect.disconnect(bench.stage().call, secret);
      const live = await loginOf(bench).isLive(bench.sandbox, secret);
      assert.equal(farewell.storeAgreed, !live, "storeAgreed is not what the store did");
      assert.ok(farewell.note.trim() !== "", "a note for people is missing");
    },
  },
  {
    name: "disconnects/twice",
    title: "twice is fine",
    run: async (bench) => {
      const { secret } = await connectWell(bench);
      for (const _round of [1, 2]) {
        const { error } = await outcomeOf(bench.adapter.connect.disconnect(bench.stage().call, secret));
        assert.equal(error, undefined, "a repeated disconnect failed");
      }
    },
  },
  {
    name: "disconnects/gone",
    title: "what the store has ended already is a success",
    run: async (bench) => {
      const { secret } = await connectWell(bench);
      await loginOf(bench).revoke(bench.sandbox, secret);
      const { error } = await outcomeOf(bench.adapter.connect.disconnect(bench.stage().call, secret));
      assert.equal(error, undefined, "disconnecting what was gone failed");
    },
  },
  {
    name: "disconnects/down",
    title: "a store that could not be asked has not agreed",
    run: async (bench) => {
      const { secret } = await connectWell(bench);
      await bench.trouble("down");
      const outcome = await outcomeOf(bench.adapter.connect.disconnect(bench.stage().call, secret));
      if ("value" in outcome) assert.equal(outcome.value.storeAgreed, false, "it claims an end that never was");
    },
  },
];
