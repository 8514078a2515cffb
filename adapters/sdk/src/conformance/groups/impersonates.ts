import assert from "node:assert/strict";
import type { Kept, Sandbox } from "../../contract.js";
import type { Impersonate } from "../../impersonation.js";
import {
  type Bench,
  type Check,
  type Group,
  given,
  impersonateWell,
  impersonationOf,
  keep,
  outcomeOf,
} from "../bench.js";
import type { Denial } from "../options.js";
import { findCanary, personalCanaries } from "../shopper.js";

/** An operator in a customer's place: begun by name, seen by the store, ended for good. */
export const impersonates: Group = ({ adapter, impersonation }) => {
  if (adapter.impersonate === undefined) return [];
  const denials = (impersonation?.denials ?? []).map(denialCheck);
  const cut =
    impersonation?.anyLive === undefined ? { ...CUT, none: "the fixture has no lens on the whole store" } : CUT;
  return [...CHECKS, ...denials, cut, ...(adapter.impersonate.renew === undefined ? [] : [RENEWAL])];
};

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

const denialCheck = ({ name, code, request, switches }: Denial<Sandbox>): Check => ({
  name: `impersonates/${name}`,
  title: `denied as ${code}, and nothing is left at the store`,
  run: async (bench) => {
    const good = impersonationOf(bench).request;
    const asked = request === undefined ? good : await request(bench.sandbox, good);
    if (switches !== undefined) await bench.switches(switches);
    const stage = bench.stage();
    const answer = await memberOf(bench).start(stage.call, asked);
    assert.ok(answer.kind === "denied", "it was not denied");
    assert.equal(answer.code, code);
    assert.equal(findCanary(answer, personalCanaries(asked.customer)), null, "the denial quotes the customer's values");
    await expectNobodyLive(bench);
  },
});

/** The store does what it is asked and the answer never comes, at every request in turn. */
const CUT: Check = {
  name: "impersonates/cut",
  title: "cut off after any of its requests, a start can be ended by what was kept",
  run: async (bench) => {
    for (let skip = 0, reached = true; reached; skip++) {
      assert.ok(skip < 50, "start makes more than 50 requests");
      const stage = bench.stage();
      await bench.trouble("lostAnswer", { skip });
      const { error } = await outcomeOf(memberOf(bench).start(stage.call, impersonationOf(bench).request));
      await bench.trouble(null);
      reached = stage.requests.length > skip;
      assert.equal(error !== undefined, reached, "a lost answer was taken for a good one");
      const kept = stage.kept.at(-1);
      if (kept !== undefined) {
        const farewell = await memberOf(bench).stop(bench.stage().call, await keep(bench, "secret", kept));
        assert.ok(farewell.storeAgreed, `cut off after request ${skip + 1}: what was kept does not end it`);
      }
      await expectNobodyLive(bench);
    }
  },
};

const RENEWAL: Check = {
  name: "impersonates/renew",
  title: "a place that the store let go of is lost, not live, and is taken again",
  run: async (bench) => {
    const { secret } = await impersonateWell(bench);
    await given(impersonationOf(bench).drop, "drop")(bench.sandbox, secret);
    assert.equal((await memberOf(bench).check(bench.stage().call, secret)).kind, "lost");
    const renewed = await given(memberOf(bench).renew, "renew")(bench.stage().call, secret);
    assert.ok(renewed.kind === "active", "it was not taken again");
    const again = await keep(bench, "secret", renewed.secret);
    assert.equal((await memberOf(bench).check(bench.stage().call, again)).kind, "live");
    assert.ok((await memberOf(bench).stop(bench.stage().call, again)).storeAgreed, "a renewed one does not end");
    await expectNobodyLive(bench);
  },
};

async function expectNobodyLive(bench: Bench): Promise<void> {
  const live = await impersonationOf(bench).anyLive?.(bench.sandbox);
  assert.ok(live !== true, "somebody is still in a customer's place at the store");
}

const memberOf = (bench: Bench): Impersonate<Kept> => given(bench.adapter.impersonate, "impersonate");
