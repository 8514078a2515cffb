import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { LayerRefused, OpenedSession, SessionEvent } from "../../src/browser/index.js";
import type { WatchedSession } from "../../src/browser/live-view/watched-session.js";
import type { SessionLimits } from "../../src/browser/sessions/limits.js";
import { type BenchOptions, openLocal, openWorkerBench, sessionAt, until, type WorkerBench } from "./worker-bench.js";

let site: Server;
let origin: string;
let bench: WorkerBench | null = null;
let browsers: NonNullable<BenchOptions["browsers"]>;
const never = new AbortController().signal;
const nobody = async (): Promise<void> => undefined;
const refusal = (why: LayerRefused["why"]) => ({ name: "LayerRefused", why });

beforeAll(async () => {
  site = createServer((_, answer) => void answer.setHeader("content-type", "text/html").end("<h1>shop</h1>"));
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const folder = await mkdtemp(join(tmpdir(), "shopkey-sessions-"));
  browsers = { folder, provider: await openLocal(folder, 1) };
}, 60_000);
afterAll(async () => {
  await new Promise<void>((resolve) => void site.close(() => resolve()));
  if (browsers) await rm(browsers.folder, { recursive: true, force: true, maxRetries: 10 });
});
afterEach(async () => {
  await bench?.close();
  bench = null;
});

interface Scene {
  readonly bench: WorkerBench;
  readonly session: OpenedSession;
  readonly watched: WatchedSession;
  /** What became of it, in the order in which it was told. */
  readonly told: SessionEvent["kind"][];
}

async function begin(
  limits: Partial<SessionLimits> = {},
  over: BenchOptions & { looksDone?: string; startUrl?: string } = {},
): Promise<Scene> {
  const { looksDone = null, startUrl = "https://shop.example/", ...options } = over;
  bench = await openWorkerBench({ limits, browsers, ...options });
  const told: SessionEvent["kind"][] = [];
  bench.layer.watch(async ({ kind }) => void told.push(kind));
  const session = await bench.layer.openSession(sessionAt(origin, { looksDone, startUrl }), never);
  const watched = bench.watched.get(session.sessionId);
  if (!watched) throw new Error("the live view was not told");
  return { bench, session, watched, told };
}

const open = ({ watched }: Scene): void => {
  watched.claimed();
  watched.attached(true);
};
const slotsOf = async ({ bench }: Scene) =>
  (await readdir(bench.folders.browsers).catch(() => [])).filter((name) => name.startsWith("slot-"));

/** Over, told, and nothing of it left. */
async function expectEnd(scene: Scene, kind: SessionEvent["kind"]): Promise<void> {
  await until(() => scene.told.at(-1) === kind);
  expect(scene.watched.state().phase).toBe(kind);
  await until(async () => (await slotsOf(scene)).length === 0);
  const { layer } = scene.bench;
  await expect(layer.withSessionPage(scene.session.sessionId, never, nobody)).rejects.toMatchObject(refusal("gone"));
  await expect(layer.renewLink(scene.session.sessionId)).rejects.toMatchObject(refusal("gone"));
  await layer.endSession(scene.session.sessionId, "expired");
}

describe("a session ends", () => {
  test("when its link is not opened in time", async () => {
    await expectEnd(await begin({ linkMs: 50 }), "expired");
  }, 60_000);

  test("when nobody looks any more", async () => {
    const scene = await begin({ detachedMs: 50 });
    open(scene);
    scene.watched.attached(false);
    await expectEnd(scene, "expired");
    expect(scene.told).toContain("opened");
  }, 60_000);

  test("when nothing is done, after a warning", async () => {
    const scene = await begin({ idleMs: 600, idleWarningMs: 400 });
    let warned = false;
    scene.watched.onChange(() => {
      warned ||= scene.watched.state().idleEndsAt !== null;
    });
    open(scene);
    await expectEnd(scene, "expired");
    expect(warned).toBe(true);
  }, 60_000);

  test("at its cap, which the shopper moves once", async () => {
    const scene = await begin({ capMs: 60_000, extensionMs: 30_000 });
    open(scene);
    const before = scene.watched.state();
    scene.watched.extend();
    scene.watched.extend();
    const after = scene.watched.state();
    expect([before.extendable, after.extendable]).toEqual([true, false]);
    expect(after.expiresAt.getTime() - before.expiresAt.getTime()).toBe(30_000);
    scene.watched.cancel();
    await expectEnd(scene, "cancelled");
  }, 60_000);

  test("when its Chromium dies", async () => {
    const scene = await begin();
    open(scene);
    const [slot = ""] = await slotsOf(scene);
    process.kill(Number(await readFile(join(scene.bench.folders.browsers, slot, "pid"), "utf8")), "SIGKILL");
    await expectEnd(scene, "failed");
  }, 60_000);

  test("when it was saved and nobody says what came of it", async () => {
    const scene = await begin({ shutMs: 50 });
    open(scene);
    const lease = { contextId: "ctx_nobody_says", generation: 0, key: randomBytes(32) };
    await scene.bench.layer.saveSession(scene.session.sessionId, lease, never);
    await expectEnd(scene, "failed");
  }, 60_000);
});

