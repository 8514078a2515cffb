/**
 * The moving picture of one tab, by raw CDP: as many frames as are wanted and no more, the last state always among them, and
 * a sharp one whenever the page rests.
 */
import type { CDPSession } from "playwright";
import { LADDER, type Level, type Picture } from "./frame-flow.js";
import { openFrameStream, type ScreenSize } from "./frame-stream.js";
import { openStillCapture } from "./still-capture.js";
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

/** A shopper who did something just now will do more. */
const REST_MS = 400;
/** Restarting at another quality shows the same picture again within this. */
const SAME_MS = 100;

export function openScreencast(
  cdp: CDPSession,
  tab: number,
  version: string,
  show: (picture: Picture) => void,
): Screencast {
  const capture = openStillCapture(cdp);
  let latest = "";
  let isFirst = true;
  let skipUntil = 0;
  const showFrame = (frame: ScreencastFrame): void => {
    const wanted = stream.wanted();
    if (!wanted) return;
    latest = frame.data;
    // Its own word of its size is now and then the device's pixels, between two pages; the viewport is the one that was asked for.
    show({ tab, jpeg: Buffer.from(frame.data, "base64"), ...wanted.size, isSharp: false, isFirst });
    stills.rest();
    if (!isFirst) return;
    isFirst = false;
    skipUntil = performance.now() + SAME_MS;
    stream.restart();
  };
  const takeStill = async (): Promise<boolean> => {
    const before = stream.wanted();
    if (!before) return false;
    if (stream.isFull() || stream.sinceHurry() < REST_MS) {
      stills.rest();
      return false;
    }
    const taken = await capture.take(LADDER[before.level].still, before.size.dpr > 1);
    const wanted = stream.wanted();
    if (!taken || !wanted || !stills.isTaking()) return false;
    show({ tab, jpeg: Buffer.from(taken.data, "base64"), ...wanted.size, isSharp: true, isFirst: false });
    return true;
  };
  const stills = openStills({
    take: takeStill,
    disturbs: () => (stream.wanted()?.size.dpr ?? 1) > 1,
    latest: () => latest,
    changed: showFrame,
  });
  const stream = openFrameStream(cdp, version, {
    onRoom: stills.again,
    onFrame: (frame) => {
      if (stills.isTaking()) return stills.seen(frame);
      const isKnown = frame.data === latest || performance.now() < skipUntil;
      if (!isKnown) return showFrame(frame);
      latest = frame.data;
      skipUntil = 0;
    },
  });
  return {
    start: (size, level) => {
      if (!stream.start({ size, level })) return;
      isFirst = true;
      latest = "";
      stills.rest();
    },
    stop: () => {
      if (stream.wanted()) stills.stop();
      stream.stop();
    },
    taking: capture.taking,
    hurry: (isAct) => {
      stream.hurry();
      stills.disturb();
      // Should the last frame of what this changes get lost, nothing else would ever show it.
      if (isAct) stills.rest();
    },
    turn: stills.disturb,
  };
}
