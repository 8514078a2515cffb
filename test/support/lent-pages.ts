/** A hosted browser as adapters see it, without the gateway: one Chromium whose pages reach one sandbox and nothing else. */
import type { Call } from "@shopkey/adapter-sdk";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright";
import { openChromium } from "./chromium.js";
import { openStoreFront, type StoreFront } from "./store-front.js";

export interface LentPages {
  /** A context without any past, leading to this sandbox; the one before is closed. */
  readonly begin: (sandboxUrl: string, options?: BrowserContextOptions) => Promise<BrowserContext>;
  /** A page for the shopper, in the context of now. */
  readonly open: () => Promise<Page>;
  /** What the gateway lends an adapter: a fresh page of the context of now, closed afterwards. */
  readonly lend: Call["page"];
  /** Puts whole `Set-Cookie` values into the context of now, as if the store had answered with them. */
  readonly keep: (setCookies: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openLentPages(): Promise<LentPages> {
  const browser = await openChromium();
  const front = await openStoreFront();
  let context: BrowserContext | null = null;
  const now = (): BrowserContext => {
    if (context === null) throw new Error("no sandbox to lead to: call begin");
    return context;
  };
  return {
    begin: async (sandboxUrl, options) => {
      await context?.close();
      front.lead(sandboxUrl);
      context = await makeContext(browser, front, options);
      return context;
    },
    open: () => now().newPage(),
    lend: async (use) => {
      const page = await now().newPage();
      try {
        return await use(page);
      } finally {
        await page.close();
      }
    },
    keep: (setCookies) => now().addCookies(setCookies.map(readSetCookie)),
    close: async () => {
      await browser.close();
      await front.close();
    },
  };
}

const makeContext = (
  browser: Browser,
  front: StoreFront,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> => browser.newContext({ ...options, proxy: { server: front.url }, ignoreHTTPSErrors: true });

function readSetCookie(line: string) {
  const [pair = "", ...attributes] = line.split("; ");
  const at = pair.indexOf("=");
  const attribute = (name: string) => attributes.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  return {
    ...{ name: pair.slice(0, at), value: pair.slice(at + 1), path: "/", secure: true },
    domain: attribute("Domain") ?? "",
    httpOnly: attributes.includes("HttpOnly"),
    expires: Math.floor(Date.now() / 1000) + Number(attribute("Max-Age") ?? 3600),
  };
}