describe("a login that seems to be done", () => {
  test("is told once; not again until the page changed its mind or its address", async () => {
    const scene = await begin({}, { looksDone: "window.isIn === true" });
    open(scene);
    const { watched, told, session } = scene;
    const page = watched.browser()?.page;
    const isLive = () => watched.state().phase === "live";
    await until(() => page?.url() === "https://shop.example/");
    await page?.evaluate("void (window.isIn = true)");
    await until(() => told.includes("done"));
    expect(watched.state().phase).toBe("checking");

    const notice = { code: "NOT_LOGGED_IN", text: "The store does not know you yet." };
    await scene.bench.layer.resumeSession(session.sessionId, notice);
    expect([isLive(), watched.state().notice]).toEqual([true, notice]);
    // Long enough to be asked again, were it asked.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(isLive()).toBe(true);
    await page?.evaluate("void (window.isIn = false)");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await page?.evaluate("void (window.isIn = true)");
    await until(() => told.filter((kind) => kind === "done").length === 2);

    await scene.bench.layer.resumeSession(session.sessionId, notice);
    await page?.goto("https://shop.example/home");
    await page?.evaluate("void (window.isIn = true)");
    await until(() => told.filter((kind) => kind === "done").length === 3);
    watched.active();
  }, 60_000);

  test("that the gateway does not come to check is the shopper's again", async () => {
    const scene = await begin({ checkingMs: 100 });
    open(scene);
    scene.watched.done();
    expect(scene.watched.state().phase).toBe("checking");
    await until(() => scene.watched.state().phase === "live");
    expect(scene.watched.state().notice?.code).toBe("CHECK_TIMED_OUT");
    // The last word was taken back: who listens from now on hears nothing of it.
    const heard: string[] = [];
    const stop = scene.bench.layer.watch(async ({ kind }) => void heard.push(kind));
    scene.watched.done();
    await until(() => heard.length > 0);
    expect(heard).toEqual(["done"]);
    stop();
  }, 60_000);
});

test("whoever still looks is told why it ended", async () => {
  const scene = await begin();
  open(scene);
  const notice = { code: "OTHER_ACCOUNT", text: "The shopper logged in to another account." };
  const told: unknown[] = [];
  scene.watched.onChange(() => void told.push(scene.watched.state()));
  await scene.bench.layer.endSession(scene.session.sessionId, "failed", notice);
  expect(told).toEqual([expect.objectContaining({ phase: "failed", notice })]);
}, 60_000);

describe("what is told of sessions", () => {
  test("is told again to a listener that throws, and to one that comes late", async () => {
    const scene = await begin();
    let tries = 0;
    const heard: string[] = [];
    scene.bench.layer.watch(async ({ kind }) => {
      tries += 1;
      if (tries < 3) throw new Error("not now");
      heard.push(kind);
    });
    open(scene);
    await until(() => heard.length > 0);
    expect([tries, heard]).toEqual([3, ["opened"]]);
    const late: SessionEvent[] = [];
    scene.bench.layer.watch(async (event) => void late.push(event));
    await until(() => late.length > 0);
    expect(late).toEqual([{ sessionId: scene.session.sessionId, kind: "opened" }]);
  }, 60_000);
});

