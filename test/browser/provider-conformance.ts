/** What every provider of browsers keeps to, by what it declares. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { navigate } from "../../src/browser/navigate.js";
import type { BrowserProvider, HostedBrowser } from "../../src/browser/providers/provider.js";
import { BundleRejected } from "../../src/browser/workshop.js";
import { logIn, type NineItemsSite, openNineItemsSite, type PublicKey, readNineItems } from "./nine-items-site.js";
import { surroundingsOf } from "./worker-bench.js";

export interface ProviderUnderTest {
  /** With two slots. */
  readonly provider: BrowserProvider;
  /** What an accident would do: the browser is gone, at once. */
  readonly kill: (hosted: HostedBrowser) => Promise<void>;
  /** What is left of sessions: folders, processes, contexts. */
  readonly leftovers: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/** Items of a login that travel in a portable context; a full one has all nine. */
const PORTABLE = ["sessionCookie", "localStorage", "sessionStorage", "indexedDb"];

/** A provider, and the shop that its browsers visit. */
export interface Ground {
  readonly under: ProviderUnderTest;
  readonly site: NineItemsSite;
}

export function providerConformance(name: string, open: () => Promise<ProviderUnderTest>): void {
  describe(`the provider ${name}`, () => {
    let ground: Ground | undefined;
    beforeAll(async () => {
      const [under, site] = await Promise.all([open(), openNineItemsSite()]);
      ground = { under, site };
    }, 60_000);
    afterAll(async () => {
      await ground?.under.close();
      await ground?.site.close();
    });
    const there = (): Ground => {
      if (!ground) throw new Error("not opened");
      return ground;
    };
    for (const [title, check] of Object.entries(providerChecks(there))) test(title, check, 60_000);
  });
}

