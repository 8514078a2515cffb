/**
 * The moving picture of one tab, by raw CDP: as many frames as are wanted and no more, the last state always among them, and
 * a sharp one whenever the page rests.
 */
import type { CDPSession } from "playwright";
import { LADDER, type Level, type Picture } from "./frame-flow.js";
import { machinePace, openLateness } from "./machine-pace.js";
import { openStills, type ScreencastFrame } from "./stills.js";

export interface Screencast {
  /** Again when something of it changed. */
  readonly start: (size: ScreenSize, level: Level) => void;
  readonly stop: () => void;
  /** The shopper did something: more frames for a second. When it was more than a move, what became of it is shown in any case. */
  readonly hurry: (isAct: boolean) => void;
  /** While a sharp picture is taken of a fine screen the page is laid out otherwise: what is pressed then would miss. */
  readonly taking: () => Promise<unknown> | null;
  /** The page goes elsewhere. */
  readonly turn: () => void;
}

export interface ScreenSize {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Its pixels per CSS pixel. */
  readonly dpr: number;
}

/** From 154 on Chromium holds back frames itself; before, it drops what it has no room for, and up to three are on the way. */
const HOLDS_BACK_FROM = 154;
const IN_FLIGHT_BEFORE = 3;
const CALM_MS = 1_000 / 12;
const HURRIED_MS = 1_000 / 20;
const HURRY_MS = 1_000;
/** While the machine is short of time whoever did something gets this much at least. */
const LEAST_HURRY_MS = 400;
const LEAST_HURRIED_MS = 100;
/** A frame may have been dropped when none came for this long after there was room again. */
const DROPPED_MS = 70;
/** On a page that changes all the time frames come this many gaps apart at most; a gap that is longer than that is a rest. */
const GAPS = 2.5;
const LONGEST_GAP_MS = 250;
/** A shopper who did something just now will do more. */
const REST_MS = 400;
/** The page has been laid out and drawn again, as it was before the picture. */
const DRAWN = {
  expression: "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30))))",
  awaitPromise: true,
} as const;
const FIRST_QUALITY = 80;
/** Restarting at another quality shows the same picture again within this. */
const SAME_MS = 100;

