import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { type Act, prepareActs } from "../acts.js";
import {
  type Bench,
  declaredShopper,
  type Group,
  isNone,
  loginOf,
  outcomeOf,
  shopperOf,
  startLogin,
} from "../bench.js";
import type { Stage } from "../call.js";
import { type Canary, findCanary, personalCanaries, secretCanaries } from "../shopper.js";
import { watchProcess } from "../watch.js";

const GRACE_MS = 1000;
const TROUBLES = [null, "down", "htmlNotFound", "rateLimited", "garbage", "reset"] as const;

/** How an adapter behaves whatever it does: it stops when told, stays where it belongs, and is silent about people. */
export const manners: Group = () => [
  {
    name: "manners/abort",
    title: "an abort ends every call within a second",
    run: async (bench) => {
      const acts = await prepareActs(bench);
      await bench.trouble("hang");
      for (const act of acts) await expectEnd(bench, act);
    },
  },
  {
    name: "manners/aborted",
    title: "a call that was given up before it began ends at once",
    run: async (bench) => {
      for (const act of await prepareActs(bench)) {
        const stage = bench.stage({ signal: AbortSignal.abort() });
        assert.ok(await endsInTime(act.run(stage)), `${act.name} went on after the abort`);
      }
    },
  },
  {
    name: "manners/hosts",
    title: "it speaks through call.fetch, to declared hosts, in https, and to nobody else",
    run: async (bench) => {
      const { stages, strays } = await liveThrough(bench);
      assert.deepEqual([...new Set([...strays, ...stages.flatMap((stage) => stage.strays)])], []);
    },
  },
  {
    name: "manners/silence",
    title: "no value, credential or secret in a log, an error or a checkpoint, come what may",
    run: async (bench) => {
      const { stages, errors, printed, canaries } = await liveThrough(bench);
      for (const told of [...stages.flatMap(({ logs }) => logs), ...printed])
        expectSilence(told, canaries, "a log line");
      for (const error of errors) expectSilence(error, canaries, "an error");
      for (const told of stages.flatMap(({ checkpoints }) => checkpoints))
        expectSilence(told, canaries, "a checkpoint");
    },
  },
];

async function expectEnd(bench: Bench, act: Act): Promise<void> {
  const abort = new AbortController();
  const stage = bench.stage({ signal: abort.signal });
  let settled = false;
  const work = outcomeOf(act.run(stage)).then(() => {
    settled = true;
  });
  const isQuiet = (): boolean => stage.requests.length === 0 && stage.lends() === 0;
  for (let waited = 0; !settled && isQuiet() && waited < GRACE_MS; waited += 5) await wait(5);
  await wait(10);
  abort.abort();
  assert.ok(await endsInTime(work), `${act.name} went on after the abort`);
}

async function endsInTime(work: Promise<unknown>): Promise<boolean> {
  const late = new AbortController();
  const ended = outcomeOf(work).then(() => true);
  try {
    return await Promise.race([ended, wait(GRACE_MS, false, { signal: late.signal })]);
  } finally {
    late.abort();
  }
}

interface Life {
  readonly stages: readonly Stage[];
  readonly errors: readonly unknown[];
  /** What was written to the console instead of `call.log`. */
  readonly printed: readonly unknown[];
  /** What went past `call.fetch`. */
  readonly strays: readonly string[];
  readonly canaries: readonly Canary[];
}

/** Two checks look at the same life, which is long. */
const lives = new WeakMap<Bench["options"], Promise<Life>>();

function liveThrough(bench: Bench): Promise<Life> {
  const life = lives.get(bench.options) ?? live(bench);
  lives.set(bench.options, life);
  return life;
}

/** Every act, in good and in bad hours, and a wrong answer besides. */
async function live(bench: Bench): Promise<Life> {
  const stages: Stage[] = [];
  const errors: unknown[] = [];
  const watch = watchProcess();
  const act = async (run: (stage: Stage) => Promise<unknown>): Promise<void> => {
    const stage = bench.stage();
    stages.push(stage);
    const { error } = await watch.during(() => outcomeOf(run(stage)));
    if (error !== undefined) errors.push(error);
  };
  for (const trouble of TROUBLES) {
    const acts = await prepareActs(bench);
    for (const { run } of acts) {
      if (trouble !== null) await bench.trouble(trouble);
      await act(run);
      await bench.trouble(null);
    }
  }
  const canaries = [...personalCanaries(shopperOf(bench)), ...secretCanaries("credentials", bench.options.credentials)];
  if (!isNone(bench.options.login)) canaries.push(...(await answerWrongly(bench, act)));
  await act(({ call }) => refusedCart(bench, call));
  return { stages, errors, printed: watch.printed, strays: watch.strays, canaries };
}

async function answerWrongly(
  bench: Bench,
  act: (run: (stage: Stage) => Promise<unknown>) => Promise<void>,
): Promise<Canary[]> {
  const step = await startLogin(bench);
  if (step.kind === "connected") return secretCanaries("secret", step.secret);
  const wrong = await loginOf(bench).wrongAnswer(bench.sandbox, step);
  await act(({ call }) => bench.adapter.connect.finish(call, step.pending, wrong));
  const right = await loginOf(bench).answer(bench.sandbox, step);
  return [...secretCanaries("answer", wrong), ...secretCanaries("answer", right)];
}

/** A cart that no store knows: the refusal is an error like any other. */
const refusedCart = (bench: Bench, call: Stage["call"]): Promise<unknown> =>
  bench.adapter.checkoutIdentity.apply(call, null, declaredShopper(bench), { kind: "existing", id: "no-such-cart" });

function expectSilence(told: unknown, canaries: readonly Canary[], where: string): void {
  const found = findCanary(told, canaries);
  assert.equal(found, null, `${where} holds ${found ?? ""} in clear`);
}
