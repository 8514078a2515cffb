/** A whole gateway in a process of its own, with its own durable database, to be killed in every way there is. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { urlsOf } from "../../src/data/embedded/cluster.js";
import { placeIn } from "../../src/data/embedded/creation.js";
import { findRunningCluster } from "../../src/data/embedded/index.js";
import { readPasswords } from "../../src/data/embedded/passwords.js";
import { ask } from "../support/database-sql.js";

const ROOT = resolve(import.meta.dirname, "../..");

/** What is killed: the gateway; it with every process of the database; one session of the database. */
export type Killing = "gateway" | "everything" | "session";

export interface KilledGateway {
  readonly url: string;
  readonly key: string;
  readonly kill: (what: Killing) => Promise<void>;
  /** The superuser's look, past row-level security. */
  readonly sql: <R extends object>(statement: string) => Promise<R[]>;
  readonly stop: () => Promise<void>;
}

/** `definition` is a module beside this one. */
export async function startKillable(
  dataDir: string,
  storeUrl: string,
  definition = "killed-gateway-child.ts",
): Promise<KilledGateway> {
  const child = spawn(
    process.execPath,
    ["--conditions=shopkey-source", "--import", "tsx", "src/cli/main.ts", "start"],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        NODE_OPTIONS: "",
        NODE_ENV: "development",
        PORT: "0",
        LOG_LEVEL: "error",
        SHOPKEY_DATA_DIR: dataDir,
        SHOPKEY_PLAYGROUND: "off",
        SHOPKEY_CONFIG: join(import.meta.dirname, definition),
        SHOPKEY_TEST_STORE: storeUrl,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const url = await heard(child);
  const databaseDir = join(dataDir, "postgres");
  const server = () => {
    const running = findRunningCluster(databaseDir);
    if (running === null) throw new Error("there is no database");
    return running;
  };
  return {
    url,
    key: (await readFile(join(dataDir, "dev.key"), "utf8")).trim(),
    sql: (statement) => {
      const { adminUrl } = urlsOf(server().port, readPasswords(placeIn(resolve(databaseDir)).cluster));
      return ask(new URL("/shopkey", adminUrl).href, statement);
    },
    kill: async (what) => {
      const { pid } = server();
      if (what === "session") return killOne(childrenOf(pid).filter(({ title }) => title.includes("shopkey_app")));
      const all = what === "everything" ? [...childrenOf(pid).map((one) => one.pid), pid, parentOf(pid)] : [];
      for (const one of all) tryKill(one);
      await end(child, "SIGKILL");
    },
    stop: () => end(child, "SIGTERM"),
  };
}

async function heard(child: ChildProcess): Promise<string> {
  let text = "";
  await new Promise<void>((ready, failed) => {
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("Try it:")) ready();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => failed(new Error(`the gateway did not start (${code}): ${text}`)));
  });
  return /GraphQL\s+(\S+)\/graphql/.exec(text)?.[1] ?? "";
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once("exit", done));
  child.kill(signal);
  await ended;
}

interface Process {
  readonly pid: number;
  readonly title: string;
}

const statOf = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
const parentOf = (pid: number): number => Number(statOf(pid)[1]);

function childrenOf(parent: number): readonly Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): Process[] => {
      try {
        const pid = Number(name);
        return parentOf(pid) === parent ? [{ pid, title: readFileSync(`/proc/${pid}/cmdline`, "utf8") }] : [];
      } catch {
        return []; // it ended while we looked
      }
    });
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** PostgreSQL then ends every other session as well, and recovers. */
async function killOne(sessions: readonly Process[]): Promise<void> {
  const [one] = sessions;
  if (one === undefined) throw new Error("the gateway has no session at the database");
  tryKill(one.pid);
  await wait(500);
}
