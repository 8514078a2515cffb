/** What was wanted and what was reached, side by side; nothing is judged but by the numbers. */
import { isError } from "../../src/kernel/fault.js";

export interface Row {
  /** Of the table of targets. */
  readonly row: string;
  readonly what: string;
  readonly target: string;
  readonly reached: string;
  readonly isMet: boolean | null;
}

/** Milliseconds; `misses` are tries without any answer in time. */
export interface Times {
  readonly all: readonly number[];
  readonly misses: number;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const round = (value: number): string => value.toFixed(0);

/** A row for times with a target for median and p95; `median` null where only p95 is wanted. */
export function timesRow(
  row: string,
  what: string,
  times: Times,
  target: { readonly median: number | null; readonly p95: number },
): Row {
  const [median, p95] = [quantile(times.all, 0.5), quantile(times.all, 0.95)];
  const misses = times.misses > 0 ? `, ${times.misses} missed` : "";
  return {
    row,
    what,
    target: target.median === null ? `p95 <= ${target.p95}, 0 missed` : `<= ${target.median} / <= ${target.p95} ms`,
    reached: `${round(median)} / ${round(p95)} ms (n ${times.all.length}${misses})`,
    isMet: times.misses === 0 && p95 <= target.p95 && (target.median === null || median <= target.median),
  };
}

/** What nobody can be faster than, on this machine, at this moment. */
export function limitRow({ all }: Times): Row {
  const reached = `${round(quantile(all, 0.5))} / ${round(quantile(all, 0.95))} ms (n ${all.length})`;
  return { row: "", what: "the limit: the same click by bare CDP, in the same run", target: "", reached, isMet: null };
}

/** A case that ended in an error measured nothing, and the others go on. */
export function failedRow(name: string, error: unknown): Row {
  const why = isError(error) ? error.message.split("\n")[0] : String(error);
  return { row: "", what: `${name}: not measured`, target: "", reached: `error: ${why}`, isMet: false };
}

export function toText(rows: readonly Row[]): string {
  const all = rows.map(({ row, what, target, reached, isMet }) => [
    row,
    what,
    target,
    reached,
    isMet === null ? "" : isMet ? "met" : "MISSED",
  ]);
  const table = [["#", "what", "target", "reached", ""], ...all];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((line) => (line[column] ?? "").length)));
  return table.map((line) => line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")).join("\n");
}
