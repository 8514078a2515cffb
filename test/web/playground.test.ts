import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser, BrowserContextOptions, Page } from "playwright";
import { playgroundFiles } from "../../src/web/index.js";
import { STORY } from "../../src/web/playground/story.js";
import { openChromium } from "../support/chromium.js";
import { openGateway, type TestGateway } from "../support/gateway.js";

const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};
const DESKTOP: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };

const NAMES = [
  "SaveProfile",
  "ReadItBack",
  "CheckoutReadiness",
  "ApplyCheckoutIdentity",
  "StoresAndAdapters",
  "StartImpersonation",
  "AuditEvents",
];

let browser: Browser;
let gateway: TestGateway;

beforeAll(async () => {
  if (!playgroundFiles().built) {
    const root = resolve(import.meta.dirname, "../..");
    await promisify(execFile)(process.execPath, ["--import", "tsx", "src/web/build.ts"], { cwd: root });
  }
  browser = await openChromium();
  gateway = await openGateway();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

/** What the graph answered, as far as it is looked at here. */
interface Reply {
  readonly data?: Readonly<Record<string, { readonly userErrors?: readonly unknown[] } | null>>;
  readonly errors?: readonly unknown[];
}

interface Visit {
  readonly page: Page;
  /** Each answer of the graph, introspection first. */
  readonly replies: readonly Reply[];
  /** Console errors, uncaught exceptions, blocked by policy, failed or foreign requests. */
  readonly troubles: readonly string[];
  /** The `authorization` of each question to the graph. */
  readonly authorizations: readonly (string | undefined)[];
}

async function visit(options: BrowserContextOptions, keyless = false): Promise<Visit> {
  const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
  context.setDefaultTimeout(15_000);
  const troubles: string[] = [];
  const authorizations: (string | undefined)[] = [];
  if (keyless) await context.route("**/boot.json", (route) => route.fulfill({ json: { key: null } }));
  await context.exposeFunction("reportTrouble", (text: string) => troubles.push(text));
  await context.addInitScript(`addEventListener("securitypolicyviolation", (event) =>
    reportTrouble("policy: " + event.violatedDirective + " " + event.blockedURI), true)`);
  context.on("request", (request) => {
    const { protocol, origin, pathname } = new URL(request.url());
    if (!["data:", "blob:"].includes(protocol) && origin !== gateway.url) troubles.push(`foreign: ${request.url()}`);
    if (pathname === "/graphql") authorizations.push(request.headers().authorization);
  });
  const replies: Reply[] = [];
  context.on("response", async (response) => {
    if (response.url().endsWith("/graphql")) replies.push((await response.json()) as Reply);
    if (response.status() >= 400) troubles.push(`status ${response.status()}: ${response.url()}`);
  });
  context.on("console", (line) => {
    if (line.type() === "error" || line.type() === "warning") troubles.push(`console: ${line.text()}`);
  });
  context.on("weberror", (trouble) => troubles.push(`thrown: ${trouble.error().message}`));
  const page = await context.newPage();
  await page.goto(`${gateway.url}/playground/`);
  await page.getByRole("tab", { name: "SaveProfile" }).waitFor();
  await page.locator(".graphiql-query-editor .view-line").first().waitFor();
  return { page, replies, troubles, authorizations };
}

/** For a person to look at: `SHOPKEY_PICTURES=/some/folder npm test -- playground`. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOPKEY_PICTURES;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
}

async function typeHeaders(page: Page, text: string): Promise<void> {
  await page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-line").first().click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(text);
  await page.keyboard.press("ControlOrMeta+Shift+End"); // the closing brace that the editor added by itself
  await page.keyboard.press("Delete");
}

async function runTab(page: Page, name: string, member = "data"): Promise<string> {
  await page.getByRole("tab", { name }).click();
  await page.getByRole("button", { name: /Execute query/ }).click();
  return readAnswer(page, member);
}

/** The lines of the answer that are in sight. */
async function readAnswer(page: Page, member = "data"): Promise<string> {
  const answer = page.locator(".graphiql-response");
  await answer.getByText(`"${member}"`).first().waitFor();
  return (await answer.innerText()).replaceAll("\u00a0", " "); // the editor writes spaces as no-break spaces
}

describe("the playground in a browser", () => {
  test("opens with the story's tabs, asks nobody else and breaks no rule of its policy", async () => {
    const { page, troubles, authorizations } = await visit(DESKTOP);
    expect(await page.title()).toBe("Shopkey playground");
    const tabs = await page.getByRole("tab").allInnerTexts();
    expect(tabs.map((tab) => tab.trim())).toEqual(NAMES);
    expect(tabs).toHaveLength(STORY.length);
    await picture(page, "desktop-open");
    expect(await runTab(page, "SaveProfile")).toContain("•••00");
    expect(new Set(authorizations)).toEqual(new Set([`Bearer ${gateway.key}`]));
    await picture(page, "desktop");
    for (const plugin of ["Show Documentation Explorer", "Show Explorer", "Show History"]) {
      await page.getByRole("button", { name: plugin }).click();
      await picture(page, `desktop-${plugin.split(" ")[1]}`);
    }
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test("tells the whole story against the gateway: each tab answers, masked, and without an error", async () => {
    const { page, replies, troubles } = await visit({ ...DESKTOP, colorScheme: "dark" });
    const seen: string[] = [];
    for (const name of NAMES) {
      seen.push(await runTab(page, name));
      await picture(page, `story-${name}`);
    }
    const [introspection, ...answers] = replies;
    expect(introspection?.data).toHaveProperty("__schema");
    expect(answers.map(({ errors }) => errors)).toEqual(NAMES.map(() => undefined));
    const parts = answers.flatMap(({ data }) => Object.values(data ?? {}));
    expect(parts.flatMap((part) => part?.userErrors ?? [])).toEqual([]);
    expect(answers.map(({ data }) => data)).toMatchObject([
      { saveProfile: { profile: { buyer: { document: "•••00" }, complete: true } } },
      { consumer: { profile: { buyer: { email: "a•••@example.com" } } } },
      { checkoutReadiness: { readiness: { ready: true, state: "READY" } } },
      { applyCheckoutIdentity: { checkoutIdentity: { state: "APPLIED", total: { currency: "BRL" } } } },
      { stores: { nodes: expect.arrayContaining([expect.objectContaining({ slug: "cobasi" })]) } },
      { startImpersonation: { impersonationSession: { state: "ACTIVE", storeUserEmail: "m•••@example.com" } } },
      { auditEvents: { nodes: expect.arrayContaining([expect.objectContaining({ action: "profile.used" })]) } },
    ]);
    for (const text of seen.slice(0, 2)) expect(text).toMatch(/"email": "a•••@example.com"/);
    expect(seen[3]).toContain('"state": "APPLIED"');
    expect(JSON.stringify(answers)).not.toMatch(/ana@|12345678900|Paulista|01310100/);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test("fits a phone in light and dark, also with the documentation open", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, troubles } = await visit({ ...PHONE, colorScheme });
      await picture(page, `phone-${colorScheme}`);
      expect(await runTab(page, "SaveProfile")).toContain("•••00");
      await picture(page, `phone-${colorScheme}-answer`);
      await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
      expect(await page.evaluate("[innerWidth, document.documentElement.scrollWidth]")).toEqual([390, 390]);
      await picture(page, `phone-${colorScheme}-docs`);
      expect(troubles).toEqual([]);
      await page.context().close();
    }
  });

  test("keeps the key in memory alone, though GraphiQL's history would save the headers", async () => {
    const { page } = await visit(DESKTOP);
    await typeHeaders(page, `{ "Authorization": "Bearer ${gateway.key}", "x-note": "mine" }`);
    await page.waitForTimeout(300); // the editor reports a change a moment later
    expect(await runTab(page, "SaveProfile")).toContain("•••00");
    await page.getByRole("button", { name: "Show History" }).click();
    await page.locator(".graphiql-history-item").first().waitFor();
    await page.waitForTimeout(800); // the tabs are stored half a second after the last change
    const kept = String(await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])"));
    expect(kept).toContain("SaveProfile");
    expect(kept).not.toContain("shk_");
    expect(kept).not.toContain("x-note");
    expect(await page.evaluate("JSON.stringify({ ...localStorage })")).not.toContain("ana@example.com");
    await page.context().close();
  });

  test("without a key it says so and asks nothing; a typed key serves every tab and brings the schema", async () => {
    const { page, troubles, authorizations } = await visit(DESKTOP, true);
    expect(await runTab(page, "ReadItBack", "errors")).toContain("No API key yet");
    expect(authorizations).toEqual([]);
    const schemaRead = page.waitForResponse("**/graphql");
    await typeHeaders(page, `{ "Authorization": "Bearer ${gateway.key}" }`);
    await schemaRead;
    expect(await runTab(page, "SaveProfile")).toContain("•••00");
    expect(await runTab(page, "ReadItBack")).toContain("•••00");
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await page.getByText("Root Types").waitFor();
    expect(new Set(authorizations)).toEqual(new Set([`Bearer ${gateway.key}`]));
    expect(troubles).toEqual([]);
    await page.context().close();
  });
});
