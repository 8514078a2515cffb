/** `sessions`: logins connected, saved, restored, given up and broken off by the hundreds; nothing of them may be left. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Page } from "@shopkey/adapter-sdk";
import { openBrowserClient } from "../../src/browser/client/client.js";
import { type BrowserLayer, LayerRefused } from "../../src/browser/index.js";
import { localWorker } from "../../src/browser/open.js";
import { superviseWorker } from "../../src/browser/worker/supervisor.js";
import { openLog } from "../../src/kernel/log.js";
import { type NineItemsSite, openNineItemsSite } from "../browser/nine-items-site.js";
import { sessionAt, surroundingsOf, untilAnswers } from "../browser/worker-bench.js";
import { workerSettings } from "../support/worker-settings.js";
import { seeded } from "../vault/seeded.js";
import type { Campaign, CampaignOptions, CampaignReport } from "./campaign.js";

const AT_ONCE = 2;
const never = new AbortController().signal;

/** How a login ends: mostly well. */
const WAYS = ["kept", "kept", "kept", "given up", "browser killed", "save broken off", "page left hanging"] as const;
type Way = (typeof WAYS)[number];

interface Ground {
  readonly layer: BrowserLayer;
  readonly site: NineItemsSite;
  readonly browsers: string;
  readonly worker: () => number;
  readonly failures: string[];
  readonly ways: Map<string, number>;
}

/** Of the worker's process: what would pile up. */
interface Load {
  readonly megabytes: number;
  readonly files: number;
  readonly children: number;
  readonly slots: number;
}

export const sessions: Campaign = {
  name: "sessions",
  title: "connect, save, restore and break off logins; no process, folder or file is left",
  size: 500,
  run: runSessions,
};

