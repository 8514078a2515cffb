import { randomBytes } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { localWorker } from "../browser/index.js";
import type { Config } from "../config.js";
import { errorFacts, openLog } from "../kernel/log.js";
import { closeWhenTold } from "./ending.js";
import { UsageWrong } from "./failure.js";

/** Runs until SIGTERM or Ctrl-C. Its secret is made at the first start; a gateway is given it by a person. */
export async function runBrowserWorker(config: Config): Promise<void> {
  const { browser, dataDir, logLevel } = config;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const { name, host, port, secretFile } = browser.worker;
  const path = secretFile ?? join(dataDir, "browser-worker.secret");
  const secret = await readSecret(path);
  const log = openLog({ level: logLevel });
  // One session's mishap is not the others' end.
  process.on("unhandledRejection", (error) => log.error("browser worker: unhandled", errorFacts(error)));
  const { startWorker } = await import("../browser/workshop.js");
  const settings = { ...localWorker(name, browser, dataDir), api: { host, port } };
  const worker = await startWorker(settings, secret, log);
  process.stdout.write(`
The browser worker ${name} is ready
  API         ${worker.url}
  Live view   ${worker.liveViewOrigin}
  Secret      in ${path}
`);
  closeWhenTold(log, worker.close);
}

async function readSecret(path: string): Promise<string> {
  const made = randomBytes(32).toString("base64url");
  await writeFile(path, `${made}\n`, { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  if (process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0) {
    throw new UsageWrong("Others can read the worker's secret: give its file mode 0600.");
  }
  const secret = (await readFile(path, "utf8")).trim();
  if (secret.length < 32) throw new UsageWrong("The worker's secret has less than 32 characters.");
  return secret;
}
