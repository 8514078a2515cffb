/** One page that the shopper may see: its picture, its address, and the hands on it. */
import type { BrowserContext, CDPSession, Page } from "playwright";
import type { ServerMessage, ViewerMessage } from "../../web/live-view/protocol.js";
import { registrableDomain } from "./domains.js";
import type { Level, Picture } from "./frame-flow.js";
import { openInputLine } from "./input-line.js";
import { type Keyboard, openKeyboard } from "./keyboard.js";
import { openPointer, type Pointer } from "./pointer.js";
import { openScreencast, type Screencast } from "./screencast.js";

/** What the viewer looks with. */
export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly dpr: number;
  readonly touch: boolean;
}

export interface TabOptions {
  readonly id: number;
  readonly page: Page;
  readonly context: BrowserContext;
  readonly version: string;
  readonly show: (picture: Picture) => void;
  /** Its address, title or loading changed. */
  readonly onChange: () => void;
}

export interface Tab {
  readonly id: number;
  readonly page: Page;
  readonly title: () => string;
  readonly address: () => Extract<ServerMessage, { t: "url" }>;
  /** Takes the page to the front and streams it; again after a change of the screen or the level. */
  readonly watch: (screen: Screen, level: Level) => void;
  readonly unwatch: () => void;
  readonly hear: (message: TabMessage) => void;
  /** Lets go of keys, buttons and fingers. */
  readonly release: () => void;
  readonly close: () => void;
}

export type TabMessage = Extract<ViewerMessage, { t: "ptr" | "touch" | "key" | "text" | "comp" | "erase" | "nav" }>;

const MAX_TITLE = 120;

export async function openTab(options: TabOptions): Promise<Tab> {
  const { id, page, context, version } = options;
  const cdp = await context.newCDPSession(page);
  const line = openInputLine();
  const keyboard = openKeyboard(cdp, line);
  const pointer = openPointer(cdp, line);
  const screencast = openScreencast(cdp, id, version, options.show);
  const facts = await watchAddress(cdp, page, options.onChange);
  let screen: Screen | null = null;
  return {
    id,
    page,
    title: () => facts.title.slice(0, MAX_TITLE),
    address: () => addressOf(page.url(), facts.isLoading),
    watch: (wanted, level) => {
      if (screen !== wanted) void resize(cdp, wanted);
      if (screen === null) void cdp.send("Page.bringToFront").catch(() => undefined);
      screen = wanted;
      screencast.start(wanted, level);
    },
    unwatch: () => {
      screen = null;
      screencast.stop();
      pointer.release();
      keyboard.release();
    },
    hear: (message) => hearHands({ cdp, keyboard, pointer, screencast }, message),
    release: () => {
      pointer.release();
      keyboard.release();
    },
    close: () => {
      screencast.stop();
      line.close();
      void cdp.detach().catch(() => undefined);
    },
  };
}

/** The remote page becomes as large as the viewer's stage, in the viewer's resolution. */
async function resize(cdp: CDPSession, { width, height, dpr, touch }: Screen): Promise<void> {
  await cdp
    .send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: dpr, mobile: touch })
    .catch(() => undefined);
  await cdp
    .send("Emulation.setTouchEmulationEnabled", { enabled: touch, maxTouchPoints: touch ? 5 : 1 })
    .catch(() => undefined);
}

interface Hands {
  readonly cdp: CDPSession;
  readonly keyboard: Keyboard;
  readonly pointer: Pointer;
  readonly screencast: Screencast;
}

function hearHands({ cdp, keyboard, pointer, screencast }: Hands, message: TabMessage) {
  screencast.hurry();
  switch (message.t) {
    case "ptr":
      return pointer.mouse(message);
    case "touch":
      return pointer.touch(message);
    case "key":
      return keyboard.key(message);
    case "text":
      return keyboard.text(message.s);
    case "comp":
      return keyboard.compose(message);
    case "erase":
      return keyboard.erase(message.before, message.after);
    case "nav":
      return void go(cdp, message.k).catch(() => undefined);
  }
}

/** Never back to a page that is none of the web's: the empty one that the tab began with. */
async function go(cdp: CDPSession, direction: "back" | "forward" | "reload"): Promise<void> {
  if (direction === "reload") return void (await cdp.send("Page.reload"));
  const { currentIndex, entries } = await cdp.send("Page.getNavigationHistory");
  const entry = entries[currentIndex + (direction === "back" ? -1 : 1)];
  if (entry && /^https?:/.test(entry.url)) await cdp.send("Page.navigateToHistoryEntry", { entryId: entry.id });
}

async function watchAddress(cdp: CDPSession, page: Page, onChange: () => void) {
  const facts = { title: "", isLoading: false };
  const readTitle = (): void => {
    void page
      .title()
      .then((title) => {
        if (title === facts.title) return;
        facts.title = title;
        onChange();
      })
      .catch(() => undefined);
  };
  await cdp.send("Page.enable");
  const { frameTree } = await cdp.send("Page.getFrameTree");
  const main = frameTree.frame.id;
  const loading =
    (isLoading: boolean) =>
    ({ frameId }: { frameId: string }): void => {
      if (frameId !== main || facts.isLoading === isLoading) return;
      facts.isLoading = isLoading;
      onChange();
      if (!isLoading) readTitle();
    };
  cdp.on("Page.frameStartedLoading", loading(true));
  cdp.on("Page.frameStoppedLoading", loading(false));
  page.on("domcontentloaded", readTitle);
  page.on("framenavigated", (frame) => {
    if (frame === page.mainFrame()) onChange();
  });
  readTitle();
  return facts;
}

function addressOf(address: string, loading: boolean): Extract<ServerMessage, { t: "url" }> {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  if (!url || !isWeb) return { t: "url", origin: "", host: "", domain: "", secure: false, loading };
  const { origin, host, hostname } = url;
  return { t: "url", origin, host, domain: registrableDomain(hostname), secure: url.protocol === "https:", loading };
}
