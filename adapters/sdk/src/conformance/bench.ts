import assert from "node:assert/strict";
import type { Adapter, Cart, Kept, Progress, Sandbox, Step } from "../contract.js";
import type { Identity, ProfileField } from "../identity.js";
import type { Impersonation } from "../impersonation.js";
import type { Switches, Trouble } from "../sandbox/index.js";
import { type CallTerms, openStage, type Stage } from "./call.js";
import type { ConformanceOptions, ImpersonationFixture, LoginFixture, None } from "./options.js";
import { isOfTable, SAMPLE_SHOPPER } from "./shopper.js";

/** The kit treats every adapter alike: its own types are set aside at the door. */
export type AnyOptions = ConformanceOptions<Kept, Sandbox>;

/** One promise of the contract. */
export interface Check {
  /** `group/slug`, the name for tolerances. */
  readonly name: string;
  readonly title: string;
  /** Why there is nothing to check. */
  readonly none?: string;
  readonly run: (bench: Bench) => Promise<void>;
}
export type Group = (options: AnyOptions) => readonly Check[];

/** What one check works with: a sandbox of its own, a clock, and calls. */
export interface Bench {
  readonly options: AnyOptions;
  readonly adapter: Adapter<Kept>;
  readonly sandbox: Sandbox;
  readonly now: () => Date;
  readonly advance: (ms: number) => void;
  readonly stage: (terms?: CallTerms) => Stage;
  /** Sets the common switches of the sandbox; null clears them all. */
  readonly trouble: (trouble: Trouble | null, where?: Switches) => Promise<void>;
  readonly switches: (switches: Switches) => Promise<void>;
}

const MIDDAY = Date.UTC(2026, 5, 1, 12);

export async function withBench(options: AnyOptions, use: (bench: Bench) => Promise<void>): Promise<void> {
  let at = MIDDAY;
  const now = (): Date => new Date(at);
  const sandbox = await options.startSandbox({ now });
  const switches = async (wanted: Switches | null): Promise<void> => {
    const init = wanted === null ? { method: "DELETE" } : { method: "PUT", body: JSON.stringify(wanted) };
    const reply = await fetch(`${sandbox.url}/_sandbox/switches`, init);
    assert.ok(reply.ok, `the sandbox refused its switches: ${reply.status}`);
    await reply.body?.cancel();
  };
  try {
    await use({
      ...{ options, adapter: options.adapter, sandbox, now, switches },
      advance: (ms) => {
        at += ms;
      },
      stage: (terms) => openStage(options, sandbox, now, terms),
      trouble: (trouble, where) => switches(trouble === null ? null : { ...where, trouble }),
    });
  } finally {
    await sandbox.close();
  }
}

export const isNone = (fixture: unknown): fixture is None =>
  typeof fixture === "object" && fixture !== null && "none" in fixture;

/** The reason to spread into a check, where the fixture is one. */
export const noneOf = (fixture: unknown): { none?: string } => (isNone(fixture) ? { none: fixture.none } : {});

/** The fixture itself; only for checks that are not run when there is none. */
export function given<T>(fixture: T | None | undefined, what: string): T {
  assert.ok(fixture !== undefined && !isNone(fixture), `the kit was given no fixture: ${what}`);
  return fixture;
}

/** A value as it comes back from the vault: through JSON and the adapter's own validator. */
export async function keep(bench: Bench, part: keyof Kept, value: unknown): Promise<unknown> {
  const stored: unknown = JSON.parse(JSON.stringify(value));
  const judged = await bench.adapter.keeps[part]["~standard"].validate(stored);
  assert.equal(judged.issues, undefined, `keeps.${part} does not accept what the adapter itself gave to be kept`);
  return (judged as { value: unknown }).value;
}

/** A cart that the sandbox can sell. */
export const cartOf = async ({ options, sandbox }: Bench): Promise<Cart | None> =>
  isNone(options.cart) ? options.cart : options.cart(sandbox);

