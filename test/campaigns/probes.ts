/** Cross-org probes: with the key of one org, everything of another is asked for at every place of the graph. */
import type { GraphQLSchema } from "graphql";
import { asId, fromWire } from "../../src/kernel/ids.js";
import { ask as askSql } from "../support/database-sql.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { type Seeded, seeded } from "../vault/seeded.js";
import type { Campaign, CampaignOptions, CampaignReport, Control } from "./campaign.js";
import { readGraph } from "./graph.js";
import { type KeptRows, keepRows } from "./kept-rows.js";
import { type BrokenGateway, openBroken } from "./leaky-gateway.js";
import { askProbe, codesIn, comparable, leaksIn, type ProbeAnswer } from "./probe-answers.js";
import { type ProbeCase, probeCases } from "./probe-cases.js";
import { openWorlds, type World } from "./worlds.js";

const AT_ONCE = 6;
/** The first of them name the shopper, both ways, and the key. */
const CONTROL_CASES = 150;

/** One key's way through its probes. */
interface Pass {
  readonly url: string;
  readonly own: World;
  readonly others: readonly World[];
  readonly rows: KeptRows;
  readonly tally: Tally;
}

interface Tally {
  probes: number;
  readonly failures: string[];
  /** The one answer for unknown ids of each place, as the first one was. */
  readonly unknown: Map<string, string>;
  readonly foreignMs: number[];
  readonly twinMs: number[];
  ownAnswered: number;
}

