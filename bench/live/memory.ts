/** Memory of processes, what they share counted once. */
import { readFile } from "node:fs/promises";

/** Megabytes (10^6), proportional set size; null where it cannot be read. */
export async function treeMemory(pids: readonly number[]): Promise<number | null> {
  if (pids.length === 0) return null;
  let kilobytes = 0;
  for (const pid of pids) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return kilobytes > 0 ? (kilobytes * 1024) / 1_000_000 : null;
}
