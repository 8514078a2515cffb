import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright";
import { openChromium } from "../support/chromium.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { FIND_FAINT } from "./contrast.js";

let browser: Browser;
let gateway: TestGateway;

beforeAll(async () => {
  browser = await openChromium();
  gateway = await openGateway();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

async function open(colorScheme: "light" | "dark"): Promise<Page> {
  const page = await browser.newPage({ colorScheme, reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  await page.goto(`${gateway.url}/playground/`);
  await page.locator(".graphiql-query-editor .view-line").first().waitFor();
  return page;
}

const answered = (page: Page) => page.locator(".graphiql-response").getByText('"saveProfile"').first().waitFor();

/** The name of what has the keyboard. */
const FOCUSED = "document.activeElement?.ariaLabel ?? document.activeElement?.tagName ?? ''";

describe("the playground, for everybody", () => {
  test.each(["light", "dark"] as const)(
    "in %s colours everything can be read, and every control has a name",
    async (scheme) => {
      const page = await open(scheme);
      await page.getByRole("button", { name: /Execute query/ }).click();
      await answered(page);
      await page.mouse.move(720, 890);
      await expect(untilSame(page)).resolves.toEqual([]);
      const nameless = `[...document.querySelectorAll("button, input, textarea, [role=tab], [role=textbox]")]
      .filter((it) => it.checkVisibility() && !(it.ariaLabel || it.innerText.trim() || it.title || it.labels?.length))
      .map((it) => it.outerHTML.slice(0, 200))`;
      expect(await page.evaluate(nameless)).toEqual([]);
      await page.addStyleTag({ content: ".graphiql-tab-button { color: #7d838c !important }" });
      expect(await page.evaluate(FIND_FAINT)).not.toEqual([]);
      await page.context().close();
    },
  );

  test("the keyboard alone reaches the button that runs, and runs from inside the editor", async () => {
    const page = await open("light");
    const reached: string[] = [];
    while (reached.length < 40 && !reached.at(-1)?.startsWith("Execute query")) {
      await page.keyboard.press("Tab");
      reached.push(String(await page.evaluate(FOCUSED)));
    }
    expect(reached.at(-1)).toMatch(/^Execute query/);
    await page.keyboard.press("Enter");
    await answered(page);
    await page.reload();
    await page.locator(".graphiql-query-editor .view-line").first().click();
    await page.keyboard.press("ControlOrMeta+Enter");
    await answered(page);
    await page.context().close();
  });
});

/** The editor colours its text a moment after it shows it. */
async function untilSame(page: Page): Promise<unknown> {
  for (let round = 0; ; round++) {
    const faint = (await page.evaluate(FIND_FAINT)) as string[];
    if (faint.length === 0 || round === 20) return faint;
    await page.waitForTimeout(100);
  }
}