const newTally = (): Tally => ({
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

/** Something was found or done: no errors, and the root field is neither null nor refused. */
function isAnswered({ text }: ProbeAnswer): boolean {
  const { data, errors } = JSON.parse(text) as {
    data?: Record<string, { userErrors?: unknown[] } | null>;
    errors?: unknown;
  };
  const root = Object.values(data ?? {})[0];
  return errors === undefined && root !== null && root !== undefined && (root.userErrors ?? []).length === 0;
}

async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Questions at once, deeds one after another; then everybody else's rows are looked at. */
async function runPass(pass: Pass, cases: readonly ProbeCase[]): Promise<void> {
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

function shuffled<T>(list: readonly T[], random: Seeded): T[] {
  const copy = [...list];
  for (let at = copy.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [copy[at], copy[other]] = [copy[other] as T, copy[at] as T];
  }
  return copy;
}

/** Probes of one case. */
const costOf = ({ ask }: ProbeCase): number => (ask.kind === "pair" ? 2 : 1);

/** Whole rounds over all cases, with fresh random values in each, until there are as many probes as asked for. */
function* rounds(schema: GraphQLSchema, own: World, others: readonly World[], random: Seeded, size: number) {
  for (let left = size; left > 0; ) {
    const chosen: ProbeCase[] = [];
    for (const one of shuffled(probeCases(schema, own, others, random), random)) {
      if (left <= 0) break;
      chosen.push(one);
      left -= costOf(one);
    }
    yield chosen;
  }
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

async function runProbes(options: CampaignOptions): Promise<CampaignReport> {
  const gateway = await openGateway({ logLevel: "silent" });
  try {
    const schema = readGraph();
    const random = seeded(options.seed);
    const worlds = await openWorlds(gateway);
    const rows = await keepRows(gateway.adminUrl);
    const tally = newTally();
    try {
      for (const own of worlds) {
        const others = worlds.filter((world) => world !== own);
        const pass = { url: gateway.url, own, others, rows, tally };
        const share = Math.ceil(options.size / worlds.length);
        for (const cases of rounds(schema, own, others, random, share)) await runPass(pass, cases);
        options.say(`  as ${own.name}: ${tally.probes} probes, ${tally.failures.length} failures`);
      }
      const unwalled = await probeWithoutWall(gateway, schema, worlds, rows, random);
      tally.failures.push(...unwalled.failures);
      options.say(`  with row-level security off: ${unwalled.probes} probes, ${unwalled.failures.length} failures`);
      const controls = await runControls(gateway, schema, worlds, rows, random);
      const figures = { ...figuresOf(tally, schema, worlds), "and with row-level security off": unwalled.probes };
      return { figures, failures: tally.failures, controls };
    } finally {
      await rows.close();
    }
  } finally {
    await gateway.close();
  }
}

function figuresOf(tally: Tally, schema: GraphQLSchema, worlds: readonly World[]) {
  const [own] = worlds;
  const cases = own === undefined ? [] : probeCases(schema, own, worlds.slice(1), seeded(1));
  return {
    probes: tally.probes,
    "fields of the graph": new Set(cases.map(({ field }) => field.name)).size,
    "places that were probed": new Set(cases.map(({ field, place }) => `${field.name} ${place.path}`)).size,
    "own things found (the probe does ask)": tally.ownAnswered,
    "leaks, tellings apart, changes, crashes": tally.failures.length,
    "median ms, foreign : unknown": `${median(tally.foreignMs).toFixed(2)} : ${median(tally.twinMs).toFixed(2)}`,
  };
}

const PROTECTED =
  "select format('%I', relname) as name from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace";
const UNWALLED_CASES = 300;

/** The predicates of the statements are a wall of their own: they hold when row-level security does not. */
async function probeWithoutWall(
  gateway: TestGateway,
  schema: GraphQLSchema,
  worlds: readonly World[],
  rows: KeptRows,
  random: Seeded,
): Promise<Tally> {
  const tally = newTally();
  const [own] = worlds;
  if (own === undefined) return tally;
  const others = worlds.slice(1);
  const cases = shuffled(probeCases(schema, own, others, random), random).filter(({ ask }) => ask.kind === "pair");
  const tables = await askSql<{ name: string }>(gateway.adminUrl, PROTECTED);
  const turn = (word: "enable" | "disable") =>
    askSql(gateway.adminUrl, tables.map(({ name }) => `alter table ${name} ${word} row level security`).join(";"));
  await turn("disable");
  try {
    await runPass({ url: gateway.url, own, others, rows, tally }, cases.slice(0, UNWALLED_CASES));
  } finally {
    await turn("enable");
  }
  return tally;
}

/** The same probes at doors that were broken on purpose. */
async function runControls(
  gateway: TestGateway,
  schema: GraphQLSchema,
  worlds: readonly World[],
  rows: KeptRows,
  random: Seeded,
): Promise<readonly Control[]> {
  const [own] = worlds;
  if (own === undefined) return [];
  const others = worlds.slice(1);
  const caught = async (broken: string, fields: readonly string[], door: BrokenGateway): Promise<Control> => {
    const tally = newTally();
    try {
      const cases = probeCases(schema, own, others, random)
        .filter(({ field, ask }) => fields.includes(field.name) && ask.kind === "pair")
        .slice(0, CONTROL_CASES);
      await runPass({ url: door.url, own, others, rows, tally }, cases);
    } finally {
      await door.close();
      for (const world of worlds) await rows.putBack(world);
    }
    return { broken, found: tally.failures.length };
  };
  return [
    await caught("a consumer's row read without its org", ["consumer", "profile"], await openLeakyRead(gateway)),
    await caught("a name that is taken in any org refused", ["createConsumer"], await openNameOracle(gateway, own)),
    await caught("a key revoked without its org", ["revokeApiKey"], await openForeignWrite(gateway, others)),
  ];
}

/** The data room forgets whose consumer it is asked for. */
const openLeakyRead = (gateway: TestGateway) =>
  openBroken(gateway, {
    data: (data) => ({
      ...data,
      consumerCard: async (scope, ref, want) => {
        const [column, value] = "id" in ref ? ["id", ref.id] : ["external_id", ref.externalId];
        const found = await askSql<{ org_id: string; environment: "test" | "live" }>(
          gateway.adminUrl,
          `select org_id, environment from consumer where ${column} = $1`,
          [value],
        );
        const [row] = found;
        const whose = row === undefined ? scope : { orgId: asId("org", row.org_id), environment: row.environment };
        return data.consumerCard(whose, ref, want);
      },
    }),
  });

/** A unique constraint that forgot its org. */
const openNameOracle = (gateway: TestGateway, own: World) =>
  openBroken(gateway, {
    identity: (identity) => ({
      ...identity,
      createConsumer: async (caller, given, want) => {
        const found = await askSql(gateway.adminUrl, "select from consumer where external_id = $1 and org_id <> $2", [
          ...[given.externalId, own.org],
        ]);
        // What a unique violation of the database would be to the desk.
        if (found.length > 0) throw new Error("duplicate key");
        return identity.createConsumer(caller, given, want);
      },
    }),
  });

/** An update by id alone. */
const openForeignWrite = (gateway: TestGateway, others: readonly World[]) =>
  openBroken(gateway, {
    identity: (identity) => ({
      ...identity,
      revokeApiKey: async (caller, given) => {
        const id = fromWire("key", given.id);
        for (const { org } of id === null ? [] : others)
          await askSql(gateway.adminUrl, "update api_key set revoked_at = now() where id = $1 and org_id = $2", [
            ...[id, org],
          ]);
        return identity.revokeApiKey(caller, given);
      },
    }),
  });

/** As many probes as asked for, by the keys of two orgs in both environments. */
export const probes: Campaign = {
  name: "probes",
  title: "cross-org probes at every place of the graph that takes an id, a name or a cursor",
  size: 30_000,
  run: runProbes,
};
