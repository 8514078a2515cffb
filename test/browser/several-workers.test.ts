import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openBrowserClient } from "../../src/browser/client/client.js";
import { fixedWorkers } from "../../src/browser/client/workers.js";
import type { BrowserLayer, SessionEvent } from "../../src/browser/index.js";
import { openLog } from "../../src/kernel/log.js";
import { type NineItemsSite, openNineItemsSite } from "./nine-items-site.js";
import { openWorkerBench, sessionAt, surroundingsOf, until, type WorkerBench } from "./worker-bench.js";

let contexts: string;
let site: NineItemsSite;
let workers: readonly WorkerBench[];
let layer: BrowserLayer;
const never = new AbortController().signal;

beforeAll(async () => {
  contexts = await mkdtemp(join(tmpdir(), "shopkey-shared-contexts-"));
  site = await openNineItemsSite();
  workers = await Promise.all(["w1", "w2"].map((name) => openWorkerBench({ name, slots: 1, contexts })));
  const list = workers.map(({ worker, secret }, n) => ({ name: `w${n + 1}`, url: worker.url, secret }));
  layer = openBrowserClient({ workers: fixedWorkers(list), log: openLog({ level: "silent" }) });
}, 60_000);
afterAll(async () => {
  await layer?.close();
  for (const worker of workers ?? []) await worker.close();
  await site?.close();
  await rm(contexts, { recursive: true, force: true });
});

describe("several workers", () => {
  test("share the work and the saved logins; each has its own sessions", async () => {
    const told: SessionEvent[] = [];
    layer.watch(async (event) => void told.push(event));
    expect(await layer.ping()).toMatchObject({ free: 2, slots: 2 });
    const one = await layer.openSession(sessionAt(site.origin), never);
    const other = await layer.openSession(sessionAt(site.origin), never);
    const names = [one, other].map(({ sessionId }) => sessionId.split("_")[1]);
    expect(names.toSorted()).toEqual(["w1", "w2"]);
    const full = layer.openSession(sessionAt(site.origin), never);
    await expect(full).rejects.toMatchObject({ why: "busy", retryAfterMs: expect.any(Number) });

    for (const { sessionId } of [one, other]) {
      workers
        .find(({ watched }) => watched.has(sessionId))
        ?.watched.get(sessionId)
        ?.claimed();
    }
    await until(() => told.length === 2);
    await layer.withSessionPage(one.sessionId, never, (page) => page.goto("https://shop.example/login"));
    const lease = { contextId: "ctx_any_worker_1", generation: 0, key: randomBytes(32) };
    await layer.saveSession(one.sessionId, lease, never);
    await layer.endSession(one.sessionId, "connected");

    // Its worker is gone; the other restores what it kept, and its sessions are not asked for any more.
    await layer.endSession(other.sessionId, "cancelled");
    const keeper = workers[names[0] === "w1" ? 0 : 1];
    await keeper?.worker.close();
    const request = { surroundings: surroundingsOf(site.origin), context: { ...lease, generation: 1 }, keep: true };
    const found = await layer.withContextPage(request, never, async (page) => {
      await page.goto("https://shop.example/me");
      return await page.evaluate("document.body.textContent");
    });
    expect(found).toEqual({ result: "ana", generation: 2 });
    expect(await layer.ping()).toMatchObject({ free: 1, slots: 1 });
    await expect(layer.renewLink(one.sessionId)).rejects.toMatchObject({ why: "unavailable" });
    await layer.deleteContext(lease.contextId);
  }, 60_000);
});
