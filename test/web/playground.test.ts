import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser, BrowserContextOptions, Page } from "playwright";
import { playgroundFiles } from "../../src/web/index.js";
import { STORY } from "../../src/web/playground/story.js";
import { openChromium } from "../support/chromium.js";
import { openPlaygroundServer, type PlaygroundServer } from "./playground-server.js";

const KEY = "shk_test_0123456789abcdefghijABCDEFGHIJ0123456789";
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};
const DESKTOP: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };

let browser: Browser;
let server: PlaygroundServer;
let pictures: string;

beforeAll(async () => {
  if (!playgroundFiles().built) {
    const root = resolve(import.meta.dirname, "../..");
    await promisify(execFile)(process.execPath, ["--import", "tsx", "src/web/build.ts"], { cwd: root });
  }
  pictures = process.env.SHOPKEY_PICTURES ?? (await mkdtemp(join(tmpdir(), "shopkey-playground-")));
  [browser, server] = await Promise.all([openChromium(), openPlaygroundServer(KEY)]);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

interface Visit {
  readonly page: Page;
  /** Console errors, uncaught exceptions, blocked by policy, failed or foreign requests. */
  readonly troubles: readonly string[];
}

async function visit(options: BrowserContextOptions, at = server): Promise<Visit> {
  const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
  context.setDefaultTimeout(8_000);
  const troubles: string[] = [];
  await context.exposeFunction("reportTrouble", (text: string) => troubles.push(text));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const { reportTrouble } = globalThis as unknown as { reportTrouble: (text: string) => void };
      reportTrouble(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  context.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && origin !== at.origin)
      troubles.push(`foreign: ${request.url()}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 400) troubles.push(`status ${response.status()}: ${response.url()}`);
  });
  context.on("console", (line) => {
    if (line.type() === "error" || line.type() === "warning") troubles.push(`console: ${line.text()}`);
  });
  context.on("weberror", (trouble) => troubles.push(`thrown: ${trouble.error().message}`));
  const page = await context.newPage();
  await page.goto(`${at.origin}/playground/`);
  await page.getByRole("tab", { name: "SaveProfile" }).waitFor();
  await page.locator(".graphiql-query-editor .view-line").first().waitFor();
  return { page, troubles };
}

async function runTab(page: Page, name: string): Promise<string> {
  await page.getByRole("tab", { name }).click();
  await page.getByRole("button", { name: /Execute query/ }).click();
  const answer = page.locator(".graphiql-response");
  await answer.getByText('"data"').first().waitFor();
  return await answer.innerText();
}

describe("the playground in a browser", () => {
  test("opens with the story's tabs, asks nobody else and breaks no rule of its policy", async () => {
    const { page, troubles } = await visit(DESKTOP);
    expect(await page.title()).toBe("Shopkey playground");
    const tabs = await page.getByRole("tab").allInnerTexts();
    expect(tabs.map((tab) => tab.trim())).toEqual([
      "SaveProfile",
      "ReadItBack",
      "CheckoutReadiness",
      "ApplyCheckoutIdentity",
      "StoresAndAdapters",
      "AuditEvents",
    ]);
    expect(tabs).toHaveLength(STORY.length);
    const answer = await runTab(page, "ReadItBack");
    expect(answer).toContain("•••00");
    expect(server.authorizations.every((value) => value === `Bearer ${KEY}`)).toBe(true);
    await page.screenshot({ path: join(pictures, "desktop.png") });
    for (const plugin of ["Show Documentation Explorer", "Show Explorer", "Show History"]) {
      await page.getByRole("button", { name: plugin }).click();
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(pictures, `desktop-${plugin.split(" ")[1]}.png`) });
    }
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test("fits a phone in light and dark, also with the documentation open", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, troubles } = await visit({ ...PHONE, colorScheme });
      await page.screenshot({ path: join(pictures, `phone-${colorScheme}.png`) });
      expect(await runTab(page, "ReadItBack")).toContain("•••00");
      await page.screenshot({ path: join(pictures, `phone-${colorScheme}-answer.png`) });
      await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
      const size = await page.evaluate(() => ({
        inner: innerWidth,
        wide: document.documentElement.scrollWidth,
        high: document.documentElement.scrollHeight - innerHeight,
      }));
      expect(size).toEqual({ inner: 390, wide: 390, high: 0 });
      await page.screenshot({ path: join(pictures, `phone-${colorScheme}-docs.png`) });
      expect(troubles).toEqual([]);
      await page.context().close();
    }
  });
});
