/** `worker-kills`: workers killed before, while and after they save a login; the last acknowledged one is always there, whole. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Page } from "@shopkey/adapter-sdk";
import { openBrowserClient } from "../../src/browser/client/client.js";
import { type BrowserLayer, LayerRefused } from "../../src/browser/index.js";
import { localWorker } from "../../src/browser/open.js";
import { type SupervisedWorker, superviseWorker } from "../../src/browser/worker/supervisor.js";
import { openLog } from "../../src/kernel/log.js";
import { type NineItemsSite, openNineItemsSite } from "../browser/nine-items-site.js";
import { sessionAt, surroundingsOf, until, untilAnswers } from "../browser/worker-bench.js";
import { workerSettings } from "../support/worker-settings.js";
import { type Seeded, seeded } from "../vault/seeded.js";
import type { Campaign, CampaignOptions, CampaignReport } from "./campaign.js";

const never = new AbortController().signal;
const CONTEXT = "ctx_killed_over_and_over";
/** A save takes about as long where nothing else runs. */
const SAVE_MS = 250;

interface Ground {
  readonly supervised: SupervisedWorker;
  readonly layer: BrowserLayer;
  readonly site: NineItemsSite;
  readonly key: Buffer;
  /** The newest generation that was acknowledged. */
  acked: number;
  readonly failures: string[];
  readonly ends: Map<string, number>;
}

export const workerKills: Campaign = {
  name: "worker-kills",
  title: "workers killed around a save: the last acknowledged login is there, whole",
  size: 50,
  run: runKills,
};

async function runKills({ size, seed, say }: CampaignOptions): Promise<CampaignReport> {
  const home = await mkdtemp(join(tmpdir(), "shopkey-worker-kills-"));
  const settings = workerSettings(`${home}-browsers`);
  const log = openLog({ level: "silent" });
  const supervised = superviseWorker({ settings: localWorker("killed", settings, home), logLevel: "error", log });
  const layer = openBrowserClient({ workers: [supervised.worker], log });
  const site = await openNineItemsSite();
  const ground: Ground = { supervised, layer, site, key: randomBytes(32), acked: 0, failures: [], ends: new Map() };
  try {
    await untilAnswers(layer);
    await begin(ground);
    const random = seeded(seed);
    for (let round = 0; round < size; round++) {
      await killOnce(ground, random);
      if ((round + 1) % 10 === 0) say(`${round + 1} of ${size}`);
    }
    await judgeDisk(ground, `${home}-browsers`, join(home, "contexts", CONTEXT));
    const found = await spoil(ground, join(home, "contexts", CONTEXT));
    const figures = { ...Object.fromEntries(ground.ends), "generations kept one after the other": ground.acked };
    return { figures, failures: ground.failures, controls: [{ broken: "a login written by half", found }] };
  } finally {
    await layer.close();
    await supervised.close();
    await site.close();
    for (const folder of [home, `${home}-browsers`]) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

const leaseOf = ({ key, acked }: Ground) => ({ contextId: CONTEXT, generation: acked, key });

async function begin(ground: Ground): Promise<void> {
  const { layer, site } = ground;
  const { sessionId } = await layer.openSession(sessionAt(site.origin), never);
  await layer.withSessionPage(sessionId, never, (page) => page.goto("https://shop.example/login"));
  ground.acked = await layer.saveSession(sessionId, leaseOf(ground), never);
  await layer.endSession(sessionId, "connected");
}

async function whoIs(page: Page): Promise<unknown> {
  await page.goto("https://shop.example/me");
  return await page.evaluate("document.body.textContent");
}

const visit = ({ layer, site }: Ground, lease: ReturnType<typeof leaseOf>, keep: boolean) =>
  layer.withContextPage({ surroundings: surroundingsOf(site.origin), context: lease, keep }, never, whoIs);

/** Killed at some moment of a save, or right after it was acknowledged. */
async function killOnce(ground: Ground, random: Seeded): Promise<void> {
  const { layer, site, supervised } = ground;
  const before = ground.acked;
  const killAfter = random.below(4) === 0 ? null : random.below(SAVE_MS);
  const lease = leaseOf(ground);
  const saving = async (): Promise<number> => {
    if (random.below(2) === 0) return (await visit(ground, lease, true)).generation;
    const { sessionId } = await layer.openSession(sessionAt(site.origin, { context: lease }), never);
    return await layer.saveSession(sessionId, lease, never);
  };
  const worker = supervised.pid();
  const acknowledged = saving().catch((error: unknown) => {
    if (!(error instanceof LayerRefused) && (error as Error).name !== "PageFailed")
      ground.failures.push("not a refusal");
    return null;
  });
  if (killAfter !== null) await wait(killAfter + random.below(2) * SAVE_MS);
  const said = killAfter === null ? await acknowledged : undefined;
  if (worker !== null) process.kill(worker, "SIGKILL");
  const generation = said === undefined ? await acknowledged : said;
  await until(() => supervised.pid() !== null && supervised.pid() !== worker);
  await untilAnswers(layer);
  await judge(ground, before, generation);
}

async function judge(ground: Ground, before: number, acknowledged: number | null): Promise<void> {
  const { failures, ends } = ground;
  const found = await visit(ground, leaseOf(ground), false).catch((error: unknown) => {
    failures.push(`the login cannot be restored: ${error instanceof LayerRefused ? error.why : "?"}`);
    return null;
  });
  if (!found) return;
  if (found.result !== "ana") failures.push("the login is not one any more");
  if (found.generation < (acknowledged ?? before)) failures.push("an acknowledged login is gone");
  if (found.generation > before + 1) failures.push("one save made two generations");
  ground.acked = found.generation;
  const end =
    acknowledged === null
      ? found.generation === before
        ? "killed before"
        : "killed before the answer"
      : "killed after";
  ends.set(end, (ends.get(end) ?? 0) + 1);
}

async function judgeDisk({ failures }: Ground, browsers: string, context: string): Promise<void> {
  const slots = (await readdir(browsers).catch(() => [])).filter((name) => name.startsWith("slot-"));
  if (slots.length > 0) failures.push(`${slots.length} folders of browsers are left`);
  const kept = (await readdir(context)).filter((name) => name.endsWith(".ctx"));
  if (kept.length > 2) failures.push(`${kept.length} generations are kept`);
}

/** The control: half of a file in the newest one's place. */
async function spoil(ground: Ground, context: string): Promise<number> {
  await truncate(join(context, `${ground.acked}.ctx`), 200);
  return await visit(ground, leaseOf(ground), false).then(
    () => 0,
    () => 1,
  );
}
