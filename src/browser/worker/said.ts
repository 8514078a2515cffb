/** What a worker says on its standard error: lines of its log, which become the gateway's own. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Facts, Log } from "../../kernel/log.js";

const LEVELS = new Map([
  [20, "debug"],
  [30, "info"],
  [40, "warn"],
  [50, "error"],
] as const);

type Level = typeof LEVELS extends Map<number, infer L> ? L : never;

interface Said {
  readonly level: Level;
  readonly event: string;
  readonly facts: Facts;
}

function readLine(line: string): Said | null {
  try {
    const { level, msg, time: _, ...facts } = JSON.parse(line) as Record<string, unknown>;
    const known = LEVELS.get(level as 20);
    return known === undefined || typeof msg !== "string" ? null : { level: known, event: msg, facts: facts as Facts };
  } catch {
    return null;
  }
}

const GATHERED_MS = 200;

/**
 * Each line of a log is held to the allow-list once more. Whatever else comes (a crash's last words) may quote a shopper's
 * page, so it is counted and not passed on: a worker that runs by itself (`shopkey browser-worker`) shows it.
 */
export function passOn(from: Readable, log: Log): void {
  let count = 0;
  let bytes = 0;
  const tell = () => {
    log.warn("browser worker: words outside its log", { count, bytes });
    [count, bytes] = [0, 0];
  };
  createInterface({ input: from }).on("line", (line) => {
    const said = readLine(line);
    if (said !== null) return log[said.level](said.event, said.facts);
    if (count === 0) setTimeout(tell, GATHERED_MS).unref();
    count += 1;
    bytes += Buffer.byteLength(line);
  });
}
