/** Making the cluster, once: in a folder beside it, and moved into its place when it is whole. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { errorCode } from "../../kernel/fault.js";
import { type Account, handOver } from "./account.js";
import type { Binaries } from "./binaries.js";
import { keepPasswords, makePasswords } from "./passwords.js";
import { isRunning } from "./processes.js";
import { bareEnvironment, initdbArguments } from "./settings.js";
import { DatabaseUnusable } from "./unusable.js";

/** Where things are in the folder that is handed to `startCluster`. */
export interface Place {
  readonly dir: string;
  /** The data directory. */
  readonly cluster: string;
  readonly logFile: string;
  readonly state: string;
}

export const placeIn = (dir: string): Place => ({
  dir,
  cluster: join(dir, "cluster"),
  logFile: join(dir, "postgres.log"),
  state: join(dir, "watchdog.json"),
});

/**
 * A cluster is there whole or not at all: a gateway that is killed in the middle leaves a folder that the next one
 * removes, and of two that begin at the same moment one wins.
 * @throws DatabaseUnusable `IN_USE`, `DAMAGED`, `NOT_STARTED`
 */
export async function createCluster(place: Place, made: { binaries: Binaries; account: Account; durable: boolean }) {
  const { binaries, account, durable } = made;
  removeUnfinished(place);
  const fresh = `${place.cluster}.new-${process.pid}-${randomBytes(4).toString("hex")}`;
  unfinished.add(basename(fresh));
  const passwordFile = `${fresh}.password`;
  const passwords = makePasswords();
  try {
    mkdirSync(fresh, { mode: 0o700 });
    writeFileSync(passwordFile, passwords.superuser, { mode: 0o600 });
    handOver(account, fresh);
    handOver(account, passwordFile);
    await runInitdb(place, { binaries, account, args: initdbArguments(fresh, { passwordFile, durable }) });
    handOver(account, keepPasswords(fresh, passwords));
    putInPlace(place, fresh, durable);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(fresh, { recursive: true, force: true });
    unfinished.delete(basename(fresh));
  }
}

/** What this process is at. Its number alone says little: in a container every gateway has the same. */
const unfinished = new Set<string>();

function removeUnfinished(place: Place): void {
  for (const name of readdirSync(place.dir)) {
    const pid = /^cluster\.new-(\d+)/.exec(name)?.[1];
    if (pid === undefined) continue;
    const isBusy = Number(pid) === process.pid ? unfinished.has(name.replace(".password", "")) : isRunning(Number(pid));
    if (isBusy) continue;
    rmSync(join(place.dir, name), { recursive: true, force: true });
  }
}

async function runInitdb(place: Place, run: { binaries: Binaries; account: Account; args: string[] }): Promise<void> {
  const [command = "", ...args] = [...run.account.prefix, run.binaries.initdb, ...run.args];
  const output: Buffer[] = [];
  const child = spawn(command, args, {
    ...run.account.spawn,
    cwd: place.dir,
    env: bareEnvironment(run.binaries.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (status, signal) => resolve(status ?? signal ?? "unknown"));
  });
  if (code !== 0) throw notMade(code, Buffer.concat(output).toString("utf8"));
}

function notMade(code: number | string, output: string): DatabaseUnusable {
  const last = output.trim().split("\n").slice(-8).join("\n");
  return new DatabaseUnusable("NOT_STARTED", `The database cluster could not be created (${code}).\n${last}`, {
    nextAction: "See the lines above; or set DATABASE_URL to a PostgreSQL of your own (15 or newer).",
  });
}

function putInPlace(place: Place, fresh: string, durable: boolean): void {
  try {
    renameSync(fresh, place.cluster);
  } catch (cause) {
    if (errorCode(cause) !== "ENOTEMPTY" && errorCode(cause) !== "EEXIST") throw cause;
    throw new DatabaseUnusable("IN_USE", `Another gateway created a cluster in ${place.dir} at the same moment.`, {
      nextAction: "Start one gateway on a folder, or set DATABASE_URL so that both share one server.",
      cause,
    });
  }
  if (!durable || process.platform === "win32") return;
  const folder = openSync(place.dir, "r");
  fsyncSync(folder);
  closeSync(folder);
}

/**
 * Whether a cluster is there.
 * @throws DatabaseUnusable `DAMAGED` when something else is; `OTHER_VERSION` when these binaries cannot open it
 */
export function hasCluster(place: Place, binaries: Binaries): boolean {
  const version = join(place.cluster, "PG_VERSION");
  if (!existsSync(version)) {
    if (!existsSync(place.cluster) || readdirSync(place.cluster).length === 0) return false;
    throw new DatabaseUnusable("DAMAGED", `${place.cluster} holds files, but no database cluster.`, {
      nextAction: "Move them away, or give the gateway another folder.",
    });
  }
  const major = Number.parseInt(readFileSync(version, "utf8"), 10);
  if (major === binaries.major) return true;
  throw new DatabaseUnusable(
    "OTHER_VERSION",
    `${place.cluster} was written by PostgreSQL ${major}; this gateway brings PostgreSQL ${binaries.major}.`,
    {
      nextAction: `Start a PostgreSQL ${major} on it, dump the database shopkey with pg_dump, remove the folder, start the gateway, and restore the dump.`,
    },
  );
}
