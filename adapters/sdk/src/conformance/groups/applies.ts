import assert from "node:assert/strict";
import type { Applied } from "../../contract.js";
import { type Identity, PROFILE_FIELDS, type ProfileField } from "../../identity.js";
import {
  type Bench,
  type Check,
  cartOf,
  declaredShopper,
  type Group,
  given,
  isNone,
  outcomeOf,
  secretOf,
  shopperOf,
} from "../bench.js";
import type { CallTerms, Stage } from "../call.js";
import { findCanary, isOfTable, personalCanaries, secretCanaries } from "../shopper.js";

/** The shopper's data goes to the store, all of what was declared and nothing else, and none of it comes back. */
export const applies: Group = ({ cart, credentials }) => (isNone(cart) ? [noCart(cart.none)] : CHECKS(credentials));

/** A store that asks us who is there at its own checkout. */
const noCart = (none: string): Check => ({
  name: "applies/no-cart",
  title: `there is no cart to fill in, and it says so: NOT_SUPPORTED (${none})`,
  run: async (bench) => {
    const cart = { kind: "existing", id: "no-such-cart" } as const;
    const applying = bench.adapter.checkoutIdentity.apply(bench.stage().call, null, declaredShopper(bench), cart);
    const { error } = await outcomeOf(applying);
    assert.ok(isOfTable(error) && error.code === "NOT_SUPPORTED", "apply did not throw NOT_SUPPORTED");
  },
});

const CHECKS = (credentials: unknown): readonly Check[] => [
  {
    name: "applies/given",
    title: "the store, asked directly, has every field that the adapter says it has",
    run: async (bench) => {
      const { applied } = await apply(bench);
      const shopper = declaredShopper(bench);
      for (const field of bench.adapter.needs.checkout.required) {
        assert.ok(applied.fields.includes(field), `${field} is required and not among the fields that were applied`);
      }
      for (const field of applied.fields) {
        assert.ok(await bench.options.holds(bench.sandbox, shopper[field] ?? "", field), `the store has no ${field}`);
      }
    },
  },
  {
    name: "applies/answer",
    title: "a cart that can be opened, an amount in minor units, known fields",
    run: checkAnswer,
  },
  {
    name: "applies/required-only",
    title: "the required fields are enough",
    run: async (bench) => {
      await apply(bench, {}, shopperOf(bench, bench.adapter.needs.checkout.required));
    },
  },
  {
    name: "applies/declared-only",
    title: "a field that was not declared is not sent, even where it is at hand",
    run: checkDeclaredOnly,
  },
  {
    name: "applies/personal",
    title: "nothing personal and nothing secret comes back",
    run: async (bench) => {
      const { applied } = await apply(bench);
      const canaries = [...personalCanaries(shopperOf(bench)), ...secretCanaries("credentials", credentials)];
      assert.equal(findCanary(applied, canaries), null, "the answer holds a value in clear");
    },
  },
  { name: "applies/repeated", title: "the same intent taken up again is the same cart", run: checkRepeated },
  { name: "applies/resumed", title: "interrupted at any request, it can be taken up again", run: checkResumed },
  {
    name: "applies/abandoned",
    title: "abandoned, twice if need be, and the store no longer holds the shopper",
    run: checkAbandoned,
  },
];

async function checkAnswer(bench: Bench): Promise<void> {
  const { applied } = await apply(bench);
  const { required, optional } = bench.adapter.needs.checkout;
  assert.ok(applied.cart.id !== "", "cart.id is empty");
  const url = new URL(applied.cart.url);
  assert.equal(url.protocol, "https:", "cart.url is not https");
  assert.ok(
    bench.adapter.hosts(bench.options.settings).includes(url.hostname),
    "cart.url is at a host that was not declared",
  );
  assert.ok(Number.isSafeInteger(applied.total.amountMinor) && applied.total.amountMinor >= 0, "amountMinor");
  assert.match(applied.total.currency, /^[A-Z]{3}$/, "currency is not ISO 4217");
  for (const field of applied.fields) {
    assert.ok([...required, ...optional].includes(field), `${field} was applied and not declared`);
  }
  assert.equal(new Set(applied.fields).size, applied.fields.length, "a field is applied twice");
  for (const { code } of applied.remarks) assert.match(code, /^[\w.:-]{1,64}$/, "a remark's code is no code");
}

