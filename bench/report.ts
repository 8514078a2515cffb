/** Figures as text: medians over the rounds, ratios of the same round, and the targets beside them. */
import type { Cell } from "./cells.js";
import type { ColdStart } from "./cold-start.js";
import type { Equality } from "./equality.js";
import { OPERATIONS, type OperationName } from "./operations.js";

/** Server name → one cell for each round. */
export type Rounds = Readonly<Record<string, readonly Cell[]>>;

export interface Results {
  readonly at: string;
  readonly machine: string;
  readonly consumers: number;
  readonly seconds: number;
  readonly equality: readonly Equality[];
  readonly rounds: Readonly<Record<OperationName, Rounds>>;
  /** Q1 of the gateway on a small database and on the large one, in the same rounds. */
  readonly growth: Rounds | null;
  readonly coldStart: ColdStart | null;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

const ratios = (rounds: Rounds, of: string, to: string, figure: keyof Cell = "perSecond"): number[] =>
  (rounds[of] ?? []).map((cell, round) => cell[figure] / (rounds[to]?.[round]?.[figure] ?? Number.NaN));

const HEADER = [
  ["op", "server", "req/s", "× limit", "[min..max]", "p50 ms", "p99 ms"],
  ["node CPU ms", "pg CPU ms", "CPU × limit", "RSS MB", "loop p99 ms", "failures"],
].flat();

const fixed = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : "–");

function rowOf(operation: OperationName, rounds: Rounds, server: string): string[] {
  const cells = rounds[server] ?? [];
  const of = (figure: keyof Cell) => median(cells.map((cell) => cell[figure]));
  const toLimit = ratios(rounds, server, "limit");
  const cpu = cells.map((cell, round) => {
    const limit = rounds.limit?.[round];
    return (cell.nodeCpuMs + cell.postgresCpuMs) / ((limit?.nodeCpuMs ?? 0) + (limit?.postgresCpuMs ?? 0));
  });
  return [
    ...[operation, server, fixed(of("perSecond"), 0), fixed(median(toLimit), 2)],
    ...[`[${fixed(Math.min(...toLimit), 2)}..${fixed(Math.max(...toLimit), 2)}]`],
    ...[fixed(of("p50Ms"), 1), fixed(of("p99Ms"), 1), fixed(of("nodeCpuMs"), 3), fixed(of("postgresCpuMs"), 3)],
    ...[fixed(median(cpu), 2), fixed(of("rssMb"), 0), fixed(of("delayP99Ms"), 1)],
    String(cells.reduce((sum, { failures }) => sum + failures, 0)),
  ];
}

interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly reached: number;
  readonly digits: number;
  readonly holds: boolean;
}

const WANTED = {
  Q1: { limit: 0.7, stock: 5 },
  Q2: { limit: 0.92, stock: 3.5 },
  M1: { limit: 0.8, stock: 4 },
} as const;

function targetsOf({ rounds, growth, coldStart }: Results): Target[] {
  const atLeast = (what: string, wanted: number, reached: number): Target => ({
    ...{ what, reached, digits: 2, wanted: `≥ ${wanted}`, holds: reached >= wanted },
  });
  const atMost = (what: string, wanted: number, reached: number, unit: string): Target => ({
    ...{ what, reached, digits: unit === "s" ? 2 : 1, wanted: `≤ ${wanted} ${unit}`, holds: reached <= wanted },
  });
  const targets = OPERATIONS.flatMap((operation) => [
    atLeast(
      `${operation} of the limit`,
      WANTED[operation].limit,
      median(ratios(rounds[operation], "gateway", "limit")),
    ),
    atLeast(`${operation} × stock`, WANTED[operation].stock, median(ratios(rounds[operation], "gateway", "stock"))),
  ]);
  const delays = (rounds.Q2.gateway ?? []).map(({ delayP99Ms }) => delayP99Ms);
  targets.push(atMost("Q2 event-loop delay p99", 10, median(delays), "ms"));
  if (growth !== null) {
    const reached = median(ratios(growth, "large", "small"));
    targets.push(atLeast("Q1 at the large size, of the small one", 0.9, reached));
  }
  if (coldStart !== null) {
    targets.push(atMost("cold start, folder exists", 3, median(coldStart.existingSeconds), "s"));
    targets.push(atMost("cold start, empty folder", 5, coldStart.emptySeconds, "s"));
    targets.push(atMost("idle RSS of the gateway", 200, coldStart.idleRssMb, "MB"));
  }
  return targets;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? "")].length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => text + " ".repeat((widths[column] ?? 0) - [...text].length))
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

export function toText(results: Results): string {
  const { equality, rounds } = results;
  const compared = equality.map(({ operation, compared: count, differences }) =>
    differences.length === 0 ? `${operation}: ${count} equal` : `${operation}: ${differences.length} DIFFERENT`,
  );
  const rows = OPERATIONS.flatMap((operation) =>
    Object.keys(rounds[operation]).map((server) => rowOf(operation, rounds[operation], server)),
  );
  const targets = targetsOf(results).map(({ what, wanted, reached, digits, holds }) => [
    ...[what, wanted, fixed(reached, digits), holds ? "reached" : "NOT reached"],
  ]);
  return [
    `${results.consumers} consumers, 32 connections, ${results.seconds} s a cell; ${results.machine}`,
    `answers compared byte for byte: ${compared.join(", ")}`,
    ...equality.flatMap(({ differences }) => differences.slice(0, 3)),
    `\n${table([HEADER, ...rows])}`,
    `\n${table([["target", "wanted", "measured", ""], ...targets])}\n`,
  ].join("\n");
}
