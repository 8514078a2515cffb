import assert from "node:assert/strict";
import type { Kept, Progress, Subject } from "../../contract.js";
import {
  type Bench,
  cartOf,
  declaredShopper,
  type Group,
  given,
  noneOf,
  outcomeOf,
  shopperOf,
  storedProgress,
  subjectOf,
} from "../bench.js";
import type { CallTerms, Stage } from "../call.js";
import { findCanary, isOfTable, personalCanaries } from "../shopper.js";

const RANKS = {
  requested: 0,
  inProgress: 1,
  awaitingOperator: 1,
  awaitingShopper: 1,
  completed: 2,
  failed: 2,
  cancelled: 2,
} as const satisfies Record<Progress["kind"], number>;

/** To be forgotten: asked once, followed forward, and true when it says that it is done. */
export const forgets: Group = ({ forgetting }) => [
  {
    name: "forgets/answer",
    title: "a request has a state and a note, and holds nothing personal",
    run: async (bench) => {
      const { progress } = await request(bench);
      assert.ok(Object.hasOwn(RANKS, progress.kind), "an unknown state");
      assert.ok(progress.note.trim() !== "", "a note for people is missing");
      assert.equal(findCanary(progress, personalCanaries(shopperOf(bench))), null, "it holds a value of the shopper's");
    },
  },
  {
    name: "forgets/same-key",
    title: "the same idempotency key is the same request",
    run: async (bench) => {
      const first = await request(bench, { key: "same" });
      const second = await request(bench, { key: "same", resume: first.stage.checkpoints.at(-1) ?? null });
      assert.equal(second.progress.reference, first.progress.reference, "one intent made two requests");
      assert.ok(RANKS[second.progress.kind] >= RANKS[first.progress.kind], "the repetition went backwards");
    },
  },
  {
    name: "forgets/forward",
    title: "a state that was reached is not taken back",
    run: async (bench) => {
      const { progress, subject } = await request(bench);
      for (const kind of ["inProgress", "completed", "failed", "cancelled"] as const) {
        const next = await follow(bench, subject, { ...progress, kind });
        assert.ok(RANKS[next.kind] >= RANKS[kind], `${kind} was taken back to ${next.kind}`);
        if (RANKS[kind] === 2) assert.equal(next.kind, kind, `${kind} is an end, and became ${next.kind}`);
      }
    },
  },
  {
    name: "forgets/completed",
    title: "when it is completed, the store holds the shopper no longer",
    ...noneOf(forgetting),
    ...noneOf("none" in forgetting ? null : forgetting.takesMs),
    run: checkCompleted,
  },
  { name: "forgets/cancelled", title: "cancelled, or refused by name", run: checkCancelled },
];

async function checkCompleted(bench: Bench): Promise<void> {
  const cart = given(await cartOf(bench), "cart");
  const shopper = declaredShopper(bench);
  await bench.adapter.checkoutIdentity.apply(bench.stage().call, null, shopper, cart);
  const email = shopper["buyer.email"] ?? "";
  assert.ok(await bench.options.holds(bench.sandbox, email, "buyer.email"), "the store never had the shopper's e-mail");
  const started = await request(bench);
  bench.advance(given(given(bench.options.forgetting, "forgetting").takesMs, "takesMs") + 1);
  const ended = await follow(bench, started.subject, started.progress);
  assert.equal(ended.kind, "completed", "after all that the store takes, it is not completed");
  assert.ok(
    !(await bench.options.holds(bench.sandbox, email, "buyer.email")),
    "completed, and the store has the e-mail",
  );
  const late = await outcomeOf(
    bench.adapter.anonymize.cancel(bench.stage().call, started.subject, storedProgress(ended)),
  );
  const refused = isOfTable(late.error) && ["TOO_LATE", "NOT_CANCELLABLE"].includes(late.error.code);
  assert.ok(refused, "cancelling what is completed was not refused with TOO_LATE or NOT_CANCELLABLE");
}

async function checkCancelled(bench: Bench): Promise<void> {
  const { progress, subject } = await request(bench);
  const cancelled = await outcomeOf(bench.adapter.anonymize.cancel(bench.stage().call, subject, progress));
  if ("value" in cancelled) {
    assert.equal(cancelled.value.kind, "cancelled", "cancel answered something else");
    const next = await follow(bench, subject, cancelled.value);
    assert.equal(next.kind, "cancelled", "what was cancelled went on");
  } else {
    const codes = ["NOT_CANCELLABLE", "TOO_LATE"];
    assert.ok(isOfTable(cancelled.error) && codes.includes(cancelled.error.code), "cancel was refused by another name");
  }
}

async function request(
  bench: Bench,
  terms: CallTerms = {},
): Promise<{ progress: Progress; subject: Subject<Kept>; stage: Stage }> {
  const subject = await subjectOf(bench);
  const stage = bench.stage(terms);
  return { progress: storedProgress(await bench.adapter.anonymize.request(stage.call, subject)), subject, stage };
}

const follow = (bench: Bench, subject: Subject<Kept>, progress: Progress): Promise<Progress> =>
  bench.adapter.anonymize.status(bench.stage().call, subject, storedProgress(progress));
