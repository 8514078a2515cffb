/** What is there for a hosted browser, and what is missing: looks, and changes nothing. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import type { Log } from "../kernel/log.js";
import { openBrowserClient } from "./client/client.js";
import { type BrowserSettings, readWorkers, WorkersFileInvalid } from "./open.js";
import { BrowserUnavailable } from "./unavailable.js";

export interface BrowserFinding {
  readonly found: string;
  /** What to type or change; null when all is well. */
  readonly fix: string | null;
}

const run = promisify(execFile);

export async function inspectBrowser(settings: BrowserSettings, log: Log): Promise<BrowserFinding> {
  if (settings.mode === "off") return { found: "off: stores that shoppers log in to cannot be connected", fix: null };
  if (settings.mode === "local" && settings.endpointFile !== null) {
    return { found: "a browser elsewhere, by SHOPKEY_BROWSER_ENDPOINT_FILE; not asked", fix: null };
  }
  return settings.mode === "remote" ? await inspectWorkers(settings, log) : await inspectMachine(settings);
}

async function inspectMachine({ chromiumPath, sandbox }: BrowserSettings): Promise<BrowserFinding> {
  const chromium = await findSomeChromium(chromiumPath);
  if (chromium.fix !== null) return chromium;
  const isRoot = process.platform === "linux" && process.getuid?.() === 0;
  if (isRoot && sandbox === "required" && !(await run("setpriv", ["--version"]).catch(() => null))) {
    return { found: "root needs setpriv to start Chromium as another user", fix: "apt-get install -y util-linux" };
  }
  const unboxed = sandbox === "off" ? "; its sandbox is switched off" : "";
  return { found: chromium.found + unboxed, fix: null };
}

async function findSomeChromium(configured: string | null): Promise<BrowserFinding> {
  const { findChromium } = await import("./chromium.js");
  try {
    const { from, executablePath } = await findChromium({ configured: configured ?? undefined, cacheFolder: null });
    return { found: `${executablePath} (${from})`, fix: null };
  } catch (error) {
    if (!(error instanceof BrowserUnavailable)) throw error;
    if (configured === null && isBundled()) {
      return { found: "the Chromium that came along; production wants one with security updates", fix: null };
    }
    const fix =
      configured === null ? "apt-get install -y chromium, or set CHROMIUM_PATH" : "correct or unset CHROMIUM_PATH";
    return { found: configured === null ? "no Chromium here" : "CHROMIUM_PATH names no file", fix };
  }
}

function isBundled(): boolean {
  if (process.platform !== "linux" || process.arch !== "x64") return false;
  try {
    createRequire(import.meta.filename).resolve("@sparticuz/chromium");
    return true;
  } catch {
    return false;
  }
}

async function inspectWorkers({ workersFile }: BrowserSettings, log: Log): Promise<BrowserFinding> {
  try {
    const client = openBrowserClient({ workers: await readWorkers(workersFile), log });
    try {
      const { chromium, free, slots } = await client.ping();
      return { found: `workers answer: ${chromium}, ${free} of ${slots} browsers free`, fix: null };
    } finally {
      await client.close();
    }
  } catch (error) {
    if (error instanceof WorkersFileInvalid) return { found: error.message, fix: "correct the file" };
    return { found: "no browser worker answers", fix: "start one with `shopkey browser-worker`" };
  }
}
