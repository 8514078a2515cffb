// The conformance kit: what the contract promises, asked of an adapter and its sandbox one promise at a time.
import type { Kept, Sandbox } from "../contract.js";
import { type AnyOptions, type Check, type Group, withBench } from "./bench.js";
import { applies } from "./groups/applies.js";
import { connects } from "./groups/connects.js";
import { declares } from "./groups/declares.js";
import { disconnects } from "./groups/disconnects.js";
import { forgets } from "./groups/forgets.js";
import { impersonates } from "./groups/impersonates.js";
import { manners } from "./groups/manners.js";
import { receives } from "./groups/receives.js";
import { troubles } from "./groups/troubles.js";
import { verifies } from "./groups/verifies.js";
import type { ConformanceOptions, TestFunction } from "./options.js";

export type {
  ConformanceOptions,
  DeliveryFixture,
  ForgettingFixture,
  ImpersonationFixture,
  LoginFixture,
  None,
  TestFunction,
} from "./options.js";
export { SAMPLE_SHOPPER } from "./shopper.js";

const GROUPS: readonly Group[] = [
  ...[declares, connects, verifies, disconnects, applies],
  ...[forgets, impersonates, receives, manners, troubles],
];

/**
 * Registers one test per promise with the runner's own `test`. Each has a sandbox to itself and takes well under ten
 * seconds. Throws at once for a tolerance that names no check.
 */
export function adapterConformance<K extends Kept, S extends Sandbox>(
  test: TestFunction,
  options: ConformanceOptions<K, S>,
): void {
  const asked = options as unknown as AnyOptions;
  const checks = GROUPS.flatMap((group) => group(asked));
  const tolerances = options.tolerances ?? {};
  const unknown = Object.keys(tolerances).filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0) throw new Error(`no check is called ${unknown.join(", ")}`);
  for (const check of checks) register(test, asked, check, tolerances[check.name]);
}

function register(test: TestFunction, options: AnyOptions, check: Check, tolerated: string | undefined): void {
  const title = `${options.adapter.id} · ${check.name}: ${check.title}`;
  if (check.none !== undefined) {
    test(`${title} [nothing to check: ${check.none}]`, async () => {});
  } else if (tolerated !== undefined) {
    test(`${title} [tolerated: ${tolerated}]`, () => expectFailure(options, check));
  } else {
    test(title, () => withBench(options, check.run));
  }
}

async function expectFailure(options: AnyOptions, check: Check): Promise<void> {
  const passed = await withBench(options, check.run).then(
    () => true,
    () => false,
  );
  if (passed) throw new Error(`"${check.name}" passes: its tolerance is no longer needed`);
}
