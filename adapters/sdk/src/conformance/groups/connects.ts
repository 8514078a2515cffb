import assert from "node:assert/strict";
import type { Kept, Step } from "../../contract.js";
import {
  type Bench,
  type Check,
  connectAtOnce,
  connectWell,
  finishLogin,
  type Group,
  given,
  isNone,
  loginOf,
  noneOf,
  outcomeOf,
  secretOf,
  shopperOf,
  startLogin,
} from "../bench.js";
import { findCanary, isOfTable, personalCanaries, secretCanaries } from "../shopper.js";

/** From the first question to a login that was tried before it is believed. */
export const connects: Group = ({ adapter, login }) => [
  ...(isNone(login) ? [noLogin(login.none)] : CHECKS(login)),
  ...(adapter.connect.show === undefined ? [] : [PASSES]),
];

/** What a shopper shows at the door says nothing of them, and is never the same twice. */
const PASSES: Check = {
  name: "connects/passes",
  title: "each pass is another one, made without asking anybody, and its key is declared",
  run: async (bench) => {
    const secret = await secretOf(bench);
    const show = given(bench.adapter.connect.show, "connect.show");
    const stages = [bench.stage(), bench.stage()];
    const shown = await Promise.all(stages.map(({ call }) => show(call, secret)));
    const canaries = personalCanaries(shopperOf(bench));
    assert.equal(new Set(shown.map(({ pass }) => pass.code)).size, 2, "two passes have one code");
    for (const { pass, keys } of shown) {
      assert.ok(pass.svg.includes("<svg") && pass.png.length > 0, "a pass without a picture");
      assert.ok(Date.parse(pass.expiresAt) > bench.now().getTime(), "a pass that is over before it is shown");
      assert.ok(
        keys.some(({ value }) => value === pass.code),
        "nobody will know this pass",
      );
      assert.equal(findCanary(pass, canaries), null, "a pass holds a value of the shopper's");
    }
    for (const { requests } of stages) assert.equal(requests.length, 0, "a pass asked somebody");
  },
};

const CHECKS = (login: Exclude<Parameters<Group>[0]["login"], { none: string }>): readonly Check[] => [
  {
    name: "connects/right-answers",
    title: "right answers connect, and the store knows of it",
    run: async (bench) => {
      const { secret } = await connectWell(bench);
      assert.ok(await loginOf(bench).isLive(bench.sandbox, secret), "connected, and the store knows no such login");
    },
  },
  {
    name: "connects/personal",
    title: "the account's label is masked",
    run: async (bench) => {
      const step = await askedStep(bench);
      const answer = await loginOf(bench).answer(bench.sandbox, step);
      const { account } = await connectWell(bench);
      const canaries = [...personalCanaries(shopperOf(bench)), ...secretCanaries("answer", answer)];
      assert.equal(findCanary(account, canaries), null, "account holds a value of the shopper's in clear");
    },
  },
  {
    name: "connects/wrong-answer",
    title: "a wrong answer is refused",
    run: async (bench) => {
      const step = await askedStep(bench);
      await expectRefused(
        finishLogin(bench, step, await loginOf(bench).wrongAnswer(bench.sandbox, step)),
        "a wrong answer",
      );
    },
  },
  {
    name: "connects/empty-answer",
    title: "an answer without any field is refused",
    run: async (bench) => expectRefused(finishLogin(bench, await askedStep(bench), {}), "an empty answer"),
  },
  {
    name: "connects/replay",
    title: "an answer that connected once does not connect again",
    run: async (bench) => {
      let step = await askedStep(bench);
      for (let round = 0; round < 5; round++) {
        const answer = await loginOf(bench).answer(bench.sandbox, step);
        const next = await finishLogin(bench, step, answer);
        if (next.kind === "connected") return expectRefused(finishLogin(bench, step, answer), "a replayed answer");
        step = next;
      }
      assert.fail("five right answers in a row did not connect");
    },
  },
  {
    name: "connects/late-answer",
    title: "an answer that comes too late is refused",
    ...noneOf(login.answerWithinMs),
    run: async (bench) => {
      const step = await askedStep(bench);
      const answer = await loginOf(bench).answer(bench.sandbox, step);
      bench.advance(given(loginOf(bench).answerWithinMs, "answerWithinMs") + 1);
      await expectRefused(finishLogin(bench, step, answer), "a late answer");
    },
  },
  {
    name: "connects/probe",
    title: "a login that does not work is not bound, whatever the store said of it",
    ...noneOf(login.stillborn),
    run: async (bench) => {
      const step = await askedStep(bench);
      const answer = await loginOf(bench).answer(bench.sandbox, step);
      await bench.switches(given(loginOf(bench).stillborn, "stillborn"));
      await expectRefused(finishLogin(bench, step, answer), "a login that does not work");
    },
  },
];

/** A store without logins connects at once, or says NOT_SUPPORTED: the gateway can tell either to people. */
const noLogin = (none: string): Check => ({
  name: "connects/no-login",
  title: `connects without a question, or NOT_SUPPORTED (${none})`,
  run: async (bench) => {
    const canaries = personalCanaries(shopperOf(bench));
    assert.equal(findCanary((await connectAtOnce(bench))?.account, canaries), null, "account holds a value in clear");
  },
});

async function askedStep(bench: Bench): Promise<Exclude<Step<Kept>, { kind: "connected" }>> {
  const step = await startLogin(bench);
  assert.ok(step.kind !== "connected", "start connected without a single answer of the shopper's");
  return step;
}

/** Asking again is a refusal too. */
async function expectRefused(work: Promise<Step<Kept>>, what: string): Promise<void> {
  const outcome = await outcomeOf(work);
  if ("value" in outcome) return assert.notEqual(outcome.value.kind, "connected", `${what} connected`);
  assert.ok(isOfTable(outcome.error), `${what} was refused with an error that is not of the table`);
  assert.equal(outcome.error.retry, "after-shopper", `${what} was refused with ${outcome.error.code}`);
}
