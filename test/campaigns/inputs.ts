/** Inputs that nobody should send, to every mutation: each is refused by name or done, and none is repeated, half done or a crash. */
import * as fc from "fast-check";
import type { GraphQLSchema } from "graphql";
import { Refusal } from "../../src/kernel/refusal.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import type { Campaign, CampaignOptions, CampaignReport, Control } from "./campaign.js";
import { type RootField, readGraph, rootFieldsOf } from "./graph.js";
import { type HttpAnswer, type Judged, openJudge } from "./input-answers.js";
import { type OddRequest, oddRequests } from "./input-requests.js";
import { literalOf, spoiledArguments, TOKEN, type Trial, trials } from "./input-spoils.js";
import { type KeptRows, keepRows } from "./kept-rows.js";
import { openBroken } from "./leaky-gateway.js";
import { openWorlds, type World } from "./worlds.js";

/** The requests of a world stay as they are. */
const AN_HOUR_MS = 3_600_000;

interface Ground {
  readonly url: string;
  readonly own: World;
  readonly rows: KeptRows;
  /** All rows of the org as they always are between two trials. */
  readonly digest: string;
  readonly judge: (answer: HttpAnswer) => Judged;
  /** Lines that were logged since the last look. */
  readonly newLines: () => readonly string[];
  readonly tally: { sent: number; done: number; refused: number; malformed: number };
}

interface Property {
  readonly name: string;
  /** Faults of the smallest input that has any; empty when none was found. */
  readonly run: (ground: Ground, options: { size: number; seed: number }) => Promise<readonly string[]>;
}

async function send(ground: Ground, init: RequestInit, path = "/graphql"): Promise<HttpAnswer> {
  const headers = { authorization: `Bearer ${ground.own.key}`, ...(init.headers as Record<string, string>) };
  const response = await fetch(`${ground.url}${path}`, { ...init, headers });
  ground.tally.sent += 1;
  return { status: response.status, headers: [...response.headers].join("\n"), text: await response.text() };
}

/** The answer's own faults, those of the log, and what was left behind. */
async function judgeAll(ground: Ground, answer: HttpAnswer): Promise<readonly string[]> {
  const { faults, refused, isDone } = ground.judge(answer);
  const lines = ground.newLines();
  const logged = [
    ...(lines.some((line) => line.match(TOKEN) !== null) ? ["the log repeats the input"] : []),
    ...lines.filter((line) => line.includes('"level":50')).map((line) => `logged as a bug: ${wordsOf(line)}`),
  ];
  const { tally } = ground;
  if (isDone) tally.done += 1;
  else if (refused.length > 0) tally.refused += 1;
  else tally.malformed += 1;
  const left = isDone ? [] : await whatIsLeft(ground, refused);
  if (isDone || left.length > 0 || refused.some((code) => !BEFORE_ANYTHING.has(code))) await putBack(ground);
  return [...faults, ...logged, ...left];
}

const BEFORE_ANYTHING = new Set(["INVALID", "NOT_FOUND", "SETTINGS_INVALID", "FORBIDDEN", "ALREADY_EXISTS"]);
const OF_AN_ATTEMPT = /^(audit_event|idempotency|checkout|consumer_key|operator_login):/;
const putBack = ({ rows, own }: Ground) => rows.putBack(own);
const wordsOf = (line: string) => {
  const { msg, error, code, stack } = JSON.parse(line) as Record<string, string>;
  return [msg, error, code, String(stack).slice(0, 160)].join(" ");
};

/** A refusal leaves the rows as they were; only what a store or the browser refused leaves its failed attempt. */
async function whatIsLeft({ rows, own, digest }: Ground, refused: readonly string[]): Promise<readonly string[]> {
  const now = await rows.digest(own);
  if (now === digest) return [];
  const before = new Set(digest.split(" "));
  const changed = now.split(" ").filter((table) => !before.has(table));
  const isOfAttempt =
    refused.some((code) => !BEFORE_ANYTHING.has(code)) && changed.every((one) => OF_AN_ATTEMPT.test(one));
  return isOfAttempt ? [] : changed.map((table) => `refused, and ${table.split(":")[0]} changed`);
}

/** One mutation with spoiled arguments. */
function ofMutation(field: RootField): Property {
  const ask = (ground: Ground, trial: Trial): Promise<HttpAnswer> => {
    const given = spoiledArguments(field, ground.own.things, trial);
    const body = trial.literal ? { query: withLiterals(field, given) } : { query: field.document, variables: given };
    const headers = { "content-type": "application/json", accept: "application/json" };
    return send(ground, { method: "POST", headers, body: JSON.stringify(body) });
  };
  return {
    name: field.name,
    run: (ground, options) => check(ground, options, trials, (trial) => ask(ground, trial)),
  };
}

function withLiterals(field: RootField, given: ReturnType<typeof spoiledArguments>): string {
  const selection = field.document.slice(field.document.indexOf("{", field.document.indexOf(`${field.name}(`)));
  const types = new Map(field.args.map(({ name, type }) => [name, type]));
  const literals = Object.entries(given).map(([name, value]) => {
    const type = types.get(name);
    return `${name}: ${type === undefined ? JSON.stringify(value) : literalOf(value, type)}`;
  });
  return `mutation { ${field.name}${literals.length === 0 ? "" : `(${literals.join(", ")})`} ${selection}`;
}