/** By what each makes sure of, in the order in which they build on each other. */
export function providerChecks(ground: () => Ground): Readonly<Record<string, () => Promise<void>>> {
  const under = () => ground().under;
  const site = () => ground().site;
  const key = randomBytes(32);
  const contextId = "ctx_conformance_1";
  const viewport = { width: 900, height: 700 };
  const empty = () =>
    under().provider.open({ surroundings: surroundingsOf(site().origin), viewport, touch: false, sealed: null });
  const restored = (bytes: Uint8Array, by: Uint8Array = key, generation = 1) =>
    under().provider.open({
      surroundings: surroundingsOf(site().origin),
      viewport,
      touch: false,
      sealed: { name: { contextId, generation }, key: by, bytes },
    });
  let sealed: Buffer;
  let publicKey: PublicKey;
  return {
    "opens a browser that knows nobody, in the surroundings it was asked for": async () => {
      const hosted = await empty();
      expect(hosted.version).toMatch(/^\w*Chrom\w*\/\d+/);
      expect(hosted.context.pages()).toEqual([hosted.page]);
      expect(hosted.page.url()).toBe("about:blank");
      expect(await hosted.context.cookies()).toEqual([]);
      await hosted.page.goto("https://shop.example/");
      const facts = "[navigator.language, new Date(0).getHours(), innerWidth, innerHeight]";
      expect(await hosted.page.evaluate(facts)).toEqual(["pt-BR", 21, 900, 700]);
      const asked = `Promise.all(["geolocation", "notifications", "camera", "microphone"]
        .map(async (name) => (await navigator.permissions.query({ name })).state))`;
      expect(await hosted.page.evaluate<string[]>(asked)).not.toContain("granted");
      await hosted.end();
      expect(await under().leftovers()).toEqual([]);
    },

    "lets nothing out but to the hosts it was told, as far as it declares": async () => {
      let hits = 0;
      const internal = createServer((_, answer) => void answer.end(String(++hits)));
      await new Promise<void>((resolve) => internal.listen(0, "127.0.0.1", resolve));
      const { port } = internal.address() as AddressInfo;
      const hosted = await empty();
      await hosted.page.goto("https://shop.example/");
      const addresses = [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`, `http://[::1]:${port}/`];
      for (const address of [...addresses, "https://elsewhere.example/"]) {
        await navigate(hosted.page, address, { timeout: 10_000 }).catch(() => undefined);
        await navigate(hosted.page, "https://shop.example/");
        await hosted.page.evaluate(`fetch(${JSON.stringify(address)}, { mode: "no-cors" }).catch(() => null)`);
      }
      if (under().provider.capabilities.egress !== "remote") expect(hits).toBe(0);
      await hosted.end();
      await new Promise((resolve) => internal.close(resolve));
    },

    "keeps sessions apart, and has so many": async () => {
      const [one, other] = await Promise.all([empty(), empty()]);
      expect(under().provider.vacancy()).toEqual({ slots: 2, free: 0 });
      await expect(empty()).rejects.toMatchObject({ reason: "no-free-slot" });
      await one.page.goto("https://shop.example/login");
      await one.page.evaluate("localStorage.setItem('mine', '1')");
      await other.page.goto("https://shop.example/");
      expect(await other.context.cookies()).toEqual([]);
      expect(await other.page.evaluate("localStorage.length")).toBe(0);
      await Promise.all([one.end(), other.end(), one.end()]);
      expect(under().provider.vacancy()).toEqual({ slots: 2, free: 2 });
    },

    "opens pages unseen: known before they are announced, in the background": async () => {
      const hosted = await empty();
      await hosted.page.goto("https://shop.example/");
      const seen: boolean[] = [];
      hosted.context.on("page", (page) => seen.push(!hosted.isUnseen(page)));
      const unseen = await hosted.openUnseen();
      await hosted.page.evaluate("void window.open('https://shop.example/popup')");
      while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(seen).toEqual([false, true]);
      await unseen.goto("https://shop.example/");
      expect([hosted.isUnseen(unseen), hosted.isUnseen(hosted.page)]).toEqual([true, false]);
      await hosted.end();
    },

    "saves a login, sealed, and is shut then": async () => {
      const hosted = await empty();
      publicKey = await logIn(hosted.page);
      sealed = await hosted.save({ contextId, generation: 1 }, key);
      await hosted.closed;
      await hosted.end();
      for (const secret of ["s3cr3t", "2fa done"]) expect(sealed.includes(secret)).toBe(false);
      expect(await under().leftovers()).toEqual([]);
    },

    "restores what it declares to restore, twice over": async () => {
      const { contexts, deviceKeys } = under().provider.capabilities;
      let bytes = sealed;
      for (const generation of [1, 2]) {
        const hosted = await restored(bytes, key, generation);
        expect(hosted.page.url()).toBe("about:blank");
        const items = await readNineItems(hosted.page, publicKey);
        const there = Object.keys(items).filter((item) => items[item]);
        if (contexts === "full") expect(there).toHaveLength(9);
        else expect(there).toEqual(expect.arrayContaining(PORTABLE));
        expect(items.cryptoKey).toBe(deviceKeys);
        bytes = await hosted.save({ contextId, generation: generation + 1 }, key);
        await hosted.end();
      }
    },

    "refuses another's key, name and bytes, and leaves nothing behind": async () => {
      const changed = Buffer.from(sealed);
      changed[20] = (changed[20] ?? 0) ^ 1;
      for (const wrong of [
        () => restored(sealed, randomBytes(32)),
        () => restored(sealed, key, 2),
        () => restored(changed),
        () => restored(Buffer.from("nothing")),
      ]) {
        await expect(wrong()).rejects.toBeInstanceOf(BundleRejected);
      }
      expect(await under().leftovers()).toEqual([]);
      expect(under().provider.vacancy().free).toBe(2);
    },

    "says when a browser is gone by accident, and clears it away": async () => {
      const hosted = await empty();
      await under().kill(hosted);
      await hosted.closed;
      await expect(hosted.save({ contextId, generation: 1 }, key)).rejects.toThrow();
      await expect(hosted.openUnseen()).rejects.toMatchObject({ name: "BrowserUnavailable" });
      await hosted.end();
      expect(await under().leftovers()).toEqual([]);
      expect(under().provider.vacancy().free).toBe(2);
    },
  };
}
