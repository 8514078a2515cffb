/**
 * The worker as a child of the gateway. It reads one line (settings and secret) from its standard input, answers one line, and ends
 * when that input ends: with the gateway, however that came about. It logs to standard error, which the gateway reads (`said.ts`).
 */
import { createInterface } from "node:readline";
import { errorFacts, type LogLevel, openLog } from "../../kernel/log.js";
import { BrowserUnavailable } from "../unavailable.js";
import { startWorker, type WorkerSettings } from "./start.js";
import type { Worker } from "./worker.js";

/** The line that it reads. */
export interface WorkerOrder {
  readonly settings: WorkerSettings;
  readonly secret: string;
  readonly logLevel: LogLevel;
}

/** The line that it answers. `reason` and `message` are for an operator. */
export type WorkerReply =
  | { readonly url: string; readonly liveViewOrigin: string }
  | { readonly reason: string; readonly message: string };

const CLOSE_MS = 8_000;

// Whatever a terminal says to everybody: the gateway closes its worker in its own time.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);

// Nobody reads any more: the gateway was killed, and there is something to clear away.
for (const output of [process.stdout, process.stderr]) output.on("error", () => undefined);

let worker: Worker | null = null;
let starting: Promise<void> = Promise.resolve();
let isEnding = false;
const end = (): void => {
  if (isEnding) return;
  isEnding = true;
  setTimeout(() => process.exit(1), CLOSE_MS).unref();
  // In the middle of starting it waits for that, so as to leave nothing behind.
  void starting.then(() => worker?.close()).finally(() => process.exit(0));
};
process.on("SIGTERM", end);

const lines = createInterface({ input: process.stdin });
lines.once("line", (line) => {
  starting = begin(JSON.parse(line) as WorkerOrder);
});
lines.once("close", end);

async function begin({ settings, secret, logLevel }: WorkerOrder): Promise<void> {
  const log = openLog({ level: logLevel, destination: process.stderr });
  // One session's mishap is not the others' end.
  process.on("unhandledRejection", (error) => log.error("browser worker: unhandled", errorFacts(error)));
  process.on("uncaughtException", (error) => {
    log.error("browser worker: uncaught", errorFacts(error));
    end();
  });
  const reply = (said: WorkerReply) => process.stdout.write(`${JSON.stringify(said)}\n`);
  try {
    worker = await startWorker(settings, secret, log);
    const { url, liveViewOrigin } = worker;
    reply({ url, liveViewOrigin });
  } catch (error) {
    const isKnown = error instanceof BrowserUnavailable;
    if (!isKnown || error.cause !== undefined) log.error("browser worker", errorFacts(isKnown ? error.cause : error));
    reply({
      reason: isKnown ? error.reason : "failed",
      message: isKnown ? error.message : "The browser worker did not start; its log says more.",
    });
    end();
  }
}
