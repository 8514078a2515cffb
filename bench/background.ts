/**
 * What a job in the background costs those who are served: the same reads (and a few writes) with the job and without it, turn
 * about in one run, on one gateway and one database.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { type Load, requestBytes, runLoad } from "./load.js";
import { askFor, formOf, type OperationName } from "./operations.js";
import { cpuOfTree, type Server } from "./processes.js";
import type { Filled, World } from "./world.js";

export interface Served extends Load {
  /** Milliseconds of processor time for each answer, of the gateway and of PostgreSQL with all that they did besides. */
  readonly nodeCpuMs: number;
  readonly postgresCpuMs: number;
  readonly delayP99Ms: number;
}

/** One round: both cells, and what the job got done meanwhile. */
export interface Round {
  readonly calm: Served;
  readonly busy: Served;
  /** Done by the job in the busy cell. */
  readonly done: number;
}

export interface Job {
  /** Resolves when it works. */
  readonly start: () => Promise<void>;
  /** Resolves when nothing of it is under way. */
  readonly stop: () => Promise<void>;
  /** How much it has done so far. */
  readonly count: () => Promise<number>;
}

const CONNECTIONS = 32;
const EACH = 200;

export const say = (text: string) => void process.stderr.write(`  ${text}\n`);

/** Operations of each connection; the same shoppers in both cells of a round. */
export interface Mix {
  readonly operation: OperationName;
  readonly connections: number;
}

export interface Serving {
  readonly world: World;
  readonly server: Server;
  /** Whom the requests are about. */
  readonly on: Filled;
  readonly mix: readonly Mix[];
  readonly seconds: number;
}

async function serve({ world, server, on, mix, seconds }: Serving, round: number): Promise<Served> {
  const requests = mix.flatMap(({ operation, connections }, nth) => {
    const next = askFor(operation, on.orgs, 1_000 * round + nth);
    return Array.from({ length: connections }, () =>
      Array.from({ length: EACH }, () => {
        const ask = next();
        return requestBytes(server.port, formOf(operation, server.dialect, ask), ask.key);
      }),
    );
  });
  const before = cpuOfTree(world.cluster.pid);
  await server.begin();
  const load = await runLoad({ port: server.port, seconds, requests });
  const used = await server.read();
  const perAnswer = 1_000 / Math.max(1, load.answers);
  const postgresCpuMs = (cpuOfTree(world.cluster.pid) - before) * perAnswer;
  return { ...load, nodeCpuMs: used.cpuSeconds * perAnswer, postgresCpuMs, delayP99Ms: used.delayP99Ms };
}

export const READS: readonly Mix[] = [{ operation: "Q1", connections: CONNECTIONS }];
export const READS_AND_WRITES: readonly Mix[] = [
  { operation: "Q1", connections: CONNECTIONS - 4 },
  { operation: "M1", connections: 4 },
];

/** Rounds of both cells; every other round begins with the busy one. */
export async function compareBusy(serving: Serving, job: Job, rounds: number): Promise<readonly Round[]> {
  await serve({ ...serving, seconds: Math.min(2, serving.seconds) }, 0);
  const results: Round[] = [];
  for (let round = 1; round <= rounds; round++) {
    const order = round % 2 === 0 ? (["busy", "calm"] as const) : (["calm", "busy"] as const);
    const cells: Partial<Record<"calm" | "busy", Served>> = {};
    let done = 0;
    for (const name of order) {
      if (name === "busy") await job.start();
      const before = await job.count();
      const cell = await serve(serving, round);
      if (name === "busy") {
        done = (await job.count()) - before;
        await job.stop();
      }
      cells[name] = cell;
      say(`${name} ${round}/${rounds}: ${cell.perSecond.toFixed(0)} /s, p99 ${cell.p99Ms.toFixed(1)} ms`);
    }
    results.push({ calm: cells.calm as Served, busy: cells.busy as Served, done });
  }
  return results;
}

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** The median of every round's own ratio, with the lowest and the highest. */
function ratio(rounds: readonly Round[], of: (served: Served) => number): string {
  const ratios = rounds.map(({ calm, busy }) => of(busy) / of(calm));
  return `${median(ratios).toFixed(2)} [${Math.min(...ratios).toFixed(2)}..${Math.max(...ratios).toFixed(2)}]`;
}

const WANTED = { throughput: 0.9, p99: 2 };

/** Both cells' medians, and the ratios of the rounds. */
export function toLines(rounds: readonly Round[]): readonly string[] {
  const row = (name: "calm" | "busy") => {
    const figure = (key: keyof Served, digits: number) =>
      median(rounds.map((round) => round[name][key])).toFixed(digits);
    const failures = rounds.reduce((sum, round) => sum + round[name].failures, 0);
    return `  ${name.padEnd(6)}${figure("perSecond", 0).padStart(6)} /s  p50 ${figure("p50Ms", 1)} ms  p99 ${figure("p99Ms", 1)} ms  node ${figure("nodeCpuMs", 3)} ms  postgres ${figure("postgresCpuMs", 3)} ms  loop delay p99 ${figure("delayP99Ms", 1)} ms  failures ${failures}`;
  };
  return [
    ...[row("calm"), row("busy")],
    `  throughput ${ratio(rounds, ({ perSecond }) => perSecond)}, wanted ≥ ${WANTED.throughput}; p99 ${ratio(rounds, ({ p99Ms }) => p99Ms)}, wanted ≤ ${WANTED.p99}`,
  ];
}

/** The figures as JSON beside the other results. */
export async function keepResults(name: string, results: object): Promise<void> {
  const at = new Date().toISOString();
  const path = join("bench", "results", `${name}-${at.replaceAll(":", "-")}.json`);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `${JSON.stringify({ at, machine: machine(), ...results }, null, 1)}\n`);
}
