/** A shopper's browser on the live view's page, and a store's login page in a browser of ours: the whole way, both ends real. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright";
import { openLiveViewServer } from "../../src/browser/live-view/server.js";
import type { LiveViewServer } from "../../src/browser/live-view/watched-session.js";
import { openLog } from "../../src/kernel/log.js";
import { openChromium } from "../support/chromium.js";
import { type LiveSession, openLiveSession } from "../support/live-session.js";
import { buildLiveView, DESKTOP, openVisit, PHONE, until } from "../web/live-view-visit.js";

let server: LiveViewServer;
let live: LiveSession;
let browser: Browser;
beforeAll(async () => {
  await buildLiveView();
  browser = await openChromium();
  server = await openLiveViewServer({ host: "127.0.0.1", port: 0, log: openLog({ level: "silent" }) });
  live = await openLiveSession(server, {});
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await live?.close();
  await server?.close();
});

const remote = <T>(expression: string): Promise<T> => live.page.evaluate<T>(expression);

/** A press where the remote page has this element. */
async function pressOn(page: Page, selector: string, touch: boolean): Promise<void> {
  const box = await page.locator("canvas.picture").boundingBox();
  const place = await remote<{ x: number; y: number; width: number; height: number }>(`(() => {
    const { x, y, width, height } = document.querySelector("${selector}").getBoundingClientRect();
    return { x: (x + width / 2) / innerWidth, y: (y + height / 2) / innerHeight };
  })()`);
  if (!box) throw new Error("no picture");
  const [x, y] = [box.x + place.x * box.width, box.y + place.y * box.height];
  await (touch ? page.touchscreen.tap(x, y) : page.mouse.click(x, y));
}

test.each([
  ["a desktop", DESKTOP, false],
  ["a phone", PHONE, true],
])(
  "somebody with %s logs in",
  async (_, options, touch) => {
    await live.page.goto("https://shop.example/login");
    const { context, page, troubles } = await openVisit(browser, server.origin, options);
    await page.goto(live.view.mintLink(new Date(Date.now() + 60_000)));
    await page.locator(".introducing .main").click();
    await page.getByText("shop.example", { exact: true }).first().waitFor();
    await until(
      () => remote<number>("innerWidth"),
      (width) => (touch ? width <= 390 : width > 1_000),
    );
    await until(
      () => page.evaluate<number>(`document.querySelector("canvas.picture").width`),
      (width) => width > 300,
    );
    for (const [field, text] of [
      ["mail", "ana.souza+1@exemplo.com.br"],
      ["password", "pä$$wörd 7;.'"],
      ["code", "123456"],
    ] as const) {
      await pressOn(page, `#${field}`, touch);
      await until(
        () => remote<string>("document.activeElement.id"),
        (id) => id === field,
      );
      await until(
        () => page.evaluate<string>("document.activeElement.tagName"),
        (tag) => /INPUT|CANVAS/.test(tag),
      );
      await page.keyboard.type(text);
      await until(
        () => remote<string>(`${field}.value`),
        (value) => value === text,
      );
    }
    await pressOn(page, "button", touch);
    await until(
      () => remote<string>("said.textContent"),
      (said) => said === "Olá",
    );
    expect(troubles).toEqual([]);
    await context.close();
  },
  90_000,
);