const odd: Property = {
  name: "requests",
  run: (ground, options) =>
    check(ground, options, oddRequests, ({ method, path, contentType, accept, body }: OddRequest) => {
      const headers = {
        ...(contentType === null ? {} : { "content-type": contentType }),
        ...(accept === null ? {} : { accept }),
      };
      return send(ground, { method, headers, ...(method === "GET" || body === null ? {} : { body }) }, path);
    }),
};

async function check<T>(
  ground: Ground,
  { size, seed }: { size: number; seed: number },
  inputs: fc.Arbitrary<T>,
  ask: (input: T) => Promise<HttpAnswer>,
): Promise<readonly string[]> {
  const property = fc.asyncProperty(inputs, async (input) => {
    const faults = await judgeAll(ground, await ask(input));
    if (faults.length > 0) throw new Error([...new Set(faults)].join("; "));
  });
  const outcome = await fc.check(property, { numRuns: size, seed, endOnFailure: false });
  if (!outcome.failed) return [];
  const error = outcome.errorInstance;
  return [`${error instanceof Error ? error.message : String(error)}, by ${JSON.stringify(outcome.counterexample)}`];
}

async function runAll(ground: Ground, properties: readonly Property[], options: CampaignOptions) {
  const failures: string[] = [];
  const size = Math.ceil(options.size / properties.length);
  for (const { name, run } of properties) {
    const found = await run(ground, { size, seed: options.seed });
    failures.push(...found.map((fault) => `${name}: ${fault}`));
    options.say(`  ${name}: ${ground.tally.sent} sent, ${found.length === 0 ? "as it should be" : "FAILED"}`);
  }
  return failures;
}

const newTally = () => ({ sent: 0, done: 0, refused: 0, malformed: 0 });

function openLines(lines: readonly string[]): () => readonly string[] {
  let seen = lines.length;
  return () => {
    const fresh = lines.slice(seen);
    seen = lines.length;
    return fresh;
  };
}

async function runInputs(options: CampaignOptions): Promise<CampaignReport> {
  const gateway = await openGateway({ logLevel: "debug", anonymizationGraceMs: AN_HOUR_MS });
  try {
    const schema = readGraph();
    const [own, ...others] = await openWorlds(gateway);
    if (own === undefined) throw new Error("there is no world");
    const rows = await keepRows(gateway.adminUrl);
    try {
      const digest = await rows.digest(own);
      const newLines = openLines(gateway.logLines);
      const ground: Ground = {
        url: gateway.url,
        own,
        rows,
        digest,
        judge: openJudge(schema),
        newLines,
        tally: newTally(),
      };
      const before = await digestsOf(rows, others);
      const mutations = rootFieldsOf(schema).filter(({ kind }) => kind === "mutation");
      const failures = await runAll(ground, [...mutations.map(ofMutation), odd], options);
      if ((await digestsOf(rows, others)) !== before) failures.push("rows of another org changed");
      const controls = await runControls(gateway, schema, ground, options);
      const { sent, done, refused, malformed } = ground.tally;
      const figures = { "mutations of the graph": mutations.length, "requests sent": sent, done, refused, malformed };
      return { figures: { ...figures, faults: failures.length }, failures, controls };
    } finally {
      await rows.close();
    }
  } finally {
    await gateway.close();
  }
}

async function digestsOf(rows: KeptRows, worlds: readonly World[]): Promise<string> {
  const digests: string[] = [];
  for (const world of worlds) digests.push(await rows.digest(world));
  return digests.join("\n");
}

/** The same trials at doors that repeat what they are given, crash over it, or keep half of it. */
async function runControls(
  gateway: TestGateway,
  schema: GraphQLSchema,
  ground: Ground,
  { seed }: CampaignOptions,
): Promise<readonly Control[]> {
  const field = rootFieldsOf(schema).find(({ name }) => name === "createConsumer");
  if (field === undefined) return [];
  const caught = async (broken: string, breakage: Parameters<typeof openBroken>[1]): Promise<Control> => {
    const door = await openBroken(gateway, breakage);
    try {
      const found = await ofMutation(field).run({ ...ground, url: door.url, tally: newTally() }, { size: 400, seed });
      return { broken, found: found.length };
    } finally {
      await door.close();
      await putBack(ground);
    }
  };
  return [
    await caught("a refusal that repeats the value", {
      identity: (identity) => ({
        ...identity,
        createConsumer: async (caller, given, want) => {
          const said = await identity.createConsumer(caller, given, want).catch((error: unknown) => error);
          if (said instanceof Refusal) throw new Refusal(said.code, `Not acceptable: ${given.externalId}`);
          if (said instanceof Error) throw said;
          return said as Awaited<ReturnType<typeof identity.createConsumer>>;
        },
      }),
    }),
    await caught("a crash over what is not ASCII", {
      identity: (identity) => ({
        ...identity,
        createConsumer: (caller, given, want) => {
          if (/[^ -~]/.test(String(given.externalId))) throw new TypeError("unexpected");
          return identity.createConsumer(caller, given, want);
        },
      }),
    }),
    await caught("a refusal after the deed", {
      identity: (identity) => ({
        ...identity,
        createConsumer: async (caller, given, want) => {
          await identity.createConsumer(caller, given, want);
          throw new Refusal("INVALID", "Too late.");
        },
      }),
    }),
  ];
}

/** As many requests as asked for, spread over the mutations. */
export const inputs: Campaign = {
  name: "inputs",
  title: "spoiled inputs to every mutation, and requests that are none",
  size: 20_000,
  run: runInputs,
};
