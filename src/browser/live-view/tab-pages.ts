/** Every page of a session's browser that the shopper may see becomes a tab, those that pages open included. */
import type { BrowserContext, Page } from "playwright";
import type { ServerMessage } from "../../web/live-view/protocol.js";
import type { Picture } from "./frame-flow.js";
import { openTab, type Tab } from "./tab.js";

export interface TabPagesOptions {
  readonly context: BrowserContext;
  /** The one that is there first. */
  readonly page: Page;
  readonly version: string;
  readonly isUnseen: (page: Page) => boolean;
}

export interface TabPagesEars {
  /** A page that finds none is closed. */
  readonly hasRoom: () => boolean;
  readonly onOpen: (tab: Tab, opener: Page | null) => void;
  /** Its page is closed. */
  readonly onGone: (tab: Tab) => void;
  /** Its address, title or loading changed; it may not be open yet. */
  readonly onChange: (id: number) => void;
  readonly say: (id: number, message: ServerMessage) => void;
  readonly show: (picture: Picture) => void;
}

const MAX_CRASHES = 5;

/** Answers how to stop; the tabs themselves are the caller's to close. */
export function openTabPages({ context, page: first, version, isUnseen }: TabPagesOptions, ears: TabPagesEars) {
  const known = new Set<Page>();
  const replace = openReplacement(context);
  let lastId = 0;
  let lastQuestion = 0;
  let isClosed = false;
  const nextId = (): number => ++lastQuestion;
  const follow = (tab: Tab, page: Page): void => {
    page.once("close", () => {
      tab.close();
      known.delete(page);
      if (!isClosed) ears.onGone(tab);
    });
    page.once("crash", () => {
      if (!isClosed) void replace(page);
    });
  };
  const meet = async (page: Page): Promise<void> => {
    if (known.has(page) || isUnseen(page)) return;
    if (!ears.hasRoom()) return void (await page.close().catch(() => undefined));
    known.add(page);
    lastId += 1;
    const id = lastId;
    const opener = await page.opener().catch(() => null);
    const told = { say: (message: ServerMessage) => ears.say(id, message), onChange: () => ears.onChange(id) };
    const tab = await openTab({ id, page, context, version, nextId, show: ears.show, ...told }).catch(() => null);
    if (!tab) return void known.delete(page);
    if (isClosed || page.isClosed()) return tab.close();
    follow(tab, page);
    ears.onOpen(tab, opener);
  };
  const onPage = (page: Page): void => void meet(page);
  context.on("page", onPage);
  void meet(first).then(async () => {
    for (const page of context.pages()) await meet(page);
  });
  return (): void => {
    isClosed = true;
    context.off("page", onPage);
  };
}

/** A page whose process died is of no more use to anybody: another one goes where it was. */
function openReplacement(context: BrowserContext): (crashed: Page) => Promise<void> {
  let crashes = 0;
  return async (crashed) => {
    crashes += 1;
    if (crashes > MAX_CRASHES) return;
    const url = crashed.url();
    const page = await context.newPage().catch(() => null);
    if (page && /^https?:/.test(url)) await page.goto(url, { waitUntil: "commit" }).catch(() => undefined);
    if (page) await crashed.close().catch(() => undefined);
  };
}
