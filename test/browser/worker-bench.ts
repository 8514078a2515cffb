/** A worker in this process, asked over its own door, with an observer in the live view's place. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { openBrowserClient } from "../../src/browser/client/client.js";
import { fixedWorkers } from "../../src/browser/client/workers.js";
import type { BrowserLayer, SessionRequest } from "../../src/browser/index.js";
import type { LiveViewServer, WatchedSession } from "../../src/browser/live-view/watched-session.js";
import { openLocalProvider } from "../../src/browser/providers/local.js";
import type { BrowserProvider } from "../../src/browser/providers/provider.js";
import type { SessionLimits } from "../../src/browser/sessions/limits.js";
import { openWorker, type Worker } from "../../src/browser/worker/worker.js";
import { findChromium, openContextFolder } from "../../src/browser/workshop.js";
import { openLog } from "../../src/kernel/log.js";

export interface WorkerBench {
  readonly layer: BrowserLayer;
  readonly worker: Worker;
  readonly secret: string;
  /** Of profiles and of contexts. */
  readonly folders: { readonly browsers: string; readonly contexts: string };
  /** As the live view has them, by id. */
  readonly watched: ReadonlyMap<string, WatchedSession>;
  /** Every line that the worker and the client logged. */
  readonly logged: () => string;
  readonly close: () => Promise<void>;
}

export interface BenchOptions {
  readonly name?: string;
  /** Of contexts, where several workers share one; the caller's to remove. */
  readonly contexts?: string;
  readonly slots?: number;
  readonly limits?: Partial<SessionLimits>;
  /** Browsers that several benches use, one after the other; the caller's to remove. */
  readonly browsers?: { readonly provider: BrowserProvider; readonly folder: string };
}

export async function openWorkerBench(options: BenchOptions = {}): Promise<WorkerBench> {
  const { name = "w1", slots = 2, limits, browsers } = options;
  const home = await mkdtemp(join(tmpdir(), "shopkey-worker-"));
  const folders = {
    browsers: browsers?.folder ?? `${home}-browsers`,
    contexts: options.contexts ?? join(home, "contexts"),
  };
  const lines: string[] = [];
  const destination = new Writable({ write: (chunk, _, done) => done(void lines.push(String(chunk))) });
  const log = openLog({ level: "debug", destination });
  const secret = randomBytes(32).toString("hex");
  const watched = new Map<string, WatchedSession>();
  const worker = await openWorker({
    name,
    provider: browsers?.provider ?? (await openLocal(folders.browsers, slots)),
    contexts: await openContextFolder(folders.contexts),
    liveView: observer(watched),
    limits,
    api: { host: "127.0.0.1", port: 0, secret },
    log,
  });
  const layer = openBrowserClient({ workers: fixedWorkers([{ name, url: worker.url, secret }]), log });
  const close = async (): Promise<void> => {
    await layer.close();
    await worker.close();
    for (const folder of browsers ? [home] : [home, folders.browsers])
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  return { layer, worker, secret, folders, watched, logged: () => lines.join(""), close };
}

export async function openLocal(folder: string, slots: number): Promise<BrowserProvider> {
  const chromium = await findChromium({ configured: process.env.CHROMIUM_PATH });
  const sandbox = process.env.SHOPKEY_TEST_NO_SANDBOX === "1" ? "off" : "required";
  return await openLocalProvider({ chromium, folder, slots, sandbox });
}

function observer(watched: Map<string, WatchedSession>): LiveViewServer {
  let links = 0;
  return {
    origin: "http://127.0.0.1:1",
    port: 1,
    open: (session) => {
      watched.set(session.id, session);
      return { mintLink: () => `http://127.0.0.1:1/v/${session.id}#${++links}`, close: () => undefined };
    },
    close: async () => undefined,
  };
}

/** A session at the nine-items shop. */
export function sessionAt(origin: string, over: Partial<SessionRequest> = {}): SessionRequest {
  return {
    surroundings: surroundingsOf(origin),
    startUrl: "https://shop.example/",
    context: null,
    occasion: { app: "Acme", store: "The shop", purpose: "connect" },
    looksDone: null,
    embedders: [],
    ...over,
  };
}

export function surroundingsOf(origin: string): SessionRequest["surroundings"] {
  const egress = { kind: "sandbox", origins: { "shop.example": origin, "*.shop.example": origin } } as const;
  return { locale: "pt-BR", timezone: "America/Sao_Paulo", egress };
}

/** Until it holds: for as long as a test may take. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A worker process takes a while to start where many things run. */
export async function untilAnswers(layer: BrowserLayer): Promise<void> {
  await until(() =>
    layer.ping().then(
      () => true,
      () => false,
    ),
  );
}