/** The sample shopper, with the adapter's own replacements; `fields` narrows to what is handed over. */
export function shopperOf({ options }: Pick<Bench, "options">, fields?: readonly ProfileField[]): Identity {
  const whole: Identity = { ...SAMPLE_SHOPPER, ...options.identity };
  if (fields === undefined) return whole;
  return Object.fromEntries(fields.flatMap((field) => (whole[field] === undefined ? [] : [[field, whole[field]]])));
}

export function declaredShopper(bench: Pick<Bench, "options" | "adapter">): Identity {
  const { required, optional } = bench.adapter.needs.checkout;
  return shopperOf(bench, [...required, ...optional]);
}

export type Outcome<T> = { readonly value: T; readonly error?: undefined } | { readonly error: unknown };
export async function outcomeOf<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work };
  } catch (error) {
    return { error };
  }
}

// --- the first part of many checks ----------------------------------------------------------------------------------

export const loginOf = (bench: Bench): LoginFixture<Kept, Sandbox> => given(bench.options.login, "login");
const hintOf = (bench: Bench) => loginOf(bench).hint ?? { identity: shopperOf(bench, bench.adapter.needs.readiness) };

export const startLogin = (bench: Bench, stage = bench.stage()): Promise<Step<Kept>> =>
  bench.adapter.connect.start(stage.call, hintOf(bench));

/** Answers rightly until the store has nothing more to ask. */
export async function connectWell(bench: Bench): Promise<Step<Kept> & { kind: "connected" }> {
  let step = await startLogin(bench);
  for (let round = 0; step.kind !== "connected"; round++) {
    assert.ok(round < 5, "five right answers in a row did not connect");
    step = await finishLogin(bench, step, await loginOf(bench).answer(bench.sandbox, step));
  }
  return { ...step, secret: await keep(bench, "secret", step.secret) };
}

export async function finishLogin(
  bench: Bench,
  step: Exclude<Step<Kept>, { kind: "connected" }>,
  answer: Readonly<Record<string, string>>,
  stage = bench.stage(),
): Promise<Step<Kept>> {
  return bench.adapter.connect.finish(stage.call, await keep(bench, "pending", step.pending), answer);
}

/** What a store without logins answers: connected at once, or by showing a pass; or (null) NOT_SUPPORTED. */
export async function connectAtOnce(bench: Bench): Promise<(Step<Kept> & { kind: "connected" }) | null> {
  const identity = shopperOf(bench, bench.adapter.needs.readiness);
  const started = await outcomeOf(bench.adapter.connect.start(bench.stage().call, { identity }));
  if ("value" in started) {
    const step = started.value.kind === "pass" ? await finishLogin(bench, started.value, {}) : started.value;
    assert.ok(step.kind === "connected", "start asks for something, and the kit was told that there is no login");
    return { ...step, secret: await keep(bench, "secret", step.secret) };
  }
  assert.ok(isOfTable(started.error) && started.error.code === "NOT_SUPPORTED", "start did not throw NOT_SUPPORTED");
  return null;
}

/** A connected login where the store has such a thing. */
export const secretOf = async (bench: Bench): Promise<unknown> =>
  isNone(bench.options.login) ? ((await connectAtOnce(bench))?.secret ?? null) : (await connectWell(bench)).secret;

export const subjectOf = async (bench: Bench) => ({
  identity: shopperOf(bench, bench.adapter.needs.anonymize),
  secret: await secretOf(bench),
});

export const storedProgress = (progress: Progress): Progress => JSON.parse(JSON.stringify(progress));

export const impersonationOf = (bench: Bench): ImpersonationFixture<Kept, Sandbox> =>
  given(bench.options.impersonation, "impersonation");

export async function impersonateWell(bench: Bench): Promise<Impersonation<Kept> & { kind: "active" }> {
  const started = await given(bench.adapter.impersonate, "impersonate").start(
    bench.stage().call,
    impersonationOf(bench).request,
  );
  assert.ok(started.kind === "active", "the store's own customer could not be impersonated");
  return { ...started, secret: await keep(bench, "secret", started.secret) };
}
