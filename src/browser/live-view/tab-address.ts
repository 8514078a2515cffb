/** Where a tab is, as its browser knows it: what the page says of itself is its title alone. */
import type { CDPSession, Page } from "playwright";
import type { ServerMessage } from "../../web/live-view/protocol.js";
import { registrableDomain } from "./domains.js";

export interface TabAddress {
  readonly title: () => string;
  readonly url: () => Extract<ServerMessage, { t: "url" }>;
}

const MAX_TITLE = 120;

/** `cdp` has its `Page` enabled. */
export async function watchAddress(cdp: CDPSession, page: Page, onChange: () => void): Promise<TabAddress> {
  let title = "";
  let isLoading = false;
  const readTitle = (): void => {
    const take = (read: string): void => {
      if (read === title) return;
      title = read;
      onChange();
    };
    void page.title().then(take, () => undefined);
  };
  const { frameTree } = await cdp.send("Page.getFrameTree");
  const loads =
    (begins: boolean) =>
    ({ frameId }: { frameId: string }): void => {
      if (frameId !== frameTree.frame.id || isLoading === begins) return;
      isLoading = begins;
      onChange();
      if (!begins) readTitle();
    };
  cdp.on("Page.frameStartedLoading", loads(true));
  cdp.on("Page.frameStoppedLoading", loads(false));
  page.on("domcontentloaded", readTitle);
  page.on("framenavigated", (frame) => {
    if (frame === page.mainFrame()) onChange();
  });
  readTitle();
  return { title: () => title.slice(0, MAX_TITLE), url: () => describeAddress(page.url(), isLoading) };
}

function describeAddress(address: string, loading: boolean): Extract<ServerMessage, { t: "url" }> {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  if (!url || !isWeb) return { t: "url", origin: "", host: "", domain: "", secure: false, loading };
  const { origin, host, hostname } = url;
  return { t: "url", origin, host, domain: registrableDomain(hostname), secure: url.protocol === "https:", loading };
}

/** Never back to a page that is none of the web's: the empty one that the tab began with. */
export async function navigate(cdp: CDPSession, direction: "back" | "forward" | "reload"): Promise<void> {
  if (direction === "reload") {
    await cdp.send("Page.reload");
    return;
  }
  const { currentIndex, entries } = await cdp.send("Page.getNavigationHistory");
  const entry = entries[currentIndex + (direction === "back" ? -1 : 1)];
  if (entry && /^https?:/.test(entry.url)) await cdp.send("Page.navigateToHistoryEntry", { entryId: entry.id });
}
