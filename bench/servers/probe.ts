/**
 * Loaded before a server's own code, the same way for each of them: tells the parent what the process uses. Ends the
 * process when the parent is gone.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

/** What the parent sends. */
export type ProbeAsk = "begin" | "read";

/** What it gets for `read`: since `begin`. */
export interface ProbeReading {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** How much later than due a timer ran, 99th percentile and worst. */
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

const RESOLUTION_MS = 1;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let begun = process.cpuUsage();

/** The histogram holds the time between two ticks, of which the resolution was meant. */
const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

function answer(ask: ProbeAsk): void {
  if (ask === "begin") {
    delay.reset();
    delay.enable();
    begun = process.cpuUsage();
    process.send?.("begun");
    return;
  }
  const { user, system } = process.cpuUsage(begun);
  delay.disable();
  const reading: ProbeReading = {
    cpuSeconds: (user + system) / 1e6,
    rssBytes: process.memoryUsage.rss(),
    delayP99Ms: late(delay.percentile(99)),
    delayMaxMs: late(delay.max),
  };
  process.send?.(reading);
}

process.on("message", (ask: ProbeAsk) => answer(ask));
process.on("disconnect", () => process.exit());
// The server alone decides how long the process lives.
process.channel?.unref();
