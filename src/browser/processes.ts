/** Ends what a session started, and tells whether a process that once held something still lives. */
import { readdir, readFile, stat } from "node:fs/promises";

/** Names a process so that a later one with the same number is not taken for it. */
export interface ProcessMark {
  readonly pid: number;
  /** Start time in clock ticks since boot where /proc tells it, else empty. */
  readonly started: string;
}

export async function markProcess(pid: number): Promise<ProcessMark> {
  return { pid, started: await startOf(pid) };
}

export async function isAlive(mark: ProcessMark): Promise<boolean> {
  try {
    process.kill(mark.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return mark.started === "" || mark.started === (await startOf(mark.pid));
}

/** Kills the process and its group. Nothing happens when it is gone, or when its number now names another. */
export async function killGroup(mark: ProcessMark): Promise<void> {
  if (!(await isAlive(mark))) return;
  for (const target of [-mark.pid, mark.pid]) {
    try {
      process.kill(target, "SIGKILL");
    } catch {
      // Gone, or not the leader of a group.
    }
  }
}

/** Kills all that runs as a uid which belongs to one session alone; again until nothing is left. Linux only. */
export async function killAllOf(uid: number): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const pids = await processesOf(uid);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Gone in between.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Living processes of a uid; those that only wait to be collected do not count. */
export async function processesOf(uid: number): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  const found: number[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const facts = await stat(`/proc/${name}`).catch(() => null);
    if (facts?.uid === uid && (await stateOf(name)) !== "Z") found.push(Number(name));
    // A process that may not be looked at belongs to root by its /proc entry; its status tells the truth.
    else if (facts?.uid === 0 && (await realUid(name)) === uid && (await stateOf(name)) !== "Z")
      found.push(Number(name));
  }
  return found;
}

async function realUid(pid: string): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const uid = /^Uid:\s+(\d+)/m.exec(text)?.[1];
  return uid === undefined ? null : Number(uid);
}

async function stateOf(pid: string): Promise<string> {
  return (await fieldsOf(pid))[0] ?? "Z";
}

async function startOf(pid: number): Promise<string> {
  return (await fieldsOf(String(pid)))[19] ?? "";
}

/** The fields after the command, whose name may hold spaces and brackets: state is the first, start time the 20th. */
async function fieldsOf(pid: string): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .filter(Boolean);
}
