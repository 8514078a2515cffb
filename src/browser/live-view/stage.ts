/** What a session's viewer sees and touches: its tabs, one of them in front. It lives as long as the session's browser. */
import type { BrowserContext, Page } from "playwright";
import type { ServerMessage, ViewerMessage } from "../../web/live-view/protocol.js";
import type { FrameFlow } from "./frame-flow.js";
import type { FileChunk } from "./messages.js";
import { openTab, type Screen, type Tab } from "./tab.js";

/** Whoever looks at the stage. */
export interface Audience {
  readonly say: (message: ServerMessage) => void;
  readonly frames: FrameFlow;
}

export interface Stage {
  readonly enter: (audience: Audience) => void;
  readonly leave: (audience: Audience) => void;
  /** The quality changed. */
  readonly adjust: () => void;
  readonly hear: (message: StageMessage) => void;
  readonly hearChunk: (chunk: FileChunk) => void;
  readonly close: () => void;
}

export type StageMessage = Exclude<ViewerMessage, { t: "ack" | "ping" | "stay" | "extend" | "done" | "cancel" }>;

export interface StageOptions {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly version: string;
  readonly isUnseen: (page: Page) => boolean;
}

const SMALLEST = { width: 240, height: 240 };
const LARGEST = { width: 1600, height: 1200 };
/** More pixels than this no still picture has. */
const MAX_PIXELS = 4_000_000;
const MAX_TABS = 20;
const MAX_CRASHES = 5;
/** How often the page in words is read again while somebody listens to it. */
const OUTLINE_MS = 1_000;

