import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, test } from "@jest/globals";
import { openCdpProvider, rentFrom } from "../../src/browser/providers/cdp.js";
import { findChromium } from "../../src/browser/workshop.js";
import { type ProviderUnderTest, providerConformance } from "./provider-conformance.js";
import { openLocal, surroundingsOf } from "./worker-bench.js";

providerConformance("local", async (): Promise<ProviderUnderTest> => {
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
});

/** A Chromium as a service somewhere would run it: for anybody who knows its address. */
interface Elsewhere {
  readonly url: string;
  readonly child: ChildProcess;
  readonly close: () => Promise<void>;
}

async function openElsewhere(): Promise<Elsewhere> {
  const found = await findChromium({ configured: process.env.CHROMIUM_PATH });
  const profile = await mkdtemp(join(tmpdir(), "shopkey-elsewhere-"));
  const flags = ["--headless", "--disable-gpu", "--no-sandbox", "--disable-dev-shm-usage", "--remote-debugging-port=0"];
  const child = spawn(found.executablePath, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
    env: { PATH: process.env.PATH, HOME: profile, ...found.env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let url = "";
  for await (const line of createInterface({ input: child.stderr })) {
    url = /DevTools listening on (ws:\S+)/.exec(line)?.[1] ?? "";
    if (url !== "") break;
  }
  child.stderr.resume();
  const close = async (): Promise<void> => {
    const gone = child.exitCode !== null || child.signalCode !== null ? null : once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  };
  return { url, child, close };
}

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
});
