/** Prometheus figures. No label names an org, a key, a consumer or anything else that a client chose. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  readonly contentType: string;
  readonly text: () => Promise<string>;
  readonly observe: (answered: {
    readonly operationType: string;
    readonly status: number;
    readonly seconds: number;
    /** Codes of the errors in the answer. */
    readonly codes: readonly string[];
  }) => void;
  /** `adapter` is the name of an installed one, or `none`. */
  readonly observeRoute: (answered: {
    readonly adapter: string;
    readonly status: number;
    readonly seconds: number;
  }) => void;
  readonly close: () => void;
}

const RESOLUTION_MS = 10;

/** The histogram holds the time between two ticks, of which `RESOLUTION_MS` was meant. */
const delaySeconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);

function gaugeProcess(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const registers = [registry];
  new Gauge({
    name: "shopkey_event_loop_delay_seconds",
    help: "Event-loop delay since the last scrape, by quantile.",
    labelNames: ["quantile"],
    registers,
    collect() {
      for (const percentile of [50, 99])
        this.set({ quantile: percentile / 100 }, delaySeconds(delay.percentile(percentile)));
      this.set({ quantile: 1 }, delaySeconds(delay.max));
      delay.reset();
    },
  });
  new Gauge({
    name: "shopkey_resident_memory_bytes",
    help: "Resident memory of the gateway's process.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: "shopkey_cpu_seconds_total",
    help: "Processor time that the gateway's process has used.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  return () => delay.disable();
}

export function openMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const close = gaugeProcess(registry);
  const duration = new Histogram({
    name: "shopkey_request_duration_seconds",
    help: "Time from a GraphQL request's arrival to its answer.",
    labelNames: ["operation", "status"],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const routes = new Histogram({
    name: "shopkey_route_duration_seconds",
    help: "Time from a store's request to its answer.",
    labelNames: ["adapter", "status"],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const errors = new Counter({
    name: "shopkey_errors_total",
    help: "Errors in GraphQL answers, by code.",
    labelNames: ["code"],
    registers,
  });
  /** A few kinds of operation by a few statuses: found once, not for each request. */
  const durations = new Map<string, ReturnType<typeof duration.labels>>();
  const durationOf = (operation: string, status: number) => {
    const name = `${operation} ${status}`;
    const known = durations.get(name) ?? duration.labels({ operation, status });
    durations.set(name, known);
    return known;
  };
  /** As few: what is installed, by what stores are answered. */
  const known = new Map<string, ReturnType<typeof routes.labels>>();
  const routeOf = (adapter: string, status: number) => {
    const name = `${adapter} ${status}`;
    const found = known.get(name) ?? routes.labels({ adapter, status });
    known.set(name, found);
    return found;
  };
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observe: ({ operationType, status, seconds, codes }) => {
      durationOf(operationType, status).observe(seconds);
      for (const code of codes) errors.inc({ code });
    },
    observeRoute: ({ adapter, status, seconds }) => routeOf(adapter, status).observe(seconds),
    close,
  };
}
