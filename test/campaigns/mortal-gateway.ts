/** A gateway in a process of its own, to be killed at one of its own steps. */
import { type ChildProcess, fork } from "node:child_process";
import { join, resolve } from "node:path";

export interface MortalOrder {
  readonly environment: NodeJS.ProcessEnv;
  /** Adapter id → URL. */
  readonly sandboxes: Readonly<Record<string, string>>;
  readonly urls: { readonly ownerUrl: string; readonly appUrl: string; readonly clockUrl: string };
  /** How often the clock looks at connections and checkouts. */
  readonly clockEveryMs: number;
  /** How often it looks at requests to be forgotten; its own default when absent. */
  readonly forgetsEveryMs?: number;
  /** Steps that are counted beside commits and words to the worker: questions to stores, files put in their place beside the keys. */
  readonly watches?: readonly ("store" | "file")[];
}

/** Before, in the middle of or after the nth step of this name from now on; counted from 1. */
export interface Death {
  readonly step: string;
  readonly at: number;
  readonly when: "before" | "during" | "after";
  /** Somebody else's process dies then instead of its own. */
  readonly victim?: number;
}

export type MortalTask =
  | { readonly kind: "arm"; readonly death: Death | null }
  | { readonly kind: "steps" }
  | { readonly kind: "remember"; readonly path: string }
  | { readonly kind: "stop" };

export interface MortalGateway {
  readonly url: string;
  readonly key: string;
  /** Counts from here on, and dies there; null: only counts. Answers whether the one before was died. */
  readonly arm: (death: Death | null) => Promise<boolean>;
  /** What was done since. */
  readonly steps: () => Promise<readonly string[]>;
  /** Writes all that it can reach in its memory into a file. */
  readonly writeMemory: (path: string) => Promise<void>;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  readonly isGone: () => boolean;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const ROOT = resolve(import.meta.dirname, "../..");

export async function startMortal(order: MortalOrder): Promise<MortalGateway> {
  const child = fork(join(import.meta.dirname, "mortal-gateway-child.ts"), {
    cwd: ROOT,
    execArgv: ["--conditions=shopkey-source", "--import", "tsx"],
    env: { ...process.env, NODE_OPTIONS: "", NODE_ENV: "development" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  child.send(order);
  const { url, key } = await heard<{ url: string; key: string }>(child, "url");
  const tell = (task: MortalTask): void => {
    if (child.connected) child.send(task, () => undefined);
  };
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  return {
    url,
    key,
    arm: async (death) => {
      const armed = heard<{ readonly wasDone: boolean }>(child, "armed");
      tell({ kind: "arm", death });
      return (await armed).wasDone;
    },
    steps: async () => {
      const said = heard<{ steps: readonly string[] }>(child, "steps");
      tell({ kind: "steps" });
      return (await said).steps;
    },
    writeMemory: async (path) => {
      const written = heard(child, "remembered");
      tell({ kind: "remember", path });
      await written;
    },
    gone,
    isGone,
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
    stop: async () => {
      if (!isGone()) tell({ kind: "stop" });
      await gone;
    },
  };
}

/** Rejects when it is gone, or ends meanwhile. */
function heard<T>(child: ChildProcess, key: string): Promise<T> {
  return new Promise((resolve, reject) => {
    if (child.exitCode !== null || child.signalCode !== null) return reject(new Error("the gateway is gone"));
    const hear = (said: unknown) => {
      if (typeof said !== "object" || said === null || !(key in said)) return;
      stop();
      resolve(said as T);
    };
    const end = () => {
      stop();
      reject(new Error(`the gateway ended before it said its ${key}`));
    };
    const stop = () => {
      child.off("message", hear);
      child.off("exit", end);
    };
    child.on("message", hear);
    child.once("exit", end);
  });
}
