/** What can be told about another process from outside: enough to know whether a pid file speaks of the living. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { errorCode } from "../../kernel/fault.js";

/**
 * Whether the process does something. A zombie does not: where pid 1 reaps nobody (many containers), a killed server
 * stays in the table for ever, and `kill(pid, 0)` says that it lives.
 */
export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (process.platform === "linux") {
    // "123 (name with spaces) S 1 …"
    const stat = read(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
    return stat !== null && !["Z", "X"].includes(stat.slice(stat.lastIndexOf(")") + 2)[0] ?? "X");
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
  if (process.platform === "win32") return true;
  return !spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.startsWith("Z");
}

/**
 * Whether a running process is the server of this cluster, and not some other to which the number went (in a container
 * every start deals the same low numbers). A server works in its data directory.
 * @param cluster the data directory, without symbolic links
 */
export function isServerOf(pid: number, cluster: string): boolean {
  if (!isRunning(pid)) return false;
  if (process.platform !== "linux") return true;
  const folder = read(() => readlinkSync(`/proc/${pid}/cwd`));
  if (folder !== null) return folder === cluster;
  // Another account's, and we lack the capability to look closer.
  return read(() => readFileSync(`/proc/${pid}/comm`, "latin1"))?.trim() === "postgres";
}

/** The processes that still work in the data directory, of a server that is gone itself. Linux only; elsewhere none. */
export function leftOf(cluster: string): number[] {
  if (process.platform !== "linux") return [];
  const pids = readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  return pids.filter((pid) => read(() => readlinkSync(`/proc/${pid}/cwd`)) === cluster && isRunning(pid));
}

function read(look: () => string): string | null {
  try {
    return look();
  } catch {
    return null;
  }
}
