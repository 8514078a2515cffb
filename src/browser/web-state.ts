/** What a profile folder loses: session cookies and sessionStorage. Read from a living browser, put back into a new one. */
import type { BrowserContext, CDPSession, Frame, Page } from "playwright";
import { orLate } from "../kernel/patience.js";
import type { RunningBrowser } from "./launch.js";

/** As `Storage.getCookies` tells it, as far as it is looked at here; the rest travels along. */
interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly size: number;
  readonly session: boolean;
  readonly expires: number;
  readonly partitionKeyOpaque?: boolean;
}

export interface WebState {
  readonly cookies: readonly Cookie[];
  readonly sessionStorage: readonly {
    readonly origin: string;
    readonly items: readonly (readonly [string, string])[];
  }[];
}

/** A page that hangs is left out after this long. */
const FRAME_MS = 2_000;

export async function readWebState({ browser, context }: RunningBrowser): Promise<WebState> {
  return { cookies: await readCookies(browser), sessionStorage: await readSessionStorages(context) };
}

/** Of every page and frame; of two tabs of one origin the older one's. */
export async function readSessionStorages(context: BrowserContext): Promise<WebState["sessionStorage"]> {
  const stores = new Map<string, readonly (readonly [string, string])[]>();
  for (const frame of context.pages().flatMap((page) => page.frames())) {
    if (!/^https?:/.test(frame.url())) continue;
    const { origin } = new URL(frame.url());
    if (stores.has(origin)) continue;
    const items = await readSessionStorage(frame);
    if (items.length > 0) stores.set(origin, items);
  }
  return [...stores].map(([origin, items]) => ({ origin, items }));
}

/** Into the browser's first page, before it goes anywhere. */
export async function writeWebState({ browser, page }: RunningBrowser, state: WebState): Promise<void> {
  if (state.cookies.length > 0) await browser.send("Storage.setCookies", { cookies: state.cookies.map(settable) });
  await writeSessionStorage(page, state.sessionStorage);
}

/** Into a page that has gone nowhere. */
export async function writeSessionStorage(page: Page, stores: WebState["sessionStorage"]): Promise<void> {
  if (stores.length === 0) return;
  const session = await page.context().newCDPSession(page);
  await refillSessionStorage(session, page, stores);
  await session.detach();
}

async function readCookies(browser: CDPSession): Promise<readonly Cookie[]> {
  return (await browser.send("Storage.getCookies")).cookies;
}

/** What may be set of what is told: a session cookie has no end. */
function settable(cookie: Cookie) {
  const { size: _, session, expires, partitionKeyOpaque: __, ...rest } = cookie;
  return session ? rest : { ...rest, expires };
}

function readSessionStorage(frame: Frame): Promise<readonly (readonly [string, string])[]> {
  // A frame without an origin of its own throws: it has no storage.
  const read = frame.evaluate<[string, string][]>("Object.entries(sessionStorage)").catch(() => []);
  return orLate<[string, string][]>(read, FRAME_MS, () => []);
}

/**
 * sessionStorage belongs to a tab and an origin, so the tab visits each origin once: an empty page that we answer
 * ourselves, past the network and past the site's service worker.
 */
async function refillSessionStorage(cdp: CDPSession, page: Page, stores: WebState["sessionStorage"]): Promise<void> {
  const answer = ({ requestId }: { requestId: string }): void => {
    void cdp
      .send("Fetch.fulfillRequest", { requestId, responseCode: 200, responseHeaders: BLANK })
      .catch(() => undefined);
  };
  cdp.on("Fetch.requestPaused", answer);
  await cdp.send("Network.enable");
  await cdp.send("Network.setBypassServiceWorker", { bypass: true });
  await cdp.send("Fetch.enable", { patterns: [{ urlPattern: "*" }] });
  try {
    for (const { origin, items } of stores) {
      await page.goto(`${origin}/`, { waitUntil: "domcontentloaded" });
      await page.evaluate(`for (const [k, v] of ${JSON.stringify(items)}) sessionStorage.setItem(k, v)`);
    }
    await page.goto("about:blank");
  } finally {
    await cdp.send("Fetch.disable");
    await cdp.send("Network.setBypassServiceWorker", { bypass: false });
    await cdp.send("Network.disable");
    cdp.off("Fetch.requestPaused", answer);
    await cdp.send("Page.resetNavigationHistory");
  }
}

const BLANK = [
  { name: "content-type", value: "text/html; charset=utf-8" },
  { name: "content-security-policy", value: "default-src 'none'" },
  { name: "cache-control", value: "no-store" },
];
