import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  BundleRejected,
  BundleTooLarge,
  type EgressProxy,
  MAX_BUNDLE_BYTES,
  openEgressProxy,
  restoreBundle,
  saveBundle,
} from "../../src/browser/workshop.js";
import { DESKTOP, openTestHost, type TestHost } from "./browser-host.js";
import { logIn, type NineItemsSite, openNineItemsSite, type PublicKey, readNineItems } from "./nine-items-site.js";

let opened: TestHost;
let site: NineItemsSite;
let proxy: EgressProxy;

beforeAll(async () => {
  [opened, site] = await Promise.all([openTestHost(), openNineItemsSite()]);
  const origins = new Map([
    ["shop.example", site.origin],
    ["*.shop.example", site.origin],
  ]);
  proxy = await openEgressProxy({ rules: { kind: "sandbox", origins } });
}, 60_000);
afterAll(async () => {
  await proxy?.close();
  await site?.close();
  await opened?.close();
});

const start = () => ({ ...DESKTOP, proxyUrl: proxy.url, trustedKey: proxy.trustedKey });
const key = randomBytes(32);
const contextId = "ctx_0123456789";

describe("a login", () => {
  let publicKey: PublicKey;
  let first: Buffer;

  test("is saved with all that the store put into the browser", async () => {
    const slot = await opened.host.claim();
    const running = await opened.host.start(slot, start());
    publicKey = await logIn(running.page);
    expect(Object.values(await readNineItems(running.page, publicKey))).toEqual(Array(9).fill(true));
    first = await saveBundle({ slot, running }, { contextId, generation: 1 }, key);
    await slot.release();
    expect(first.includes("s3cr3t")).toBe(false);
  }, 60_000);

  test("is restored whole in a new process, and once more from there", async () => {
    const again = await restoreBundle(opened.host, { contextId, generation: 1 }, key, first, start());
    const items = await readNineItems(again.running.page, publicKey);
    expect(Object.entries(items).filter(([, there]) => !there)).toEqual([]);
    expect(Object.keys(items)).toHaveLength(9);
    const second = await saveBundle(again, { contextId, generation: 2 }, key);
    await again.slot.release();

    const third = await restoreBundle(opened.host, { contextId, generation: 2 }, key, second, start());
    expect(Object.values(await readNineItems(third.running.page, publicKey))).toEqual(Array(9).fill(true));
    await third.running.page.goto("https://www.shop.example/");
    // A cookie of one host stays with that host; the one of the whole domain is for its names too.
    expect(site.cookiesSeen("www.shop.example")).toEqual(["device=d-77"]);
    expect(site.cookiesSeen("shop.example").at(-1)).toContain("part=p-1");
    await third.slot.release();
  }, 60_000);

  test("what the shop clears after the restore stays cleared", async () => {
    const { slot, running } = await restoreBundle(opened.host, { contextId, generation: 1 }, key, first, start());
    await running.page.goto("https://shop.example/");
    await running.page.evaluate("sessionStorage.clear()");
    await running.page.reload();
    expect(await running.page.evaluate("sessionStorage.length")).toBe(0);
    await slot.release();
  }, 60_000);

  test("opens for its own key, context and generation alone, and not when a byte changed", async () => {
    const restore = (name: { contextId: string; generation: number }, by: Uint8Array, bytes: Uint8Array) =>
      restoreBundle(opened.host, name, by, bytes, start());
    const name = { contextId, generation: 1 };
    const changed = (at: number) => Buffer.from(first).fill((first.at(at) ?? 0) ^ 1, at, at + 1);
    const wrong = [
      restore(name, randomBytes(32), first),
      restore({ ...name, generation: 2 }, key, first),
      restore({ ...name, contextId: "ctx_9876543210" }, key, first),
      restore(name, key, first.subarray(0, -1)),
      restore(name, key, first.subarray(0, 20)),
      ...[0, 5, 16, first.length >> 1, first.length - 1].map((at) => restore(name, key, changed(at))),
    ];
    for (const attempt of wrong) await expect(attempt).rejects.toBeInstanceOf(BundleRejected);
    expect((await readdir(opened.folder)).filter((entry) => entry.startsWith("slot-"))).toEqual([]);
  });

  test("above the cap it leaves the shop's caches behind; too large without them, it is refused", async () => {
    const name = { contextId, generation: 3 };
    const fill = `const noise = () => {
      const bytes = new Uint8Array(${MAX_BUNDLE_BYTES + 1});
      for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
      return bytes;
    };`;
    const workplace = await restoreBundle(opened.host, { contextId, generation: 1 }, key, first, start());
    await workplace.running.page.goto("https://shop.example/");
    await workplace.running.page.evaluate(`(async () => { ${fill}
      await (await caches.open("v1")).put("/large", new Response(noise())); })()`);
    const sealed = await saveBundle(workplace, name, key);
    await workplace.slot.release();
    expect(sealed.length).toBeLessThan(MAX_BUNDLE_BYTES);

    const again = await restoreBundle(opened.host, name, key, sealed, start());
    const { cacheApi, ...others } = await readNineItems(again.running.page, publicKey);
    expect([cacheApi, Object.values(others)]).toEqual([false, Array(8).fill(true)]);
    await again.running.page.evaluate(`(async () => { ${fill}
      const file = await (await (await navigator.storage.getDirectory()).getFileHandle("large", { create: true })).createWritable();
      await file.write(noise()); await file.close(); })()`);
    await expect(saveBundle(again, { contextId, generation: 4 }, key)).rejects.toBeInstanceOf(BundleTooLarge);
    await again.slot.release();
  }, 60_000);
});
