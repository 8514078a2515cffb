/** Pages that the gateway opens for itself in a shopper's browser: known as such before the browser announces them. */
import { randomBytes } from "node:crypto";
import type { BrowserContext, CDPSession, Page } from "playwright";

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
      const came = new Promise<Page>((resolve) => waiting.set(url, resolve));
      try {
        // In the background: the shopper's page keeps the focus.
        await cdp.send("Target.createTarget", { url, background: true, browserContextId });
        return await came;
      } finally {
        waiting.delete(url);
      }
    },
  };
}

async function contextOf(context: BrowserContext, page: Page): Promise<string | undefined> {
  const session = await context.newCDPSession(page);
  const { targetInfo } = await session.send("Target.getTargetInfo");
  await session.detach();
  return targetInfo.browserContextId;
}
