/** Keeps one worker running beside the gateway: started with it, started again when it dies, ended with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import type { Log, LogLevel } from "../../kernel/log.js";
import type { KnownWorker, WorkerAddress } from "../client/workers.js";
import { LayerRefused } from "../layer.js";
import type { WorkerOrder, WorkerReply } from "./main.js";
import { passOn } from "./said.js";
import type { WorkerSettings } from "./start.js";

export interface SupervisorOptions {
  readonly settings: WorkerSettings;
  readonly logLevel: LogLevel;
  readonly log: Log;
}

export interface SupervisedWorker {
  readonly worker: KnownWorker;
  /** Of the process that runs now; null between two. */
  readonly pid: () => number | null;
  readonly close: () => Promise<void>;
}

const ROOT = resolve(import.meta.dirname, "../../..");
const IS_SOURCE = import.meta.filename.endsWith(".ts");
const START_MS = 60_000;
const CLOSE_MS = 12_000;
/** Whoever asks meanwhile is not kept longer. */
const PATIENCE_MS = 30_000;
const PAUSES_MS = [100, 500, 2_000, 10_000];
/** Something is missing on the machine, and somebody has to bring it. */
const MISSING_PAUSE_MS = 60_000;

/** Answers at once; the worker is there when `worker.address` resolves. */
export function superviseWorker(options: SupervisorOptions): SupervisedWorker {
  const end = new AbortController();
  const state: State = { child: null, address: openLater(), said: "" };
  const running = run(options, state, end.signal);
  return {
    worker: { name: options.settings.name, address: () => inTime(state.address.promise) },
    pid: () => state.child?.pid ?? null,
    close: async () => {
      end.abort();
      await Promise.all([state.child && stop(state.child), running]);
    },
  };
}

interface Later {
  readonly promise: Promise<WorkerAddress>;
  readonly resolve: (address: WorkerAddress) => void;
  readonly reject: (refusal: LayerRefused) => void;
}

interface State {
  child: ChildProcess | null;
  address: Later;
  /** What was last logged to be missing: said once, not every minute. */
  said: string;
}

function openLater(): Later {
  let [resolve, reject]: [Later["resolve"], Later["reject"]] = [() => undefined, () => undefined];
  const promise = new Promise<WorkerAddress>((...both) => {
    [resolve, reject] = both;
  });
  promise.catch(() => undefined); // nobody has to wait for it
  return { promise, resolve, reject };
}

async function run(options: SupervisorOptions, state: State, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    const startedAt = Date.now();
    const isMissing = await runOnce(options, state, signal);
    state.address.reject(new LayerRefused("unavailable"));
    if (signal.aborted) return;
    failures = Date.now() - startedAt > START_MS ? 1 : failures + 1;
    const pause = PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1] ?? 0;
    if (!isMissing) state.address = openLater();
    await wait(isMissing ? MISSING_PAUSE_MS : pause, undefined, { signal, ref: false }).catch(() => undefined);
    if (isMissing) state.address = openLater();
  }
}

/** Until it ends. True when it could not start for want of something. */
async function runOnce({ settings, logLevel, log }: SupervisorOptions, state: State, signal: AbortSignal) {
  const child = spawn(process.execPath, childArguments(), {
    // Ctrl-C reaches the whole process group: out of it, or it dies before it can say that it is not meant.
    detached: true,
    windowsHide: true,
    cwd: ROOT,
    env: {},
    stdio: ["pipe", "pipe", "pipe"],
  });
  passOn(child.stderr, log.with({ pid: child.pid }));
  const exited = once(child, "exit").catch(() => undefined);
  state.child = child;
  child.stdin.on("error", () => undefined);
  const secret = randomBytes(32).toString("base64url");
  child.stdin.write(`${JSON.stringify({ settings, secret, logLevel } satisfies WorkerOrder)}\n`);
  const reply = await Promise.race([readReply(child), exited.then(() => null)]);
  if (reply && "url" in reply) {
    state.said = "";
    state.address.resolve({ url: reply.url, secret });
    log.info("browser worker started", { pid: child.pid, url: reply.liveViewOrigin });
  }
  await exited;
  state.child = null;
  if (signal.aborted) return false;
  if (reply && "reason" in reply) {
    if (state.said !== reply.message) log.error(`no browser: ${reply.message}`, { reason: reply.reason });
    state.said = reply.message;
    return true;
  }
  log.warn("browser worker ended; starting another", {
    pid: child.pid,
    code: child.exitCode,
    signal: child.signalCode,
  });
  return false;
}

/** No environment: what it needs to know is in its order, and it has no use for the gateway's secrets. */
function childArguments(): string[] {
  if (!IS_SOURCE) return [resolve(import.meta.dirname, "main.js")];
  return ["--conditions=shopkey-source", "--import", "tsx", resolve(import.meta.dirname, "main.ts")];
}

async function readReply(child: ChildProcess): Promise<WorkerReply | null> {
  if (!child.stdout) return null;
  const lines = createInterface({ input: child.stdout });
  const timer = setTimeout(() => child.kill("SIGKILL"), START_MS);
  try {
    const [line] = (await once(lines, "line")) as [string];
    return JSON.parse(line) as WorkerReply;
  } finally {
    clearTimeout(timer);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), CLOSE_MS);
  child.stdin?.end();
  await exited;
  clearTimeout(timer);
}

async function inTime(address: Promise<WorkerAddress>): Promise<WorkerAddress> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LayerRefused("unavailable")), PATIENCE_MS);
  });
  try {
    return await Promise.race([address, late]);
  } finally {
    clearTimeout(timer);
  }
}