export function openStage({ context, page: first, version, isUnseen }: StageOptions): Stage {
  const tabs = new Map<number, Tab>();
  const openers = new Map<number, number>();
  const known = new Set<Page>();
  let audience: Audience | null = null;
  let screen: Screen | null = null;
  let isVisible = true;
  let focused: Tab | null = null;
  let lastId = 0;
  let lastQuestion = 0;
  let crashes = 0;
  let isClosed = false;
  const say = (message: ServerMessage): void => audience?.say(message);

  const tellTabs = (): void => {
    const list = [...tabs.values()].map((tab) => ({ id: tab.id, title: tab.title(), focused: tab === focused }));
    say({ t: "tabs", tabs: list });
  };
  const outline = openOutline(() => (audience ? focused : null), say);
  const show = (): void => {
    if (focused && audience && screen && isVisible) focused.watch(screen, audience.frames.level());
    else focused?.unwatch();
  };
  const greet = (): void => {
    tellTabs();
    for (const message of focused?.greeting() ?? []) say(message);
    outline.refresh();
  };
  const focus = (tab: Tab): void => {
    if (focused !== tab) focused?.unwatch();
    focused = tab;
    greet();
    show();
  };
  const changed = (tab: Tab): void => {
    tellTabs();
    const [address] = tab.greeting();
    if (tab === focused && address) say(address);
  };
  const gone = (tab: Tab) => {
    tab.close();
    known.delete(tab.page);
    tabs.delete(tab.id);
    const opener = tabs.get(openers.get(tab.id) ?? -1);
    openers.delete(tab.id);
    if (isClosed) return;
    if (tab !== focused) return tellTabs();
    focused = null;
    const next = opener ?? [...tabs.values()].at(-1);
    if (next) focus(next);
    else tellTabs();
  };
  /** A page whose process died is of no more use to anybody: another one goes where it was. */
  const replace = async (crashed: Page): Promise<void> => {
    crashes += 1;
    if (isClosed || crashes > MAX_CRASHES) return;
    const url = crashed.url();
    const page = await context.newPage().catch(() => null);
    if (page && /^https?:/.test(url)) await page.goto(url, { waitUntil: "commit" }).catch(() => undefined);
    if (page) await crashed.close().catch(() => undefined);
  };
  const meet = async (page: Page): Promise<void> => {
    if (known.has(page) || isUnseen(page)) return;
    if (tabs.size >= MAX_TABS) return void (await page.close().catch(() => undefined));
    known.add(page);
    lastId += 1;
    const id = lastId;
    const opener = await page.opener().catch(() => null);
    const tab = await openTab({
      id,
      page,
      context,
      version,
      nextId: () => ++lastQuestion,
      say: (message) => {
        if (focused?.id === id) say(message);
      },
      show: (picture) => {
        if (focused?.id === picture.tab) audience?.frames.offer(picture);
      },
      onChange: () => {
        const one = tabs.get(id);
        if (one) changed(one);
      },
    }).catch(() => null);
    if (!tab) return void known.delete(page);
    if (isClosed || page.isClosed()) return tab.close();
    tabs.set(id, tab);
    const parent = [...tabs.values()].find((one) => one.page === opener);
    if (parent) openers.set(id, parent.id);
    page.once("close", () => gone(tab));
    page.once("crash", () => void replace(page));
    focus(tab);
  };
  const onPage = (page: Page): void => void meet(page);
  context.on("page", onPage);
  const meetAll = async (): Promise<void> => {
    await meet(first);
    for (const page of context.pages()) await meet(page);
  };
  void meetAll();

  const hear = (message: StageMessage) => {
    if (message.t === "hello" || message.t === "resize") {
      const touch = message.t === "hello" ? message.touch : (screen?.touch ?? false);
      screen = screenOf(message.vw, message.vh, message.dpr, touch);
      return show();
    }
    if (message.t === "visible") {
      isVisible = message.on;
      return show();
    }
    if (message.t === "outline") return outline.turn(message.on);
    if (message.t === "dialog" || message.t === "files" || message.t === "auth") {
      for (const one of tabs.values()) one.hear(message);
      return;
    }
    if (message.t !== "tab") return focused?.hear(message);
    const tab = tabs.get(message.id);
    if (!tab) return;
    if (message.k === "focus") return focus(tab);
    if (tabs.size > 1) void tab.page.close({ runBeforeUnload: false }).catch(() => undefined);
  };
  return {
    enter: (one) => {
      audience = one;
      isVisible = true;
      greet();
    },
    leave: (one) => {
      if (audience !== one) return;
      audience = null;
      screen = null;
      outline.turn(false);
      focused?.unwatch();
    },
    adjust: show,
    hear,
    hearChunk: (chunk) => {
      for (const tab of tabs.values()) tab.chunk(chunk);
    },
    close: () => {
      isClosed = true;
      outline.turn(false);
      context.off("page", onPage);
      for (const tab of tabs.values()) tab.close();
      tabs.clear();
      focused = null;
    },
  };
}

/** Says the page in front in words, and again whenever they change, while it is turned on. */
function openOutline(front: () => Tab | null, say: (message: ServerMessage) => void) {
  let timer: NodeJS.Timeout | undefined;
  let told = "";
  let isReading = false;
  const read = async (): Promise<void> => {
    const tab = front();
    if (!tab || isReading || timer === undefined) return;
    isReading = true;
    const message = await tab.outline().catch(() => null);
    isReading = false;
    const text = JSON.stringify(message);
    if (!message || tab !== front() || timer === undefined || text === told) return;
    told = text;
    say(message);
  };
  return {
    turn: (on: boolean): void => {
      clearInterval(timer);
      timer = undefined;
      told = "";
      if (!on) return;
      timer = setInterval(() => void read(), OUTLINE_MS);
      timer.unref();
      void read();
    },
    refresh: (): void => {
      told = "";
      void read();
    },
  };
}

function screenOf(vw: number, vh: number, dpr: number, touch: boolean): Screen {
  const width = Math.round(Math.min(LARGEST.width, Math.max(SMALLEST.width, vw)));
  const height = Math.round(Math.min(LARGEST.height, Math.max(SMALLEST.height, vh)));
  const most = Math.sqrt(MAX_PIXELS / (width * height));
  return { width, height, dpr: Math.round(100 * Math.min(3, most, Math.max(1, dpr))) / 100, touch };
}
