/** Servers as child processes, and what they and PostgreSQL use. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, globSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Dialect } from "./operations.js";
import type { ProbeAsk, ProbeReading } from "./servers/probe.js";

export interface Server {
  readonly name: string;
  readonly port: number;
  readonly dialect: Dialect;
  readonly begin: () => Promise<void>;
  /** Since `begin`. */
  readonly read: () => Promise<ProbeReading>;
  readonly stop: () => Promise<void>;
}

export interface ServerOptions {
  readonly name: string;
  readonly script: string;
  readonly arguments?: readonly string[];
  readonly dialect: Dialect;
  readonly env: Readonly<Record<string, string>>;
  /** Where its output goes. */
  readonly logPath: string;
}

const READY_WITHIN_MS = 60_000;

export function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

/** Starts a server and waits until it answers. It sees nothing of this process's environment but PATH and HOME. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const port = await findPort();
  const child = spawnServer(options, port);
  await untilAnswers(child, `http://127.0.0.1:${port}/healthz`, options.name);
  return {
    name: options.name,
    port,
    dialect: options.dialect,
    begin: async () => void (await tell(child, "begin")),
    read: async () => (await tell(child, "read")) as ProbeReading,
    stop: () => stopProcess(child),
  };
}

function spawnServer(options: ServerOptions, port: number): ChildProcess {
  const log = openSync(options.logPath, "a");
  const probe = pathToFileURL(join(import.meta.dirname, "servers", "probe.js")).href;
  const child = spawn(process.execPath, ["--import", probe, options.script, ...(options.arguments ?? [])], {
    stdio: ["ignore", log, log, "ipc"],
    env: bareEnvironment({ ...options.env, NODE_ENV: "production", PORT: String(port) }),
  });
  closeSync(log);
  return child;
}

export const bareEnvironment = (extra: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "",
  ...extra,
});

export async function untilAnswers(child: ChildProcess, url: string, name: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${name} ended before it answered; see its log`);
    const answer = await fetch(url).catch(() => null);
    await answer?.arrayBuffer();
    if (answer !== null) return;
    await wait(10);
  }
  throw new Error(`${name} did not answer in time`);
}

function tell(child: ChildProcess, ask: ProbeAsk): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.send(ask, (error) => error && reject(error));
  });
}

export function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

const TICKS_PER_SECOND = 100;

/** Of the text after the command's name, which may hold spaces: parent, and all the ticks used. */
function readStat(path: string): { parent: number; own: number; ofEnded: number } | null {
  try {
    const text = readFileSync(path, "latin1");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [parent = 0, own, ended] = [fields[1], [fields[11], fields[12]], [fields[13], fields[14]]];
    const sum = (of: (number | undefined)[]) => of.reduce<number>((total, ticks) => total + (ticks ?? 0), 0);
    return { parent, own: sum(own), ofEnded: sum(ended) };
  } catch {
    return null;
  }
}

/** Seconds of processor time that a process and its children, ended ones as well, have used. Linux only; 0 elsewhere. */
export function cpuOfTree(pid: number): number {
  let ticks = 0;
  for (const path of globSync("/proc/[0-9]*/stat")) {
    const stat = readStat(path);
    if (stat === null) continue;
    if (path === `/proc/${pid}/stat`) ticks += stat.own + stat.ofEnded;
    else if (stat.parent === pid) ticks += stat.own;
  }
  return ticks / TICKS_PER_SECOND;
}

/** Resident bytes of a process, as Linux tells them; 0 elsewhere. */
export function residentBytes(pid: number): number {
  try {
    return 1_024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
