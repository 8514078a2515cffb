/** A worker of this machine from its settings: what the child process runs, and `shopkey browser-worker`. */
import { mkdir, readFile, stat } from "node:fs/promises";
import type { Log } from "../../kernel/log.js";
import { findChromium } from "../chromium.js";
import { openContextFolder } from "../context-store.js";
import { openLiveViewServer } from "../live-view/server.js";
import type { LiveViewServer } from "../live-view/watched-session.js";
import { isLoopback, openCdpProvider, rentFrom } from "../providers/cdp.js";
import { openLocalProvider } from "../providers/local.js";
import type { BrowserProvider } from "../providers/provider.js";
import type { SessionLimits } from "../sessions/limits.js";
import { BrowserUnavailable } from "../unavailable.js";
import { openWorker, type Worker } from "./worker.js";

export interface WorkerSettings {
  /** Part of every session's id: 1 to 24 letters a to z, digits, hyphens. */
  readonly name: string;
  /** Null: the first that is found, or brought. */
  readonly chromiumPath: string | null;
  /** Mode 0600, with the address of a browser elsewhere, used instead of a Chromium here; null: none. */
  readonly endpointFile: string | null;
  readonly sandbox: "required" | "off";
  /** So many browsers at once. */
  readonly slots: number;
  /** Of the browsers' profiles, while they run. */
  readonly folder: string;
  /** Of sealed contexts; workers of one gateway share it. */
  readonly contextFolder: string;
  /** Contexts that nobody used for so many days are deleted; 0: never. */
  readonly contextDays: number;
  readonly api: { readonly host: string; readonly port: number };
  readonly liveView: {
    readonly host: string;
    readonly port: number;
    /** Whether another port will do when that one is taken. */
    readonly anyPort: boolean;
    /** How shoppers reach it when something stands before it. */
    readonly publicOrigin: string | null;
  };
  readonly limits?: Partial<SessionLimits>;
}

/** Throws BrowserUnavailable, which says what is missing. */
export async function startWorker(settings: WorkerSettings, secret: string, log: Log): Promise<Worker> {
  const { name, limits } = settings;
  const provider = await (settings.endpointFile === null ? openLocal(settings) : openElsewhere(settings));
  const contexts = await openContextFolder(settings.contextFolder);
  const liveView = await openLiveView(settings, log);
  const unusedContextMs = settings.contextDays * 24 * 60 * 60_000;
  const api = { ...settings.api, secret };
  return await openWorker({ name, provider, contexts, liveView, limits, unusedContextMs, api, log });
}

async function openLocal({ chromiumPath, folder, slots, sandbox }: WorkerSettings): Promise<BrowserProvider> {
  const chromium = await findChromium(chromiumPath ? { configured: chromiumPath } : {});
  await makePrivate(folder);
  return await openLocalProvider({ chromium, folder, slots, sandbox });
}

/** The address may hold a secret: no message quotes it. */
async function openElsewhere({ endpointFile, slots }: WorkerSettings): Promise<BrowserProvider> {
  const unusable = (why: string) =>
    new BrowserUnavailable("unusable-endpoint", `SHOPKEY_BROWSER_ENDPOINT_FILE is not usable: ${why}`);
  const path = endpointFile ?? "";
  const facts = await stat(path).catch(() => null);
  if (!facts) throw unusable("there is no such file.");
  if (process.platform !== "win32" && (facts.mode & 0o077) !== 0) throw unusable("others can read it.");
  const url = (await readFile(path, "utf8")).trim();
  if (!URL.canParse(url)) throw unusable("it holds no address.");
  try {
    const canDialUs = isLoopback(new URL(url).hostname);
    const provider = openCdpProvider({ id: "cdp", rent: rentFrom(url), slots, canDialUs });
    await provider.version();
    return provider;
  } catch (error) {
    throw error instanceof RangeError ? unusable(error.message) : error;
  }
}

/** In a folder that everybody may write to, somebody else can have been there first. */
async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const { uid, mode } = await stat(folder);
  if (process.platform === "win32" || (uid === process.getuid?.() && (mode & 0o022) === 0)) return;
  throw new BrowserUnavailable("foreign-folder", "The browsers' folder is somebody else's, or open to others.");
}

async function openLiveView({ liveView }: WorkerSettings, log: Log): Promise<LiveViewServer> {
  const { host, port, anyPort, publicOrigin } = liveView;
  const open = (port: number) => openLiveViewServer({ host, port, publicOrigin: publicOrigin ?? undefined, log });
  return await open(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    if (anyPort) return open(0);
    throw new BrowserUnavailable("port-taken", "The live view's port is taken: set SHOPKEY_LIVE_VIEW_PORT.");
  });
}
