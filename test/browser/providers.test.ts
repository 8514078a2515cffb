import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openBrowserClient } from "../../src/browser/client/client.js";
import { fixedWorkers } from "../../src/browser/client/workers.js";
import { openCdpProvider, rentFrom } from "../../src/browser/providers/cdp.js";
import type { BrowserProvider, HostedBrowser } from "../../src/browser/providers/provider.js";
import { startWorker } from "../../src/browser/worker/start.js";
import { openLog } from "../../src/kernel/log.js";
import { openElsewhere } from "./elsewhere.js";
import { openNineItemsSite } from "./nine-items-site.js";
import { type ProviderUnderTest, providerChecks, providerConformance } from "./provider-conformance.js";
import { openLocal, sessionAt, surroundingsOf } from "./worker-bench.js";

async function openLocalUnderTest(): Promise<ProviderUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "shopkey-provider-"));
  const provider = await openLocal(folder, 2);
  const slots = async () => (await readdir(folder)).filter((name) => name.startsWith("slot-"));
  return {
    provider,
    kill: async () => {
      for (const slot of await slots()) {
        process.kill(Number(await readFile(join(folder, slot, "pid"), "utf8")), "SIGKILL");
      }
    },
    leftovers: slots,
    close: async () => {
      await provider.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

providerConformance("local", openLocalUnderTest);

describe("the checks of providers", () => {
  type Breaking = (hosted: HostedBrowser) => HostedBrowser;
  const BROKEN: readonly (readonly [string, Breaking, readonly string[]])[] = [
    ["shows the gateway's own pages", (hosted) => ({ ...hosted, isUnseen: () => false }), ["opens pages unseen"]],
    ["leaves its browsers running", (hosted) => ({ ...hosted, end: async () => undefined }), ["opens a browser"]],
    [
      "keeps nothing",
      (hosted) => ({
        ...hosted,
        save: (name, key) => hosted.context.clearCookies().then(() => hosted.save(name, key)),
      }),
      ["saves a login", "restores what it"],
    ],
    [
      "seals with a key of its own",
      (hosted) => ({ ...hosted, save: (name) => hosted.save(name, randomBytes(32)) }),
      ["saves a login", "restores what it"],
    ],
  ];

  test.each(BROKEN)(
    "find a provider that %s",
    async (_, broken, titles) => {
      const whole = await openLocalUnderTest();
      const site = await openNineItemsSite();
      const provider: BrowserProvider = {
        ...whole.provider,
        open: async (request) => broken(await whole.provider.open(request)),
      };
      const checks = Object.entries(providerChecks(() => ({ under: { ...whole, provider }, site })));
      const run = async (title: string) => await checks.find(([name]) => name.startsWith(title))?.[1]();
      for (const title of titles.slice(0, -1)) await run(title);
      await expect(run(titles.at(-1) ?? "")).rejects.toThrow();
      await whole.close();
      await site.close();
    },
    60_000,
  );
});

providerConformance("cdp", async (): Promise<ProviderUnderTest> => {
  let elsewhere = await openElsewhere();
  const provider = openCdpProvider({
    id: "cdp",
    rent: async () => await rentFrom(elsewhere.url)(),
    slots: 2,
    canDialUs: true,
  });
  return {
    provider,
    kill: async () => {
      await elsewhere.close();
      elsewhere = await openElsewhere();
    },
    leftovers: async () => {
      const { chromium } = await import("playwright");
      const browser = await chromium.connectOverCDP(elsewhere.url);
      const cdp = await browser.newBrowserCDPSession();
      const { browserContextIds } = await cdp.send("Target.getBrowserContexts");
      await browser.close();
      return browserContextIds;
    },
    close: async () => {
      await provider.close();
      await elsewhere.close();
    },
  };
});

describe("a browser elsewhere", () => {
  const viewport = { width: 800, height: 600 };

  test("that cannot dial this machine opens nothing for the test environment, and is not even asked", async () => {
    let rented = 0;
    const rent = async () => {
      rented += 1;
      throw new Error("asked");
    };
    const provider = openCdpProvider({ id: "cdp", rent, slots: 1, canDialUs: false });
    const surroundings = surroundingsOf("http://127.0.0.1:1");
    const opening = provider.open({ surroundings, viewport, touch: false, sealed: null });
    await expect(opening).rejects.toMatchObject({ name: "BrowserUnavailable", reason: "start-failed" });
    expect([rented, provider.vacancy().free]).toEqual([0, 1]);
  });

  test("is reached by wss, or on this machine; one that is not there is unavailable, its address untold", async () => {
    expect(() => rentFrom("ws://browsers.example/?token=hunter2")).toThrow(RangeError);
    expect(() => rentFrom("wss://browsers.example/?token=hunter2")).not.toThrow();
    const provider = openCdpProvider({
      id: "cdp",
      rent: rentFrom("ws://127.0.0.1:9/hunter2"),
      slots: 1,
      canDialUs: true,
    });
    const surroundings = surroundingsOf("http://127.0.0.1:1");
    const failure = await provider.open({ surroundings, viewport, touch: false, sealed: null }).catch((error) => error);
    expect(failure).toMatchObject({ name: "BrowserUnavailable" });
    expect(JSON.stringify([failure, String(failure), failure.stack, failure.cause])).not.toContain("hunter2");
    expect(provider.vacancy().free).toBe(1);
  });

  test("carries a worker's sessions and saved logins; its address lies in a private file", async () => {
    const [home, elsewhere, site] = await Promise.all([
      mkdtemp(join(tmpdir(), "shopkey-elsewhere-worker-")),
      openElsewhere(),
      openNineItemsSite(),
    ]);
    const endpointFile = join(home, "endpoint");
    await writeFile(endpointFile, `${elsewhere.url}\n`, { mode: 0o644 });
    const secret = randomBytes(32).toString("hex");
    const log = openLog({ level: "silent" });
    const never = new AbortController().signal;
    const settings = {
      name: "far",
      chromiumPath: null,
      endpointFile,
      sandbox: "required",
      slots: 2,
      folder: join(home, "browsers"),
      contextFolder: join(home, "contexts"),
      contextDays: 0,
      api: { host: "127.0.0.1", port: 0 },
      liveView: { host: "127.0.0.1", port: 0, anyPort: true, publicOrigin: null },
    } as const;
    await expect(startWorker(settings, secret, log)).rejects.toMatchObject({ reason: "unusable-endpoint" });
    await chmod(endpointFile, 0o600);
    const worker = await startWorker(settings, secret, log);
    const layer = openBrowserClient({ workers: fixedWorkers([{ name: "far", url: worker.url, secret }]), log });
    const key = randomBytes(32);
    const lease = { contextId: "ctx_far_away_1", generation: 0, key };
    const session = await layer.openSession(sessionAt(site.origin), never);
    await layer.withSessionPage(session.sessionId, never, (page) => page.goto("https://shop.example/login"));
    expect(await layer.saveSession(session.sessionId, lease, never)).toBe(1);
    await layer.endSession(session.sessionId, "connected");
    const request = { surroundings: surroundingsOf(site.origin), context: { ...lease, generation: 1 }, keep: true };
    const kept = await layer.withContextPage(request, never, async (page) => {
      await page.goto("https://shop.example/me");
      return await page.evaluate("document.body.textContent");
    });
    expect(kept).toEqual({ result: "ana", generation: 2 });
    expect(await layer.ping()).toMatchObject({ free: 2, slots: 2 });
    await layer.close();
    await worker.close();
    await Promise.all([elsewhere.close(), site.close()]);
    await rm(home, { recursive: true, force: true });
  }, 60_000);
});
