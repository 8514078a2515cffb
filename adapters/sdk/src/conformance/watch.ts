const WAYS = ["log", "info", "warn", "error", "debug"] as const;

/** Sees what goes past the `Call`: the console and the global fetch, while a function of the adapter runs. */
export interface ProcessWatch {
  readonly during: <T>(work: () => Promise<T>) => Promise<T>;
  readonly printed: readonly unknown[];
  readonly strays: readonly string[];
}

export function watchProcess(): ProcessWatch {
  const printed: unknown[] = [];
  const strays: string[] = [];
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    const { console, fetch } = globalThis;
    const muted = Object.fromEntries(WAYS.map((way) => [way, (...told: unknown[]) => void printed.push(...told)]));
    globalThis.console = Object.assign(Object.create(console), muted);
    globalThis.fetch = () => {
      strays.push("the global fetch");
      return Promise.reject(new Error("adapters speak with call.fetch"));
    };
    try {
      return await work();
    } finally {
      Object.assign(globalThis, { console, fetch });
    }
  };
  return { during, printed, strays };
}
