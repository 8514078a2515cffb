import assert from "node:assert/strict";
import type { AdapterErrorCode } from "../../errors.js";
import type { Trouble } from "../../sandbox/index.js";
import { type Act, prepareActs } from "../acts.js";
import { type Bench, type Check, type Group, type Outcome, outcomeOf } from "../bench.js";
import type { Stage } from "../call.js";
import { isOfTable } from "../shopper.js";

const STORE_IN_DOUBT: readonly AdapterErrorCode[] = [
  ...(["STORE_UNAVAILABLE", "STORE_CHANGED", "SETTINGS_INVALID"] as const),
  ...(["REFUSED_BY_STORE", "NOT_SUPPORTED"] as const),
];

/** What each trouble of a store may be called. A shopper is never sent to mend what a store did. */
const NAMES = {
  down: ["STORE_UNAVAILABLE"],
  rateLimited: ["RATE_LIMITED"],
  reset: ["STORE_UNAVAILABLE"],
  cut: ["STORE_UNAVAILABLE"],
  garbage: STORE_IN_DOUBT,
  htmlNotFound: STORE_IN_DOUBT,
} as const satisfies { readonly [T in Trouble]?: readonly AdapterErrorCode[] };
type Named = keyof typeof NAMES;

/** Every function meets every trouble, at every request that it makes, and calls it by a name of the table. */
export const troubles: Group = () => (Object.keys(NAMES) as Named[]).map(checkOf);

const checkOf = (trouble: Named): Check => ({
  name: `troubles/${trouble}`,
  title: `thrown as ${NAMES[trouble].join(" or ")}`,
  run: async (bench) => {
    const names = (await prepareActs(bench)).filter(({ inquires }) => !inquires).map(({ name }) => name);
    for (const name of names) {
      for (let skip = 0, reached = true; reached; skip++) {
        assert.ok(skip < 50, `${name} makes more than 50 requests`);
        reached = await meet(bench, name, trouble, skip);
      }
    }
  },
});

/** False once the act ended before the trouble could begin. */
async function meet(bench: Bench, name: string, trouble: Named, skip: number): Promise<boolean> {
  const act = (await prepareActs(bench)).find((one) => one.name === name) as Act;
  const stage = bench.stage();
  await bench.trouble(trouble, { skip });
  const outcome = await outcomeOf(act.run(stage));
  await bench.trouble(null);
  const hasAsked = stage.requests.length > skip;
  // What a page asks cannot be counted: there, only a trouble from the first request on is tried.
  if (!hasAsked && (stage.lends() === 0 || skip > 0)) return false;
  if ("value" in outcome && toldTruly(name, outcome, trouble)) return hasAsked;
  expectNamed(outcome, trouble, `${name}, request ${skip + 1}`, stage);
  return hasAsked;
}

/** Where an answer, instead of an error, is as good. */
function toldTruly(name: string, { value }: { value: unknown }, trouble: Named): boolean {
  const answer = value as { kind?: string; code?: string; storeAgreed?: boolean };
  if (trouble === "cut") return true; // an answer whose body says nothing was understood before it broke off
  if (name === "checkoutIdentity.readiness") return answer.kind === "blocked" && answer.code === "STORE_UNAVAILABLE";
  return answer.storeAgreed === false;
}

function expectNamed(outcome: Outcome<unknown>, trouble: Named, where: string, stage: Stage): void {
  assert.ok(
    !("value" in outcome),
    `${where}: ${trouble} was taken for success after ${stage.requests.length} requests`,
  );
  const { error } = outcome;
  const thrown = error instanceof Error ? error.name : typeof error;
  assert.ok(isOfTable(error), `${where}: ${trouble} was thrown as ${thrown}, which is not of the table`);
  const allowed: readonly AdapterErrorCode[] = NAMES[trouble];
  assert.ok(allowed.includes(error.code), `${where}: ${trouble} was called ${error.code}`);
  if (trouble === "rateLimited") {
    assert.equal(error.retryAfterMs, 7000, `${where}: Retry-After: 7 did not become retryAfterMs`);
  }
}
