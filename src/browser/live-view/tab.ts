/** One page that the shopper may see: its picture, its address, what it asks, and the hands on it. */
import type { BrowserContext, CDPSession, Page } from "playwright";
import type { ServerMessage, ViewerMessage } from "../../web/live-view/protocol.js";
import type { Level, Picture } from "./frame-flow.js";
import { type Frames, openFrames } from "./frames.js";
import { openInputLine } from "./input-line.js";
import { openKeyboard } from "./keyboard.js";
import { type FileChunk, isMove } from "./messages.js";
import { findPlaceOf, openOutlineRefs, readOutline } from "./outline.js";
import { openPointer } from "./pointer.js";
import { openPrompts } from "./prompts.js";
import { openScreencast } from "./screencast.js";
import { navigate, watchAddress } from "./tab-address.js";
import { openTabFocus } from "./tab-focus.js";

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
  /** Unique within the session; never the same question twice. */
  readonly nextId: () => number;
  readonly show: (picture: Picture) => void;
  /** To the viewer, while this tab is in front. */
  readonly say: (message: ServerMessage) => void;
  /** Its address, title or loading changed. */
  readonly onChange: () => void;
}

export interface Tab {
  readonly id: number;
  readonly page: Page;
  readonly title: () => string;
  /** All that a viewer should know of it who comes just now. */
  readonly greeting: () => readonly ServerMessage[];
  /** Takes the page to the front and streams it; again after a change of the screen or the level. */
  readonly watch: (screen: Screen, level: Level) => void;
  readonly unwatch: () => void;
  readonly hear: (message: TabMessage) => void;
  readonly chunk: (chunk: FileChunk) => void;
  readonly outline: () => Promise<Extract<ServerMessage, { t: "outline" }>>;
  readonly close: () => void;
}

export type TabMessage = Exclude<
  ViewerMessage,
  { t: "hello" | "ack" | "tab" | "resize" | "visible" | "outline" | "stay" | "extend" | "done" | "cancel" | "ping" }
>;

/** Rejects when the page is gone already. */
export async function openTab(options: TabOptions): Promise<Tab> {
  const parts = await openParts(options);
  const { cdp, line, keyboard, pointer, focus, prompts, frames, refs, screencast, address } = parts;
  let screen: Screen | null = null;
  return {
    id: options.id,
    page: options.page,
    title: address.title,
    greeting: () => [address.url(), focus.current(), ...prompts.open()],
    watch: (wanted, level) => {
      if (screen !== wanted) void resize(cdp, wanted).catch(() => undefined);
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
    hear: (message) => {
      const taking = message.t === "ptr" || message.t === "touch" ? screencast.taking() : null;
      if (taking) line.step(() => taking);
      screencast.hurry(!isMove(message));
      if (!hearHands(parts, message)) hearMore(parts, message);
    },
    chunk: prompts.chunk,
    outline: async () => ({ t: "outline", entries: await readOutline(frames, refs) }),
    close: () => {
      screencast.stop();
      line.close();
      prompts.close();
      frames.close();
      void cdp.detach().catch(() => undefined);
    },
  };
}

/** All that works on one page, by one DevTools session of its own and those of its frames. */
async function openParts({ id, page, context, version, nextId, say, show, onChange }: TabOptions) {
  const cdp = await context.newCDPSession(page);
  const line = openInputLine();
  let opened: Frames | null = null;
  const focus = openTabFocus(cdp, () => opened, say);
  const prompts = openPrompts({ page, context, nextId, ask: say });
  const frames = await openFrames(context, page, cdp, { ...focus, onDialog: prompts.noteDialog });
  opened = frames;
  const screencast = openScreencast(cdp, id, version, show);
  const address = await watchAddress(cdp, page, () => {
    screencast.turn();
    onChange();
  });
  return {
    ...{ cdp, line, focus, prompts, frames, screencast, address, say },
    refs: openOutlineRefs(),
    keyboard: openKeyboard(cdp, line, focus.composes),
    pointer: openPointer(cdp, line),
  };
}
type Parts = Awaited<ReturnType<typeof openParts>>;

/** The remote page becomes as large as the viewer's stage, in the viewer's resolution. */
async function resize(cdp: CDPSession, { width, height, dpr, touch }: Screen): Promise<void> {
  await cdp.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: dpr, mobile: touch });
  await cdp.send("Emulation.setTouchEmulationEnabled", { enabled: touch, maxTouchPoints: touch ? 5 : 1 });
}

/** Presses an element of the outline where it stands, or gives it the focus. */
function reach({ cdp, frames, refs, line }: Parts, ref: number, k: "press" | "focus"): void {
  const target = refs.find(ref);
  if (!target) return;
  line.step(async () => {
    if (k === "focus") return await target.session.send("DOM.focus", { backendNodeId: target.backendNodeId });
    const place = await findPlaceOf(frames, target);
    return place && (await click(cdp, place));
  });
}

async function click(cdp: CDPSession, place: { x: number; y: number }): Promise<void> {
  const button = { ...place, button: "left", clickCount: 1 } as const;
  void cdp.send("Input.dispatchMouseEvent", { type: "mouseMoved", ...place });
  void cdp.send("Input.dispatchMouseEvent", { type: "mousePressed", ...button, buttons: 1 });
  await cdp.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...button });
}

/** False for what hands do not do. */
function hearHands({ keyboard, pointer }: Parts, message: TabMessage): boolean {
  if (message.t === "ptr") pointer.mouse(message);
  else if (message.t === "touch") pointer.touch(message);
  else if (message.t === "key") keyboard.key(message);
  else if (message.t === "text") keyboard.text(message.s);
  else if (message.t === "comp") keyboard.compose(message);
  else if (message.t === "erase") keyboard.erase(message.before, message.after);
  else return false;
  return true;
}

function hearMore(parts: Parts, message: TabMessage) {
  const { cdp, line, focus, prompts, say } = parts;
  switch (message.t) {
    case "dialog":
    case "files":
    case "auth":
      return prompts.answer(message);
    case "nav":
      return void navigate(cdp, message.k).catch(() => undefined);
    case "reach":
      return reach(parts, message.ref, message.k);
    case "paste":
      return line.step(() => focus.paste(message.s));
    case "picker":
      return line.step(() => focus.choose(message.id, message.value));
    case "copy":
      return line.step(async () => say({ t: "clip", s: await focus.selected() }));
  }
}
