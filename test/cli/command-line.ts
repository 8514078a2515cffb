/** The built command line in a process of its own, as somebody types it. */
import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { Config } from "../../src/config.js";

const ROOT = resolve(import.meta.dirname, "../..");
const MAIN = join(ROOT, "dist/cli/main.js");
/** Compiled code is kept from one process to the next: it saves a third of what a command costs. */
const COMPILED = join(ROOT, "node_modules/.cache/shopkey-command-line");

export interface Outcome {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment holds nothing of Shopkey's but these variables. */
export function spawnShopkey(args: readonly string[], env: Readonly<Record<string, string>>) {
  return spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH ?? "", NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export async function shopkey(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome> {
  const child = spawnShopkey(args, env);
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** The answer of a command that went well, with `--json`. */
export async function askJson<T>(args: readonly string[], env: Readonly<Record<string, string>>): Promise<T> {
  const { code, stdout, stderr } = await shopkey([...args, "--json"], env);
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** What points the command line to where a test's gateway runs. */
export function environmentOf({ databaseUrl, databaseRoles, dataDir }: Config): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl ?? "",
    DATABASE_APP_URL: databaseRoles?.appUrl ?? "",
    DATABASE_CLOCK_URL: databaseRoles?.clockUrl ?? "",
    SHOPKEY_DATA_DIR: dataDir,
    PORT: "0",
  };
}

export interface Folder {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** A folder that others may pass: under root the embedded database runs as another account. */
export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "shopkey-cli-"));
  await chmod(path, 0o711);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
