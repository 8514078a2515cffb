/** Pages that the gateway opens for itself in a shopper's browser: known as such before the browser announces them. */
import { randomBytes } from "node:crypto";
import type { BrowserContext, CDPSession, Page } from "playwright";
import { BrowserUnavailable } from "./unavailable.js";

const OPEN_MS = 15_000;

export interface UnseenPages {
  readonly open: () => Promise<Page>;
  readonly has: (page: Page) => boolean;
}

/**
 * `cdp` speaks to the browser as a whole. Call it before anybody else listens for pages. A new page carries a number that no
 * site can guess in its first address, so that it is never taken for a pop-up, nor a pop-up for it.
 */
export async function watchUnseenPages(context: BrowserContext, first: Page, cdp: CDPSession): Promise<UnseenPages> {
  const waiting = new Map<string, (page: Page) => void>();
  const unseen = new WeakSet<Page>();
  context.on("page", (page) => {
    const isMine = waiting.get(page.url());
    if (!isMine) return;
    unseen.add(page);
    isMine(page);
  });
  const browserContextId = await contextOf(context, first);
  return {
    has: (page) => unseen.has(page),
    open: async () => {
      const url = `about:blank#${randomBytes(16).toString("hex")}`;
      let timer: NodeJS.Timeout | undefined;
      const came = new Promise<Page>((resolve, reject) => {
        waiting.set(url, resolve);
        timer = setTimeout(() => reject(noPage()), OPEN_MS);
      });
      try {
        // In the background: the shopper's page keeps the focus.
        const asked = cdp.send("Target.createTarget", { url, background: true, browserContextId });
        const [page] = await Promise.all([came, asked]);
        return page;
      } catch (error) {
        // Its session was ended meanwhile, mostly, and the browser with it.
        throw error instanceof BrowserUnavailable ? error : noPage(error);
      } finally {
        clearTimeout(timer);
        waiting.delete(url);
      }
    },
  };
}

const noPage = (cause?: unknown) => new BrowserUnavailable("start-failed", "No page could be opened.", cause);

async function contextOf(context: BrowserContext, page: Page): Promise<string | undefined> {
  const session = await context.newCDPSession(page);
  const { targetInfo } = await session.send("Target.getTargetInfo");
  await session.detach();
  return targetInfo.browserContextId;
}
