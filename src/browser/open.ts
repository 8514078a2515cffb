/** The browser layer as an operator set it up: workers elsewhere, one beside the gateway, or none. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Log, LogLevel } from "../kernel/log.js";
import { openBrowserClient } from "./client/client.js";
import { fixedWorkers, type KnownWorker } from "./client/workers.js";
import type { BrowserLayer } from "./layer.js";
import type { WorkerSettings } from "./worker/start.js";
import { superviseWorker } from "./worker/supervisor.js";

/** As `src/config.ts` reads it. */
export interface BrowserSettings {
  /** `local`: a worker is started beside the gateway. `remote`: those that the file names. */
  readonly mode: "off" | "local" | "remote";
  /** JSON: `[{"name": "w1", "url": "https://…", "secret": "…"}]`, mode 0600. */
  readonly workersFile: string | null;
  readonly chromiumPath: string | null;
  readonly endpointFile: string | null;
  /** Null: in the data folder. */
  readonly contextFolder: string | null;
  /** Contexts that nobody used for so many days are deleted; 0: never. */
  readonly contextDays: number;
  readonly sandbox: "required" | "off";
  readonly slots: number;
  /** Null: a folder of this gateway's own in the system's temporary folder. */
  readonly folder: string | null;
  readonly liveView: WorkerSettings["liveView"];
}

export interface OpenBrowserOptions {
  readonly settings: BrowserSettings;
  readonly dataDir: string;
  readonly log: Log;
  readonly logLevel: LogLevel;
}

/** The file of workers cannot be used; the message says why, and quotes nothing of it. */
export class WorkersFileInvalid extends Error {
  constructor(why: string) {
    super(`SHOPKEY_BROWSER_WORKERS is not usable: ${why}`);
    this.name = "WorkersFileInvalid";
  }
}

/**
 * Null where it is off. A worker of its own is started but not waited for: where no Chromium can be had the log says so once, and
 * what is asked of the layer is refused as `unavailable`. Throws WorkersFileInvalid.
 */
export async function openBrowserLayer(options: OpenBrowserOptions): Promise<BrowserLayer | null> {
  const { settings, dataDir, log, logLevel } = options;
  if (settings.mode === "off") return null;
  if (settings.mode === "remote") return openBrowserClient({ workers: await readWorkers(settings.workersFile), log });
  const supervised = superviseWorker({ settings: localWorker("local", settings, dataDir), logLevel, log });
  const client = openBrowserClient({ workers: [supervised.worker], log });
  const close = async (): Promise<void> => {
    await client.close();
    await supervised.close();
  };
  return { ...client, close };
}

/** A worker of this machine that keeps its contexts in the data folder. */
export function localWorker(name: string, settings: BrowserSettings, dataDir: string): WorkerSettings {
  const { chromiumPath, endpointFile, contextDays, sandbox, slots, liveView } = settings;
  const mark = createHash("sha256").update(dataDir).digest("hex").slice(0, 12);
  // A slot's user has to pass every folder above: the data folder lets nobody.
  const folder = settings.folder ?? join(tmpdir(), `shopkey-browsers-${mark}`);
  const contextFolder = settings.contextFolder ?? join(dataDir, "contexts");
  const api = { host: "127.0.0.1", port: 0 };
  const places = { folder, contextFolder, contextDays };
  return { name, chromiumPath, endpointFile, sandbox, slots, ...places, liveView, api };
}

const workersFile = z
  .array(z.object({ name: z.string().regex(/^[a-z0-9-]{1,24}$/), url: z.url(), secret: z.string().min(32) }))
  .min(1)
  .max(100);

export async function readWorkers(path: string | null): Promise<readonly KnownWorker[]> {
  if (path === null) throw new WorkersFileInvalid("name a JSON file.");
  const facts = await stat(path).catch(() => null);
  if (!facts) throw new WorkersFileInvalid("there is no such file.");
  if (process.platform !== "win32" && (facts.mode & 0o077) !== 0) {
    throw new WorkersFileInvalid("others can read it; it must have mode 0600.");
  }
  const text = await readFile(path, "utf8");
  const list = workersFile.safeParse(parseJson(text));
  if (!list.success)
    throw new WorkersFileInvalid('it must be [{"name", "url", "secret"}, …], secrets of 32 characters.');
  try {
    return fixedWorkers(list.data);
  } catch (error) {
    throw new WorkersFileInvalid(error instanceof RangeError ? error.message : "it cannot be read.");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
