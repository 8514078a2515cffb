/** One key's way through its probes, and what must not be found on it. */
import type { KeptRows } from "./kept-rows.js";
import { askProbe, codesIn, comparable, leaksIn, type ProbeAnswer } from "./probe-answers.js";
import type { ProbeCase } from "./probe-cases.js";
import type { World } from "./worlds.js";

const AT_ONCE = 6;

/** One key's way through its probes. */
export interface Pass {
  readonly url: string;
  readonly own: World;
  readonly others: readonly World[];
  readonly rows: KeptRows;
  readonly tally: Tally;
}

export interface Tally {
  probes: number;
  readonly failures: string[];
  /** The one answer for unknown ids of each place, as the first one was. */
  readonly unknown: Map<string, string>;
  readonly foreignMs: number[];
  readonly twinMs: number[];
  ownAnswered: number;
}

export const newTally = (): Tally => ({
  ...{ probes: 0, failures: [], unknown: new Map(), foreignMs: [], twinMs: [], ownAnswered: 0 },
});

const nameOf = ({ field, place, ask }: ProbeCase) => `${field.name}(${place.path.join(".")}) ${ask.kind}`;
/** Expected no's that leave nothing behind, so that nothing has to be put back. */
const LEAVES_NOTHING = new Set(["NOT_FOUND", "INVALID", "BAD_USER_INPUT", "IDENTITY_INCOMPLETE", "ALREADY_EXISTS"]);

async function probe(pass: Pass, one: ProbeCase, value: string): Promise<ProbeAnswer> {
  const { tally, own, others } = pass;
  const answer = await askProbe(pass.url, own.key, one.field.document, one.with(value));
  tally.probes += 1;
  const codes = codesIn(answer);
  if (answer.status >= 500 || codes.includes("INTERNAL"))
    tally.failures.push(`${nameOf(one)}: ${answer.status} ${codes.join()} by ${own.name}`);
  for (const world of leaksIn(answer, value, own, others))
    tally.failures.push(`${nameOf(one)}: shows ${own.name} something of ${world}`);
  if (one.field.writes && !codes.some((code) => LEAVES_NOTHING.has(code)))
    await pass.rows.putBack({ org: own.org, environment: own.environment });
  return answer;
}

async function tryCase(pass: Pass, one: ProbeCase): Promise<void> {
  const { ask } = one;
  const { tally, own } = pass;
  const answer = await probe(pass, one, ask.value);
  const seen = comparable(answer, one, ask.value, own);
  if (ask.kind === "own") {
    if (isAnswered(answer)) tally.ownAnswered += 1;
    else if (own.environment === "test")
      tally.failures.push(`${nameOf(one)}: is not answered: ${codesIn(answer).join()}`);
    return;
  }
  if (ask.kind === "pair") {
    const other = await probe(pass, one, ask.twin);
    tally.foreignMs.push(answer.ms);
    tally.twinMs.push(other.ms);
    if (seen !== comparable(other, one, ask.twin, own))
      tally.failures.push(`${nameOf(one)}: what is foreign is answered otherwise than what is unknown, to ${own.name}`);
  }
  if (!one.isId) return;
  const place = `${own.name} ${one.field.name} ${one.place.path.join(".")}`;
  const first = tally.unknown.get(place);
  if (first === undefined) tally.unknown.set(place, seen);
  else if (first !== seen) tally.failures.push(`${nameOf(one)}: unknown ids are told apart, by ${own.name}`);
}

/** Told apart from what is unknown: there is an answer, and it is neither null nor NOT_FOUND. */
function isAnswered(answer: ProbeAnswer): boolean {
  const { data, errors } = JSON.parse(answer.text) as { data?: Record<string, unknown> | null; errors?: unknown };
  const root = Object.values(data ?? {})[0] ?? null;
  return errors === undefined && root !== null && !codesIn(answer).includes("NOT_FOUND");
}

async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Questions at once, deeds one after another; then everybody else's rows are looked at. */
export async function runPass(pass: Pass, cases: readonly ProbeCase[]): Promise<void> {
  const digests = async () => {
    const digested: string[] = [];
    for (const world of pass.others) digested.push(await pass.rows.digest(world));
    return digested;
  };
  const before = await digests();
  await inLanes(
    cases.filter(({ field }) => !field.writes),
    AT_ONCE,
    (one) => tryCase(pass, one),
  );
  await inLanes(
    cases.filter(({ field }) => field.writes),
    1,
    (one) => tryCase(pass, one),
  );
  const after = await digests();
  for (const [at, world] of pass.others.entries())
    if (before[at] !== after[at]) pass.tally.failures.push(`${pass.own.name} changed something of ${world.name}`);
}
