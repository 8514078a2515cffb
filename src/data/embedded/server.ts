/** Starting the server and knowing when it is ready, and how it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, realpathSync, renameSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { errorCode } from "../../kernel/fault.js";
import type { Account } from "./account.js";
import type { Binaries } from "./binaries.js";
import type { Place } from "./creation.js";
import { isServerOf } from "./processes.js";
import { bareEnvironment, serverArguments } from "./settings.js";
import { DatabaseUnusable } from "./unusable.js";
import type { WatchdogOrder } from "./watchdog.js";

/** A server that runs, seen through its watchdog. */
export interface Server {
  readonly port: number;
  /** PostgreSQL's own. */
  readonly pid: number;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Fast shutdown; resolves when the process is gone. */
  readonly stop: () => Promise<void>;
}

interface Launch {
  readonly place: Place;
  readonly binaries: Binaries;
  readonly account: Account;
  readonly durable: boolean;
  readonly port: number;
  readonly onStep: (text: string) => void;
}

/** A port of the loopback interface that is free at this moment. */
export function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/**
 * Starts the server under a watchdog, and resolves when it takes connections.
 * @throws DatabaseUnusable `PORT_TAKEN`, `NOT_STARTED`
 */
export async function launch(order: Launch): Promise<Server> {
  const { place } = order;
  rotate(place.logFile);
  const log = openSync(place.logFile, "a", 0o600);
  const from = statSync(place.logFile).size;
  const watchdog = spawn(process.execPath, watchdogArguments(order), {
    // Ctrl-C reaches the whole process group: out of it, or the database goes before the requests are done.
    detached: true,
    windowsHide: true,
    cwd: place.dir,
    env: bareEnvironment({}),
    stdio: ["pipe", "pipe", log],
  });
  closeSync(log);
  watchdog.stdin?.on("error", () => {});
  const ended = new Promise<void>((resolve) => {
    watchdog.once("exit", () => resolve());
    watchdog.once("error", () => resolve());
  });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const pid = await Promise.race([firstLine(watchdog), ended.then(() => Number.NaN)]);
  if (Number.isNaN(pid) || !(await isReady(order, pid, () => isOver)))
    throw notStarted(order, readFrom(place.logFile, from));
  letGo(watchdog);
  const cluster = realpathSync(place.cluster);
  void ended.then(() => stopUnwatched(pid, cluster));
  const stop = () => {
    watchdog.ref();
    watchdog.stdin?.end();
    return ended;
  };
  return { port: order.port, pid, ended, stop };
}

/** Beside this file in whatever form this file is: compiled, or source, which node runs by stripping its types. */
function watchdogArguments(order: Launch): string[] {
  const { binaries, account, place } = order;
  const isSource = import.meta.url.endsWith(".ts");
  const script = fileURLToPath(new URL(isSource ? "./watchdog.ts" : "./watchdog.js", import.meta.url));
  // Before Node 22.18 types are not stripped; who runs the source there has tsx.
  const isStripped = !isSource || Boolean(process.features.typescript);
  const loader = isStripped ? [] : ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
  const [command = "", ...args] = [...account.prefix, binaries.postgres, ...serverArguments(place.cluster, order)];
  const json: WatchdogOrder = {
    command,
    args,
    spawn: account.spawn,
    env: bareEnvironment(binaries.env),
    cwd: place.dir,
    gateway: process.pid,
    state: place.state,
    stop: process.platform === "win32" ? [binaries.pgCtl, "stop", "-D", place.cluster, "-m", "fast"] : null,
  };
  return ["--max-old-space-size=32", ...loader, script, JSON.stringify(json)];
}

async function firstLine(watchdog: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    watchdog.stdout?.once("data", (chunk: Buffer) => resolve(Number.parseInt(chunk.toString("latin1"), 10)));
  });
}

/** PostgreSQL writes its state into the eighth line of its pid file: `starting`, `ready`, `stopping`. */
async function isReady(order: Launch, pid: number, isOver: () => boolean): Promise<boolean> {
  const file = join(order.place.cluster, "postmaster.pid");
  const begun = performance.now();
  for (let told = false; !isOver(); await sleep(5)) {
    const lines = readOr(file).split("\n");
    if (Number(lines[0]) === pid && lines[7]?.trim() === "ready") return true;
    if (told || performance.now() - begun < 3000) continue;
    order.onStep("the database was not shut down in order and replays its log…");
    told = true;
  }
  return false;
}

/** The gateway may end without a word: neither the process nor its pipes keep it. */
function letGo(watchdog: ChildProcess): void {
  watchdog.unref();
  for (const pipe of [watchdog.stdin, watchdog.stdout]) {
    if (pipe !== null && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
  }
}

/** Somebody killed the watchdog alone: without it the server would outlive us. */
function stopUnwatched(pid: number, cluster: string): void {
  if (isServerOf(pid, cluster)) process.kill(pid, "SIGINT");
}

function notStarted(order: Launch, lines: string): DatabaseUnusable {
  if (/could not bind/.test(lines)) {
    return new DatabaseUnusable("PORT_TAKEN", `Port ${order.port} on 127.0.0.1 is taken.`, {
      nextAction: "Choose another port for the database, or none, and a free one is found.",
    });
  }
  if (/lock file ".*" already exists/.test(lines)) {
    return new DatabaseUnusable("IN_USE", `Another gateway started on ${order.place.cluster} at the same moment.`, {
      nextAction: "Start one gateway on a folder, or set DATABASE_URL so that both share one server.",
    });
  }
  const last = lines.trim().split("\n").slice(-8).join("\n");
  return new DatabaseUnusable("NOT_STARTED", `PostgreSQL did not start.\n${last}`, {
    nextAction: `See ${order.place.logFile}; or set DATABASE_URL to a PostgreSQL of your own (15 or newer).`,
  });
}

const LARGE = 5_000_000;

function rotate(logFile: string): void {
  try {
    if (statSync(logFile).size > LARGE) renameSync(logFile, `${logFile}.1`);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

const readFrom = (path: string, offset: number): string => readFileSync(path).subarray(offset).toString("utf8");

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  }
}
