import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Page } from "@shopkey/adapter-sdk";
import { openBrowserClient } from "../../src/browser/client/client.js";
import type { BrowserLayer, ContextLease, SessionEvent } from "../../src/browser/index.js";
import { type BrowserSettings, localWorker, openBrowserLayer } from "../../src/browser/open.js";
import { isAlive, markProcess } from "../../src/browser/processes.js";
import { type SupervisedWorker, superviseWorker } from "../../src/browser/worker/supervisor.js";
import { openLog } from "../../src/kernel/log.js";
import { workerSettings } from "../support/worker-settings.js";
import { logIn, type NineItemsSite, openNineItemsSite } from "./nine-items-site.js";
import { sessionAt, surroundingsOf, until, untilAnswers } from "./worker-bench.js";

const ROOT = resolve(import.meta.dirname, "../..");
const never = new AbortController().signal;
let home: string;
let site: NineItemsSite;

const settings = (over: Partial<BrowserSettings> = {}) => workerSettings(`${home}-browsers`, over);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "shopkey-supervised-"));
  site = await openNineItemsSite();
});
afterAll(async () => {
  await site?.close();
  for (const folder of [home, `${home}-browsers`]) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

const slots = async () =>
  (await readdir(`${home}-browsers`).catch(() => [])).filter((name) => name.startsWith("slot-"));
const log = openLog({ level: "silent" });

describe("a worker beside the gateway", () => {
  let supervised: SupervisedWorker;
  let layer: BrowserLayer;
  beforeAll(async () => {
    supervised = superviseWorker({ settings: localWorker("local", settings(), home), logLevel: "error", log });
    layer = openBrowserClient({ workers: [supervised.worker], log });
    await untilAnswers(layer);
  }, 120_000);
  afterAll(async () => {
    await layer?.close();
    await supervised?.close();
    expect(await slots()).toEqual([]);
  });

  /** As the shopper would: here the gateway's own page does it. */
  const enter = (sessionId: string) =>
    layer.withSessionPage(sessionId, never, (page) => logIn(page as unknown as Parameters<typeof logIn>[0]));
  const who = (lease: ContextLease) =>
    layer.withContextPage({ surroundings: surroundingsOf(site.origin), context: lease, keep: false }, never, whoIs);
  const whoIs = async (page: Page) => {
    await page.goto("https://shop.example/me");
    return await page.evaluate("document.body.textContent");
  };

  async function killWorker(): Promise<void> {
    const pid = supervised.pid();
    if (pid === null) throw new Error("no worker");
    process.kill(pid, "SIGKILL");
    await until(() => supervised.pid() !== null && supervised.pid() !== pid);
    await untilAnswers(layer);
  }

  test("killed before a save: the session has failed, the generation before is whole; killed after: nothing is lost", async () => {
    const told: SessionEvent[] = [];
    layer.watch(async (event) => void told.push(event));
    const lease = { contextId: "ctx_killed_worker", generation: 0, key: randomBytes(32) };
    const first = await layer.openSession(sessionAt(site.origin), never);
    await enter(first.sessionId);
    expect(await layer.saveSession(first.sessionId, lease, never)).toBe(1);
    // Acknowledged, and nothing more: the session was not even ended.
    await killWorker();
    expect(await who({ ...lease, generation: 1 })).toEqual({ result: "ana", generation: 1 });
    await until(() => told.some(({ sessionId, kind }) => sessionId === first.sessionId && kind === "failed"));

    const second = await layer.openSession(sessionAt(site.origin, { context: { ...lease, generation: 1 } }), never);
    const saving = layer.saveSession(second.sessionId, { ...lease, generation: 1 }, never);
    const outcome = saving.then(
      (generation) => generation,
      () => 1,
    );
    await killWorker();
    // Either it was acknowledged, or the old one is what there is; half of one there never is.
    const { result, generation } = await who({ ...lease, generation: 1 });
    expect(result).toBe("ana");
    expect(generation).toBeGreaterThanOrEqual(await outcome);
    await until(() => told.some(({ sessionId, kind }) => sessionId === second.sessionId && kind === "failed"));
    await expect(layer.renewLink(second.sessionId)).rejects.toMatchObject({ why: "gone" });
    await until(async () => (await slots()).length === 0);
  }, 120_000);
});

describe("a gateway with a worker", () => {
  test("killed: its worker, its browsers and their folders go with it", async () => {
    const script = join(import.meta.dirname, "supervised-child.ts");
    const child = spawn(process.execPath, ["--conditions=shopkey-source", "--import", "tsx", script], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, NODE_OPTIONS: "" },
      // With its outputs gone, too.
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stderr.resume();
    child.stdin.end(JSON.stringify({ settings: localWorker("local", settings(), home), site: site.origin }));
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const worker = await markProcess(Number(line));
    expect([await isAlive(worker), await slots()]).toEqual([true, ["slot-0"]]);
    child.kill("SIGKILL");
    await gone(child);
    await until(async () => !(await isAlive(worker)));
    expect(await slots()).toEqual([]);
  }, 120_000);

  test("closed while its worker starts: nothing is left", async () => {
    const supervised = superviseWorker({ settings: localWorker("local", settings(), home), logLevel: "error", log });
    await until(async () => (await slots()).length > 0);
    await supervised.close();
    expect([supervised.pid(), await slots()]).toEqual([null, []]);
  }, 120_000);

  test("without a Chromium runs all the same, says so once, and refuses what it is asked", async () => {
    const lines: string[] = [];
    const destination = new Writable({ write: (chunk, _, done) => done(void lines.push(String(chunk))) });
    const layer = await openBrowserLayer({
      settings: settings({ chromiumPath: "/nowhere/chromium" }),
      dataDir: home,
      log: openLog({ level: "info", destination }),
      logLevel: "error",
    });
    if (!layer) throw new Error("off");
    await until(() => lines.length > 0);
    const refused = { name: "LayerRefused", why: "unavailable" };
    await expect(layer.openSession(sessionAt(site.origin), never)).rejects.toMatchObject(refused);
    await expect(layer.ping()).rejects.toMatchObject(refused);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("CHROMIUM_PATH");
    await layer.close();
    expect(
      await openBrowserLayer({ settings: settings({ mode: "off" }), dataDir: home, log, logLevel: "error" }),
    ).toBeNull();
  }, 60_000);
});

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}