export function openScreencast(
  cdp: CDPSession,
  tab: number,
  version: string,
  show: (picture: Picture) => void,
): Screencast {
  const holdsBack = Number(/\/(\d+)\./.exec(version)?.[1] ?? 0) >= HOLDS_BACK_FROM;
  const lateness = openLateness();
  const room = holdsBack ? 1 : IN_FLIGHT_BEFORE;
  let wanted: { size: ScreenSize; level: Level } | null = null;
  let run = 0;
  let latest = "";
  let isFirst = true;
  let skipUntil = 0;
  let unacked = 0;
  let wasFull = false;
  let gap = 0;
  let framedAt = 0;
  let roomAt = 0;
  let hurriedAt = Number.NEGATIVE_INFINITY;
  let dropped: NodeJS.Timeout | undefined;
  let taking: Promise<unknown> | null = null;
  const send = (method: "Page.stopScreencast" | "Page.startScreencast", parameters?: object): void => {
    void cdp.send(method, parameters as never).catch(() => undefined);
  };

  const begin = (quality: number): void => {
    if (!wanted) return;
    const { scale } = LADDER[wanted.level];
    unacked = 0;
    wasFull = false;
    pacer.clear();
    send("Page.startScreencast", {
      format: "jpeg",
      quality,
      maxWidth: Math.round(wanted.size.width * scale),
      maxHeight: Math.round(wanted.size.height * scale),
      everyNthFrame: 1,
      ...(holdsBack ? { maxFramesInFlight: 1 } : {}),
    });
  };
  const restart = (): void => {
    if (!wanted) return;
    run += 1;
    send("Page.stopScreencast");
    begin(LADDER[wanted.level].quality);
  };
  const pacer = openPacer(() => {
    const strain = machinePace.strain();
    const isHurried = performance.now() - hurriedAt < Math.max(LEAST_HURRY_MS, HURRY_MS / strain);
    return isHurried ? Math.min(LEAST_HURRIED_MS, HURRIED_MS * strain) : CALM_MS * strain;
  });
  const acknowledge = (sessionId: number, ofRun: number): void =>
    pacer.put(() => {
      if (ofRun !== run || !wanted) return;
      if (unacked >= room) stills.again();
      unacked -= 1;
      void cdp.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
      if (!wasFull) return;
      roomAt = performance.now();
      clearTimeout(dropped);
      dropped = setTimeout(restart, Math.max(DROPPED_MS, GAPS * gap) + 2 * machinePace.lateMs());
    });
  const hold = (capture: Promise<unknown>): void => {
    const over = capture
      .then(() => cdp.send("Runtime.evaluate", DRAWN).catch(() => undefined))
      .finally(() => {
        if (taking === over) taking = null;
      });
    taking = over;
  };
  const stills = openStills({
    take: async () => {
      const { level, size } = wanted ?? {};
      if (level === undefined || size === undefined) return false;
      if (unacked >= room || performance.now() - hurriedAt < REST_MS) {
        stills.rest();
        return false;
      }
      const quality = LADDER[level].still;
      const capture = cdp.send("Page.captureScreenshot", { format: "jpeg", quality }).catch(() => null);
      if (size.dpr > 1) hold(capture);
      const taken = await capture;
      if (!taken || !wanted || !stills.isTaking()) return false;
      show({ tab, jpeg: Buffer.from(taken.data, "base64"), ...wanted.size, isSharp: true, isFirst: false });
      return true;
    },
    disturbs: () => (wanted?.size.dpr ?? 1) > 1,
    latest: () => latest,
    changed: (frame) => showFrame(frame),
  });
  const showFrame = (frame: ScreencastFrame): void => {
    if (!wanted) return;
    latest = frame.data;
    // Its own word of its size is now and then the device's pixels, between two pages; the viewport is the one that was asked for.
    show({ tab, jpeg: Buffer.from(frame.data, "base64"), ...wanted.size, isSharp: false, isFirst });
    stills.rest();
    if (!isFirst) return;
    isFirst = false;
    skipUntil = performance.now() + SAME_MS;
    restart();
  };
  /** There are no frames while there is no room for them: that is no rest of the page. */
  const noteGap = (): void => {
    const now = performance.now();
    const since = now - Math.max(framedAt, roomAt);
    framedAt = now;
    const isRest = since > LONGEST_GAP_MS + machinePace.lateMs();
    gap = isRest ? 0 : Math.max(since, gap + (since - gap) / 8);
  };
  const onFrame = (frame: ScreencastFrame) => {
    if (!wanted) return;
    clearTimeout(dropped);
    noteGap();
    const { timestamp } = frame.metadata;
    if (timestamp !== undefined) machinePace.note(lateness(Date.now() - timestamp * 1_000));
    unacked += 1;
    wasFull = unacked >= room && !holdsBack;
    acknowledge(frame.sessionId, run);
    if (stills.isTaking()) return stills.seen(frame);
    const isKnown = frame.data === latest || performance.now() < skipUntil;
    if (!isKnown) return showFrame(frame);
    latest = frame.data;
    skipUntil = 0;
  };
  cdp.on("Page.screencastFrame", onFrame);

  return {
    start: (size, level) => {
      const isNew = wanted === null;
      wanted = { size, level };
      run += 1;
      if (isNew) {
        isFirst = true;
        latest = "";
        begin(FIRST_QUALITY);
        stills.rest();
      } else restart();
    },
    stop: () => {
      if (!wanted) return;
      wanted = null;
      run += 1;
      stills.stop();
      clearTimeout(dropped);
      send("Page.stopScreencast");
    },
    taking: () => taking,
    hurry: (isAct) => {
      const isFirst = performance.now() - hurriedAt > LEAST_HURRY_MS;
      hurriedAt = performance.now();
      if (isFirst) pacer.rush();
      else pacer.look();
      stills.disturb();
      // Should the last frame of what this changes get lost, nothing else would ever show it.
      if (isAct) stills.rest();
    },
    turn: stills.disturb,
  };
}

/** Does what it is given one after the other, `gap` apart, the first at once. */
function openPacer(gap: () => number) {
  const waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let doneAt = Number.NEGATIVE_INFINITY;
  const look = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (waiting.length > 0) {
      const wait = doneAt + gap() - performance.now();
      if (wait >= 1) {
        timer = setTimeout(look, wait);
        return;
      }
      doneAt = performance.now();
      waiting.shift()?.();
    }
  };
  return {
    put: (act: () => void): void => {
      waiting.push(act);
      if (!timer) look();
    },
    /** The gap may have become shorter. */
    look,
    /** All of it at once. */
    rush: (): void => {
      for (const act of waiting.splice(0)) act();
      doneAt = performance.now();
    },
    clear: (): void => {
      waiting.length = 0;
    },
  };
}
