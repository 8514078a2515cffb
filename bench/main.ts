/**
 * What the gateway costs, beside a limit and a stock set-up: one run, one database, answers compared first. It prints
 * figures and writes them to bench/results; it judges no time.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Cell, measure } from "./cells.js";
import { measureColdStart } from "./cold-start.js";
import { compareAnswers, type Equality } from "./equality.js";
import { OPERATIONS, type OperationName } from "./operations.js";
import type { Server } from "./processes.js";
import { type Results, type Rounds, toText } from "./report.js";
import { type Filled, openWorld, startGateway, startRival, type World } from "./world.js";

const USAGE = `npm run bench -- [options]
npm run bench -- amazon [--shoppers <n>] [--rounds <n>] [--seconds <n>]
npm run bench -- erasure [--queued <n>] [--consumers <n>] [--rounds <n>] [--seconds <n>] [--alone <n>]
npm run bench -- rotation [--consumers <n>] [--rounds <n>] [--seconds <n>] [--no-finish]
  --consumers <n>  consumers in the large database (100000)
  --rounds <n>     interleaved rounds (5)
  --seconds <n>    of each cell (4)
  --only <op>      Q1, Q2 or M1
  --no-growth      without Q1 at 1,000 consumers
  --no-cold        without cold starts
  --json <path>    where the figures go (bench/results/<time>.json)
  --quick          everything, small and short
`;

// The doors of physical stores are measured by themselves.
if (process.argv[2] === "amazon") {
  const { benchAmazon } = await import("./amazon.js");
  process.exit(await benchAmazon(process.argv.slice(3)));
}
if (process.argv[2] === "erasure") {
  const { benchErasure } = await import("./erasure.js");
  process.exit(await benchErasure(process.argv.slice(3)));
}
if (process.argv[2] === "rotation") {
  const { benchRotation } = await import("./rotation.js");
  process.exit(await benchRotation(process.argv.slice(3)));
}

const { values: given } = parseArgs({
  options: {
    consumers: { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    only: { type: "string" },
    growth: { type: "boolean", default: true },
    cold: { type: "boolean", default: true },
    json: { type: "string" },
    quick: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});
if (given.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const { quick } = given;
const consumers = Number(given.consumers ?? (quick ? 1_000 : 100_000));
const rounds = Number(given.rounds ?? (quick ? 1 : 5));
const seconds = Number(given.seconds ?? (quick ? 0.5 : 4));
const operations = OPERATIONS.filter((operation) => given.only === undefined || given.only === operation);
const ORGS = 20;
const SMALL = 1_000;
const COMPARED: Readonly<Record<OperationName, number>> = quick
  ? { Q1: 20, Q2: 5, M1: 20 }
  : { Q1: 200, Q2: 20, M1: 200 };

const say = (text: string) => void process.stderr.write(`  ${text}\n`);

interface Contest {
  readonly world: World;
  /** Name in the table → the server and what it runs on. */
  readonly servers: Readonly<Record<string, { readonly server: Server; readonly on: Filled }>>;
  readonly operation: OperationName;
}

/** Rounds of one operation; each round begins with another server, so that none is always the one after another. */
async function contest({ world, servers, operation }: Contest): Promise<Rounds> {
  const names = Object.keys(servers);
  const results: Record<string, Cell[]> = Object.fromEntries(names.map((name) => [name, []]));
  const cell = async (name: string, round: number, length: number) => {
    const { server, on } = servers[name] as { server: Server; on: Filled };
    const place = names.indexOf(name);
    return measure({ server, on, operation, seconds: length, round, place, postgresPid: world.cluster.pid });
  };
  for (const name of names) await cell(name, 0, Math.min(2, seconds));
  for (let round = 1; round <= rounds; round++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + round) % names.length] as string;
      const result = await cell(name, round, seconds);
      results[name]?.push(result);
      say(`${operation} ${name} ${round}/${rounds}: ${result.perSecond.toFixed(0)} req/s`);
    }
  }
  return results;
}

async function compareAll(world: World, on: Filled, servers: readonly Server[]): Promise<Equality[]> {
  const results: Equality[] = [];
  for (const operation of operations)
    results.push(await compareAnswers({ servers, on, vault: world.vault, operation, count: COMPARED[operation] }));
  return results;
}

async function race(world: World, large: Filled): Promise<Pick<Results, "equality" | "rounds">> {
  const servers = [await startGateway(world, large), await startRival(world, large, "limit")];
  servers.push(await startRival(world, large, "stock"));
  try {
    const equality = await compareAll(world, large, servers);
    const byName = Object.fromEntries(servers.map((server) => [server.name, { server, on: large }]));
    const results: Partial<Record<OperationName, Rounds>> = {};
    for (const operation of operations) results[operation] = await contest({ world, servers: byName, operation });
    return { equality, rounds: { Q1: {}, Q2: {}, M1: {}, ...results } };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function grow(world: World, large: Filled): Promise<Rounds> {
  const small = await world.fill("small", { orgs: ORGS, consumers: SMALL });
  const servers = {
    small: { server: await startGateway(world, small, "gateway-small"), on: small },
    large: { server: await startGateway(world, large, "gateway-large"), on: large },
  };
  try {
    return await contest({ world, servers, operation: "Q1" });
  } finally {
    await Promise.all(Object.values(servers).map(({ server }) => server.stop()));
  }
}

async function run(): Promise<Results> {
  const world = await openWorld();
  try {
    say(`sealing ${consumers} consumers…`);
    const begun = performance.now();
    const large = await world.fill("large", { orgs: ORGS, consumers });
    say(`done in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
    const raced = await race(world, large);
    const growth = given.growth ? await grow(world, large) : null;
    if (given.cold) say("cold starts…");
    const coldStart = given.cold
      ? await measureColdStart({ times: quick ? 1 : 5, restMs: quick ? 500 : 10_000 })
      : null;
    const machine = `${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
    return { at: new Date().toISOString(), machine, consumers, seconds, ...raced, growth, coldStart };
  } finally {
    await world.close();
  }
}

const results = await run();
const path = given.json ?? join("bench", "results", `${results.at.replaceAll(":", "-")}.json`);
await mkdir(join(path, ".."), { recursive: true });
await writeFile(path, `${JSON.stringify(results, null, 1)}\n`);
process.stdout.write(`\n${toText(results)}`);
if (results.equality.some(({ differences }) => differences.length > 0)) process.exitCode = 1;
