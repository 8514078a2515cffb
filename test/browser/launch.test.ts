import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { navigate } from "../../src/browser/navigate.js";
import { processesOf } from "../../src/browser/processes.js";
import type { Slot } from "../../src/browser/slot.js";
import { BrowserUnavailable } from "../../src/browser/workshop.js";
import { DESKTOP, NO_WAY_OUT, openTestHost, type TestHost } from "./browser-host.js";

const isRoot = process.getuid?.() === 0;
let opened: TestHost;

beforeAll(async () => {
  opened = await openTestHost();
}, 60_000);
afterAll(() => opened?.close());

afterEach(async () => {
  for (const slot of claimed.splice(0)) await slot.release();
});

const claimed: Slot[] = [];
const claim = async (): Promise<Slot> => {
  const slot = await opened.host.claim();
  claimed.push(slot);
  return slot;
};
const START = { ...DESKTOP, proxyUrl: NO_WAY_OUT, trustedKey: null };

describe("a session's Chromium", () => {
  test("is alone: private folder, own user, sandboxed renderer, nothing of the worker's environment; gone after", async () => {
    process.env.SHOPKEY_TEST_CANARY = "canary-91";
    const slot = await claim();
    const running = await opened.host.start(slot, START);
    expect((await stat(slot.profile)).mode & 0o777).toBe(0o700);
    const pid = await readFile(join(opened.folder, `slot-${slot.number}`, "pid"), "utf8");
    expect(await readFile(`/proc/${pid.trim()}/environ`, "utf8")).not.toContain("canary-91");
    const pids = slot.uid === null ? [Number(pid)] : await processesOf(slot.uid);
    if (slot.uid !== null) expect((await stat(slot.profile)).uid).toBe(slot.uid);
    if (isRoot) expect(pids.length).toBeGreaterThan(2);
    const renderers = await Promise.all(pids.map(describeProcess));
    const renderer = renderers.find(({ command }) => command.includes("--type=renderer"));
    if (isRoot) expect(renderer?.status).toMatch(/^NoNewPrivs:\s+1\nSeccomp:\s+2$/m);
    expect(renderers.every(({ command }) => !command.includes("--no-sandbox"))).toBe(true);
    expect(await running.page.evaluate(() => [navigator.language, new Date(0).getHours()])).toEqual(["pt-BR", 21]);

    await slot.release();
    await running.closed;
    expect(await readdir(opened.folder)).not.toContain(`slot-${slot.number}`);
    if (slot.uid !== null) expect(await processesOf(slot.uid)).toEqual([]);
    delete process.env.SHOPKEY_TEST_CANARY;
  });

  test("has no permission, takes no download, reaches nothing but its proxy", async () => {
    const slot = await claim();
    const { page } = await opened.host.start(slot, START);
    const states = await page.evaluate<string[]>(`Promise.all(["geolocation", "notifications", "camera", "microphone"]
      .map(async (name) => (await navigator.permissions.query({ name })).state))`);
    expect(states).toHaveLength(4);
    expect(states).not.toContain("granted");
    await page.setContent(`<a href="data:application/octet-stream,bytes" download="file">download</a>`);
    const download = page.waitForEvent("download");
    await page.click("a");
    expect(await (await download).failure()).not.toBeNull();
    await expect(navigate(page, "http://127.0.0.1:8000/")).rejects.toThrow("ERR_PROXY_CONNECTION_FAILED");
    await expect(navigate(page, "https://localhost/")).rejects.toThrow("ERR_PROXY_CONNECTION_FAILED");
  });

  test("has a slot, of which there are so many", async () => {
    const slots = [await claim(), await claim()];
    await expect(opened.host.claim()).rejects.toMatchObject({ reason: "no-free-slot" });
    await expect(opened.host.claim()).rejects.toBeInstanceOf(BrowserUnavailable);
    await Promise.all(slots.map((slot) => slot.release()));
    const again = await claim();
    expect(again.number).toBe(0);
    await again.release();
  });

  test("is started although its folder was cleared away meanwhile", async () => {
    const other = await openTestHost();
    await other.host.close();
    const slot = await other.host.claim();
    const running = await other.host.start(slot, START);
    expect(await running.page.evaluate("1 + 1")).toBe(2);
    await slot.release();
    await other.close();
  });

  test("has a user of its own among all workers of the machine: the end of one session is nobody else's", async () => {
    const neighbour = await openTestHost();
    const [mine, theirs] = await Promise.all([claim(), neighbour.host.claim()]);
    const running = await neighbour.host.start(theirs, START);
    if (isRoot) expect(mine.uid).not.toBe(theirs.uid);
    expect(mine.number).toBe(theirs.number);
    await mine.release();
    expect(await running.page.evaluate("1 + 1")).toBe(2);
    await theirs.release();
    await neighbour.close();
  });

  test("a killed worker leaves nothing once another starts; a living one is left alone", async () => {
    const root = resolve(import.meta.dirname, "../..");
    const child = spawn(
      process.execPath,
      ["--conditions=shopkey-source", "--import", "tsx", "test/browser/launch-child.ts", opened.folder],
      { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
    );
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const name = `slot-${line.split(" ")[1]}`;
    await openTestHost(2, opened.folder);
    expect(await readdir(opened.folder)).toContain(name);

    child.kill("SIGKILL");
    await once(child, "exit");
    await openTestHost(2, opened.folder);
    expect(await readdir(opened.folder)).not.toContain(name);
    if (isRoot) expect(await processesOf(Number(line.split(" ")[2]))).toEqual([]);
  }, 60_000);
});

async function describeProcess(pid: number): Promise<{ command: string; status: string }> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");
  return { command: await read("cmdline"), status: await read("status") };
}