describe("what is asked of a session", () => {
  test("is refused in the contract's words", async () => {
    const scene = await begin();
    const { layer } = scene.bench;
    await expect(layer.openSession(sessionAt(origin), never)).rejects.toMatchObject({
      ...refusal("busy"),
      retryAfterMs: expect.any(Number),
    });
    for (const startUrl of [
      "http://evil.example/",
      "https://evil.example/",
      "https://shop.example:8443/",
      "https://user:pass@shop.example/",
      "file:///etc/passwd",
      "chrome://version",
      "https://127.0.0.1/",
      "javascript:alert(1)",
    ]) {
      const asked = layer.openSession(sessionAt(origin, { startUrl }), never);
      await expect(asked).rejects.toMatchObject(refusal("forbidden-address"));
      const visited = layer.withSessionPage(scene.session.sessionId, never, (page) => page.goto(startUrl));
      await expect(visited).rejects.toMatchObject(refusal("forbidden-address"));
    }
    const context = { contextId: "ctx_nobody_kept", generation: 1, key: randomBytes(32) };
    const { surroundings } = sessionAt(origin);
    await expect(layer.withContextPage({ surroundings, context, keep: false }, never, nobody)).rejects.toMatchObject(
      refusal("gone"),
    );
    const unknown = `bs_w1_${"0".repeat(32)}`;
    for (const id of [unknown, "bs_w9_00", "nonsense", ""]) {
      await expect(layer.renewLink(id)).rejects.toMatchObject(refusal("gone"));
      await layer.endSession(id, "failed");
    }
    const stale = { contextId: "ctx_stale_writer", generation: 3, key: randomBytes(32) };
    await expect(layer.saveSession(scene.session.sessionId, stale, never)).rejects.toMatchObject(refusal("conflict"));
  }, 60_000);

  test("a page that waited for long is opened anew for whoever comes at last, and for nobody else", async () => {
    let visits = 0;
    const count = ({ url }: { url?: string }): void => {
      if (url === "/waited") visits += 1;
    };
    site.on("request", count);
    const scene = await begin({ staleMs: 0 }, { startUrl: "https://shop.example/waited" });
    // Chromium takes a second visit to the same address for the first, while that is under way.
    await until(() => scene.watched.browser()?.page.url() === "https://shop.example/waited");
    scene.watched.claimed();
    await until(() => visits >= 2);
    await scene.bench.layer.renewLink(scene.session.sessionId);
    scene.watched.claimed();
    await scene.bench.layer.withSessionPage(scene.session.sessionId, never, (page) =>
      page.goto("https://shop.example/x"),
    );
    expect(visits).toBe(2);
    site.off("request", count);
  }, 60_000);

  test("a new link replaces the old one, and waits to be opened again", async () => {
    const scene = await begin();
    open(scene);
    const link = await scene.bench.layer.renewLink(scene.session.sessionId);
    expect(link.liveViewUrl).not.toBe(scene.session.liveViewUrl);
    expect(scene.watched.state().phase).toBe("starting");
    scene.watched.claimed();
    expect(scene.watched.state().phase).toBe("live");
  }, 60_000);

  test("an abort ends a page whatever it is doing, and what an adapter does too long ends by itself", async () => {
    const scene = await begin();
    const { layer } = scene.bench;
    const { sessionId } = scene.session;
    const stop = new AbortController();
    const hanging = layer.withSessionPage(sessionId, stop.signal, async (page) => {
      await page.goto("https://shop.example/");
      setTimeout(() => stop.abort(new Error("enough")), 50);
      return await page.evaluate("new Promise(() => {})");
    });
    await expect(hanging).rejects.toThrow("enough");
    const pages = () => scene.watched.browser()?.context.pages().length;
    await until(() => pages() === 1);
    const waiting = layer.withSessionPage(sessionId, never, async (page) => {
      await page.goto("https://shop.example/");
      await page.waitForSelector("#never", { timeout: 200 });
    });
    await expect(waiting).rejects.toMatchObject({ name: "PageFailed", why: "timeout" });
    const wrong = layer.withSessionPage(sessionId, never, (page) => page.evaluate("throwing('a-secret-value')"));
    await expect(wrong).rejects.toMatchObject({ name: "PageFailed", why: "failed" });
    await expect(wrong).rejects.not.toThrow("a-secret-value");
    expect(pages()).toBe(1);
    expect(scene.bench.logged()).not.toContain("a-secret-value");
  }, 60_000);
});
