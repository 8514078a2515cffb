import assert from "node:assert/strict";
import type { Impersonate, Kept } from "../../contract.js";
import { type Bench, type Check, type Group, given, impersonateWell, impersonationOf, outcomeOf } from "../bench.js";
import { findCanary, personalCanaries } from "../shopper.js";

/** An operator in a customer's place: begun by name, seen by the store, ended for good. */
export const impersonates: Group = ({ adapter }) => (adapter.impersonate === undefined ? [] : CHECKS);

const CHECKS: readonly Check[] = [
  {
    name: "impersonates/known",
    title: "a customer of the store can be impersonated, and the store knows of it",
    run: async (bench) => {
      const { secret, storeUserId, expiresAt } = await impersonateWell(bench);
      assert.ok(storeUserId !== "", "storeUserId is empty");
      assert.ok(expiresAt === null || expiresAt > bench.now(), "it ended before it began");
      assert.ok(await impersonationOf(bench).isLive(bench.sandbox, secret), "the store knows of no such session");
      assert.equal((await memberOf(bench).check(bench.stage().call, secret)).kind, "live");
    },
  },
  {
    name: "impersonates/personal",
    title: "outside the sealed secret, the answer holds nothing personal",
    run: async (bench) => {
      const { secret: _sealed, ...told } = await impersonateWell(bench);
      const canaries = personalCanaries(impersonationOf(bench).request.customer);
      assert.equal(findCanary(told, canaries), null, "the answer holds a value of the customer's");
    },
  },
  {
    name: "impersonates/stranger",
    title: "someone whom the store does not know is denied, by name and without a value",
    run: async (bench) => {
      const { request, stranger } = impersonationOf(bench);
      const answer = await memberOf(bench).start(bench.stage().call, { ...request, customer: stranger });
      assert.ok(answer.kind === "denied" && answer.code === "CUSTOMER_UNKNOWN", "a stranger was not denied");
      assert.equal(findCanary(answer, personalCanaries(stranger)), null, "the denial quotes the stranger's values");
    },
  },
  {
    name: "impersonates/stop",
    title: "stopped is stopped, and twice is fine",
    run: async (bench) => {
      const { secret } = await impersonateWell(bench);
      const farewell = await memberOf(bench).stop(bench.stage().call, secret);
      const live = await impersonationOf(bench).isLive(bench.sandbox, secret);
      assert.equal(farewell.storeAgreed, !live, "storeAgreed is not what the store did");
      if (!live) assert.notEqual((await memberOf(bench).check(bench.stage().call, secret)).kind, "live");
      const { error } = await outcomeOf(memberOf(bench).stop(bench.stage().call, secret));
      assert.equal(error, undefined, "a repeated stop failed");
    },
  },
  {
    name: "impersonates/down",
    title: "a store that cannot be asked is inconclusive, and has not agreed to an end",
    run: async (bench) => {
      const { secret } = await impersonateWell(bench);
      await bench.trouble("down");
      assert.equal((await memberOf(bench).check(bench.stage().call, secret)).kind, "inconclusive");
      const stopped = await outcomeOf(memberOf(bench).stop(bench.stage().call, secret));
      if ("value" in stopped) assert.equal(stopped.value.storeAgreed, false, "it claims an end that never was");
    },
  },
];

const memberOf = (bench: Bench): Impersonate<Kept> => given(bench.adapter.impersonate, "impersonate");