async function checkDeclaredOnly(bench: Bench): Promise<void> {
  const declared: readonly ProfileField[] = Object.keys(declaredShopper(bench)) as ProfileField[];
  const whole = shopperOf(bench);
  const others = PROFILE_FIELDS.filter((field) => !declared.includes(field));
  const canaries = personalCanaries(shopperOf(bench, others));
  const { stage } = await apply(bench, {}, whole);
  for (const { url, headers, body } of stage.requests) {
    const told = [url, decodeURIComponent(url), JSON.stringify(headers), body, unescapeJson(body)].join("\n");
    assert.equal(findCanary(told, canaries), null, "a field was sent that was not declared");
  }
  for (const { name, value } of canaries) {
    const held = await bench.options.holds(bench.sandbox, value, name as ProfileField);
    assert.ok(!held, `the store has ${name}, which was not declared`);
  }
}

async function checkRepeated(bench: Bench): Promise<void> {
  const first = await apply(bench, { key: "repeated" });
  const second = await apply(bench, { key: "repeated", resume: first.stage.checkpoints.at(-1) ?? null });
  assert.equal(second.applied.cart.id, first.applied.cart.id, "the same intent made a second cart");
  assert.deepEqual(second.applied.total, first.applied.total, "the repetition changed the total");
}

async function checkResumed(bench: Bench): Promise<void> {
  const calm = await apply(bench);
  for (let skip = 0; skip < calm.stage.requests.length; skip++) {
    const { key, resume } = await interrupt(bench, skip);
    const { applied } = await apply(bench, { key, resume });
    assert.deepEqual([...applied.fields].sort(), [...calm.applied.fields].sort(), "taken up again, it applied less");
    assert.deepEqual(applied.total, calm.applied.total, "taken up again, it came to another total");
  }
}

async function checkAbandoned(bench: Bench): Promise<void> {
  await bench.adapter.checkoutIdentity.abandon(bench.stage().call);
  const calm = await apply(bench);
  const holdsNow = async (): Promise<number> => heldBy(bench, calm.applied.fields);
  await bench.adapter.checkoutIdentity.abandon(bench.stage({ resume: calm.stage.checkpoints.at(-1) ?? null }).call);
  assert.equal(await holdsNow(), 0, "after abandon, the store still holds the shopper's values");
  for (let skip = 0; skip < calm.stage.requests.length; skip++) {
    const { key, resume } = await interrupt(bench, skip);
    for (const _round of [1, 2]) await bench.adapter.checkoutIdentity.abandon(bench.stage({ key, resume }).call);
    assert.equal(await holdsNow(), 0, `interrupted at request ${skip + 1} and abandoned, the store still holds values`);
  }
}

/** How many of the shopper's own values the store holds. */
async function heldBy(bench: Bench, fields: readonly ProfileField[]): Promise<number> {
  const canaries = personalCanaries(shopperOf(bench, fields));
  const held = await Promise.all(
    canaries.map(({ name, value }) => bench.options.holds(bench.sandbox, value, name as ProfileField)),
  );
  return held.filter(Boolean).length;
}

/** An apply whose store goes down after `skip` requests: what is left to go on from. */
async function interrupt(bench: Bench, skip: number): Promise<{ key: string; resume: string | null }> {
  const key = `interrupted-${skip}`;
  const work = await prepare(bench, { key });
  await bench.trouble("down", { skip });
  await outcomeOf(work.run());
  await bench.trouble(null);
  return { key, resume: work.stage.checkpoints.at(-1) ?? null };
}

async function apply(
  bench: Bench,
  terms: CallTerms = {},
  identity?: Identity,
): Promise<{ applied: Applied; stage: Stage }> {
  const { stage, run } = await prepare(bench, terms, identity);
  return { applied: await run(), stage };
}

async function prepare(bench: Bench, terms: CallTerms, identity: Identity = declaredShopper(bench)) {
  const secret = await secretOf(bench);
  const cart = given(await cartOf(bench), "cart");
  const stage = bench.stage(terms);
  return { stage, run: () => bench.adapter.checkoutIdentity.apply(stage.call, secret, identity, cart) };
}

function unescapeJson(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return decodeURIComponent(body.replaceAll("+", " ").replaceAll(/%(?![0-9a-f]{2})/gi, "%25"));
  }
}
