/**
 * The structured log. A line is an event name and facts whose names are on the allow-list; anything else is dropped
 * before it is written, so that a careless line cannot carry a shopper's data.
 */
import { type DestinationStream, pino } from "pino";
import { isError } from "./fault.js";

const ALLOWED = [
  "requestId",
  "orgId",
  "keyId",
  "consumerId",
  "storeId",
  "checkoutId",
  "connectionId",
  "anonymizationId",
  "impersonationId",
  "operatorLoginId",
  "adapter",
  "environment",
  "operation",
  "operationType",
  "code",
  "status",
  "durationMs",
  "attempt",
  "host",
  "port",
  "method",
  "path",
  "count",
  "bytes",
  "version",
  "step",
  "errorId",
  "error",
  "stack",
  "reason",
  "severity",
  "retryAfterMs",
  "pid",
  "signal",
  "url",
  "job",
  "variable",
  "sessionId",
] as const;

export type Fact = (typeof ALLOWED)[number];
export type Facts = Readonly<Partial<Record<Fact, string | number | boolean | null | undefined>>>;

export interface Log {
  readonly debug: (event: string, facts?: Facts) => void;
  readonly info: (event: string, facts?: Facts) => void;
  readonly warn: (event: string, facts?: Facts) => void;
  readonly error: (event: string, facts?: Facts) => void;
  /** A log whose lines all carry these facts. */
  readonly with: (facts: Facts) => Log;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Without a destination it writes to standard output, a page at a time; see `openPages`. */
export function openLog(options: { level: LogLevel; destination?: DestinationStream }): Log {
  const settings = { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return wrap(pino(settings, options.destination ?? openPages(pino.destination({ sync: true, dest: 1 }))), {});
}

/** Characters that are written at once: to write each line by itself costs more than to make it. */
const PAGE_LENGTH = 4_096;
const LATEST_MS = 50;
const URGENT = /^\{"level":[456]/;

/** A line waits for others for a moment; a warning or an error waits for nothing, nor does the end of the process. */
export function openPages(sink: DestinationStream): DestinationStream {
  let page = "";
  let timer: NodeJS.Timeout | null = null;
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (page === "") return;
    const written = page;
    page = "";
    sink.write(written);
  };
  process.on("exit", flush);
  return {
    write: (line) => {
      page += line;
      if (page.length >= PAGE_LENGTH || URGENT.test(line)) flush();
      else timer ??= setTimeout(flush, LATEST_MS).unref();
    },
  };
}

const allowed = new Set<string>(ALLOWED);

function onlyAllowed(facts: Facts, bound: Facts): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const from of [bound, facts])
    for (const name in from) if (allowed.has(name) && from[name as Fact] !== undefined) kept[name] = from[name as Fact];
  return kept;
}

function wrap(
  sink: Pick<ReturnType<typeof pino>, "debug" | "info" | "warn" | "error" | "isLevelEnabled">,
  bound: Facts,
): Log {
  const at =
    (level: "debug" | "info" | "warn" | "error") =>
    (event: string, facts: Facts = {}) => {
      if (sink.isLevelEnabled(level)) sink[level](onlyAllowed(facts, bound), event);
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (facts) => wrap(sink, { ...bound, ...facts }),
  };
}

/**
 * What may be logged of an unexpected error: its class, its code and where in our own code it arose. Its message may
 * quote a value (a driver's "invalid input syntax … '12345678900'"), so it stays out.
 */
export function errorFacts(error: unknown): Facts {
  if (!isError(error)) return { error: typeof error };
  const frames = (error.stack ?? "")
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .slice(0, 6);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { error: error.name, code, stack: frames.map((line) => line.trim()).join(" | ") };
}