async function runSessions({ size, seed, say }: CampaignOptions): Promise<CampaignReport> {
  const home = await mkdtemp(join(tmpdir(), "shopkey-cycles-"));
  const browsers = `${home}-browsers`;
  const log = openLog({ level: "silent" });
  const settings = workerSettings(browsers, { slots: AT_ONCE + 1 });
  const supervised = superviseWorker({ settings: localWorker("cycles", settings, home), logLevel: "error", log });
  const layer = openBrowserClient({ workers: [supervised.worker], log });
  const site = await openNineItemsSite();
  const ways = new Map<string, number>();
  const ground: Ground = { layer, site, browsers, worker: () => supervised.pid() ?? 0, failures: [], ways };
  try {
    await untilAnswers(layer);
    const worker = ground.worker();
    const chosen = choose(size, seed);
    const warm = Math.ceil(size / 10);
    await runAll(ground, chosen.slice(0, warm), say);
    const before = await settle(ground);
    await runAll(ground, chosen.slice(warm), say);
    const after = await settle(ground);
    if (ground.worker() !== worker) ground.failures.push("the worker died in between");
    judge(ground, before, after);
    const found = await leaveOne(ground);
    const figures = { ...Object.fromEntries(ways), ...figuresOf(before, after) };
    return { figures, failures: ground.failures, controls: [{ broken: "a session that nobody ends", found }] };
  } finally {
    await layer.close();
    await supervised.close();
    await site.close();
    for (const folder of [home, browsers]) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function choose(size: number, seed: number): readonly Way[] {
  const { below } = seeded(seed);
  return Array.from({ length: size }, () => WAYS[below(WAYS.length)] ?? "kept");
}

/** One that kills a browser runs alone: it cannot tell whose it is. */
async function runAll(ground: Ground, ways: readonly Way[], say: (line: string) => void): Promise<void> {
  await runSome(
    ground,
    ways.filter((way) => way !== "browser killed"),
    AT_ONCE,
    say,
  );
  await runSome(
    ground,
    ways.filter((way) => way === "browser killed"),
    1,
    say,
  );
}

async function runSome(
  ground: Ground,
  ways: readonly Way[],
  atOnce: number,
  say: (line: string) => void,
): Promise<void> {
  const left = [...ways];
  let done = 0;
  const runner = async (): Promise<void> => {
    for (let way = left.shift(); way; way = left.shift()) {
      await runOne(ground, way).catch((error: unknown) => {
        const what = error instanceof LayerRefused ? error.why : error instanceof Error ? error.name : typeof error;
        ground.failures.push(`${way}: ${what}`);
      });
      ground.ways.set(way, (ground.ways.get(way) ?? 0) + 1);
      done += 1;
      if (done % 50 === 0) say(`${done} of ${ways.length}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runner));
}

const logIn = (page: Page) => page.goto("https://shop.example/login");

async function whoIs(page: Page): Promise<unknown> {
  await page.goto("https://shop.example/me");
  return await page.evaluate("document.body.textContent");
}

async function runOne({ layer, site, browsers, failures }: Ground, way: Way): Promise<void> {
  const { sessionId } = await layer.openSession(sessionAt(site.origin), never);
  const lease = { contextId: `ctx_${randomBytes(12).toString("hex")}`, generation: 0, key: randomBytes(32) };
  await layer.withSessionPage(sessionId, never, logIn);
  if (way === "kept") {
    const generation = await layer.saveSession(sessionId, lease, never);
    const request = { surroundings: surroundingsOf(site.origin), context: { ...lease, generation }, keep: true };
    const { result } = await layer.withContextPage(request, never, whoIs);
    if (result !== "ana") failures.push("kept: the login is not there");
    await layer.endSession(sessionId, "connected");
    await layer.deleteContext(lease.contextId);
    return;
  }
  if (way === "browser killed") await killSome(browsers);
  if (way === "save broken off") {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 30);
    await layer.saveSession(sessionId, lease, stop.signal).catch(() => undefined);
  }
  if (way === "page left hanging") {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    await layer
      .withSessionPage(sessionId, stop.signal, (page) => page.evaluate("new Promise(() => {})"))
      .catch(() => undefined);
  }
  await layer.endSession(sessionId, "cancelled");
  await layer.deleteContext(lease.contextId);
}

async function killSome(browsers: string): Promise<void> {
  const [slot = ""] = await slotsIn(browsers);
  const pid = Number(await readFile(join(browsers, slot, "pid"), "utf8").catch(() => "0"));
  if (pid > 1) process.kill(pid, "SIGKILL");
}

const slotsIn = async (browsers: string): Promise<readonly string[]> =>
  (await readdir(browsers).catch(() => [])).filter((name) => name.startsWith("slot-"));

/** What is under way when the last answer came ends within a moment. */
async function settle(ground: Ground): Promise<Load> {
  for (let round = 0; round < 200; round++) {
    const load = await measure(ground);
    if (load.slots === 0 && load.children === 0) return load;
    await wait(50);
  }
  return await measure(ground);
}

async function measure({ worker, browsers }: Ground): Promise<Load> {
  const pid = worker();
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return {
    megabytes: Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024),
    files: files.length,
    children: children.split(" ").filter(Boolean).length,
    slots: (await slotsIn(browsers)).length,
  };
}

function judge({ failures }: Ground, before: Load, after: Load): void {
  if (after.slots > 0) failures.push(`${after.slots} folders of browsers are left`);
  if (after.children > 0) failures.push(`${after.children} processes are left`);
  if (after.files > before.files + 5) failures.push(`open files: ${before.files}, then ${after.files}`);
  // Memory that was freed is not all given back; what piles up is a multiple.
  if (after.megabytes > before.megabytes * 1.5 + 50)
    failures.push(`memory: ${before.megabytes} MB, then ${after.megabytes}`);
}

function figuresOf(before: Load, after: Load): Record<string, string> {
  const both = (of: keyof Load) => `${before[of]} → ${after[of]}`;
  return {
    "worker's memory after a tenth → at the end, MB": both("megabytes"),
    "its open files": both("files"),
    "its children": both("children"),
    "folders of browsers": both("slots"),
  };
}

/** The control: what `judge` would find of a session that was forgotten. */
async function leaveOne(ground: Ground): Promise<number> {
  const { sessionId } = await ground.layer.openSession(sessionAt(ground.site.origin), never);
  const left = await measure(ground);
  await ground.layer.endSession(sessionId, "cancelled");
  return left.slots;
}
