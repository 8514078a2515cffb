/** A shopper's browser on the live view's page, and everything that went wrong there. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright";
import { liveViewFiles, type ServerMessage } from "../../src/web/index.js";
import { heardOf, type Stand } from "./live-view-stand.js";

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 3,
  hasTouch: true,
  isMobile: true,
};
export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const ROOT = resolve(import.meta.dirname, "../..");

/** Builds the page when its sources have changed. */
export async function buildLiveView(): Promise<void> {
  await promisify(execFile)(process.execPath, ["--import", "tsx", "src/web/build.ts"], { cwd: ROOT });
  if (!liveViewFiles().built) throw new Error("The live view's page was not built");
}

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Console errors, uncaught exceptions, what the policy blocked, requests to anybody else. */
  readonly troubles: string[];
}

/** Opens nothing yet. `expected`: console lines that a test brings about itself. */
export async function openVisit(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions,
  expected: RegExp = /^$/,
): Promise<Visit> {
  const context = await browser.newContext({ locale: "en-US", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(15_000);
  const troubles: string[] = [];
  const complain = (trouble: string) => {
    if (!expected.test(trouble)) troubles.push(trouble);
  };
  await context.exposeFunction("reportTrouble", complain);
  await context.addInitScript(`addEventListener("securitypolicyviolation", (event) =>
    reportTrouble("policy: " + event.violatedDirective + " " + event.blockedURI), true)`);
  context.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    const isOurs = ["data:", "blob:"].includes(protocol) || host === new URL(origin).host;
    if (!isOurs) complain(`foreign: ${request.url()}`);
  });
  context.on("console", (line) => {
    if (line.type() === "error" || line.type() === "warning") complain(`console: ${line.text()}`);
  });
  context.on("weberror", (trouble) => complain(`thrown: ${trouble.error().message}`));
  return { context, page: await context.newPage(), troubles };
}

/** For a person to look at: `SHOPKEY_PICTURES=/some/folder npm test -- live-view`. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOPKEY_PICTURES;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), scale: "css" });
}

/** What axe finds wrong, as one line each. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ": " + html + " " + failureSummary)))`);
  return found as string[];
}

/** Waits until it holds; throws with what it is instead after a generous while. */
export async function until<T>(read: () => T | Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const end = Date.now() + 15_000;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`It stayed ${JSON.stringify(value)}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** A page of a store, as a JPEG of that size: what a remote browser would show. */
export async function paintStore(browser: Browser, width: number, height: number, dpr: number): Promise<Buffer> {
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: dpr });
  const page = await context.newPage();
  await page.setContent(STORE);
  const jpeg = await page.screenshot({ type: "jpeg", quality: 70 });
  await context.close();
  return jpeg;
}

/** Through the introduction to the remote page, with a picture and an address. */
export async function enter(browser: Browser, stand: Stand, page: Page): Promise<void> {
  stand.greet = () => stand.state("live");
  await page.goto(stand.link);
  await page.locator(".introducing .main").click();
  const hellos = await until(
    () => heardOf(stand, "hello"),
    (all) => all.length > 0,
  );
  const { vw = 0, vh = 0, dpr = 1 } = hellos[0] ?? {};
  const host = "www.mercadolivre.com.br";
  stand.say({ t: "url", origin: `https://${host}`, host, domain: "mercadolivre.com.br", secure: true, loading: false });
  const seq = stand.frame(await paintStore(browser, vw, vh, dpr), vw, vh);
  await until(
    () => heardOf(stand, "ack"),
    (all) => all.some((one) => one.seq === seq),
  );
  await page.getByText("mercadolivre.com.br", { exact: true }).waitFor();
}

/** The remote page's field gets the focus; answers the one that lies over it. */
export async function focusField(
  stand: Stand,
  page: Page,
  more: Partial<Extract<ServerMessage, { t: "field" }>> = {},
): Promise<Locator> {
  const field = {
    t: "field",
    kind: "text",
    type: "text",
    id: 7,
    inputmode: "",
    autocomplete: "",
    maxLength: null,
    label: "E-mail ou telefone",
    rect: FIELD_RECT,
    ...more,
  } as const;
  stand.say(field);
  const over = page.locator(`.field[aria-label="${field.label}"]`);
  await over.waitFor();
  return over;
}

/** Where the remote page's point is on the screen. */
export async function place(page: Page, x: number, y: number): Promise<{ x: number; y: number }> {
  const box = await page.locator("canvas").boundingBox();
  if (!box) throw new Error("No canvas");
  return { x: box.x + x, y: box.y + y };
}

/** Where the field of `paintStore` is. */
const FIELD_RECT = { x: 24, y: 150, w: 300, h: 46 } as const;

const STORE = `<style>body{margin:0;font:16px sans-serif;background:#fff}header{background:#ffe600;padding:18px 24px;font-weight:700}
  h1{font-size:22px;margin:28px 24px 8px}label{position:absolute;left:24px;top:128px;font-size:13px}
  input{position:absolute;left:24px;top:150px;width:300px;height:46px;box-sizing:border-box;border:2px solid #3483fa;border-radius:6px;padding:0 12px;font-size:16px}
  button{position:absolute;left:24px;top:216px;width:300px;height:46px;background:#3483fa;color:#fff;border:0;border-radius:6px;font-size:16px}</style>
  <header>mercado de mentira</header><h1>Digite seu e-mail</h1><label>E-mail ou telefone</label><input value="ana@exam"><button>Continuar</button>`;
