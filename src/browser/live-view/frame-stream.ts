/**
 * The frames of one tab by raw CDP: no more on the way than Chromium has room for, each one acknowledged when it is time for another,
 * and begun anew where the last one of a change was lost.
 */
import type { CDPSession } from "playwright";
import { openDroppedFrames } from "./dropped-frames.js";
import { LADDER, type Level } from "./frame-flow.js";
import { openFramePace } from "./frame-pace.js";
import { machinePace, openLateness } from "./machine-pace.js";
import type { ScreencastFrame } from "./stills.js";

export interface ScreenSize {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Its pixels per CSS pixel. */
  readonly dpr: number;
}

export interface Wanted {
  readonly size: ScreenSize;
  readonly level: Level;
}

export interface FrameStream {
  /** Answers whether there was none until now: the first frame comes in better quality. */
  readonly start: (wanted: Wanted) => boolean;
  /** The picture of now comes again. */
  readonly restart: () => void;
  readonly stop: () => void;
  /** Null while it is stopped. */
  readonly wanted: () => Wanted | null;
  /** There is no room for a frame: what changes is not known. */
  readonly isFull: () => boolean;
  /** The shopper did something: more frames for a second. */
  readonly hurry: () => void;
  /** How long ago that was; milliseconds. */
  readonly sinceHurry: () => number;
}

interface StreamEars {
  readonly onFrame: (frame: ScreencastFrame) => void;
  /** There was no room until now. */
  readonly onRoom: () => void;
}

/** From 154 on Chromium holds back frames itself; before, it drops what it has no room for, and up to three are on the way. */
const HOLDS_BACK_FROM = 154;
const IN_FLIGHT_BEFORE = 3;
const FIRST_QUALITY = 80;

/** `version` as Chromium tells it: `HeadlessChrome/153.0.1.2`. */
export function openFrameStream(cdp: CDPSession, version: string, ears: StreamEars): FrameStream {
  const holdsBack = Number(/\/(\d+)\./.exec(version)?.[1] ?? 0) >= HOLDS_BACK_FROM;
  const room = holdsBack ? 1 : IN_FLIGHT_BEFORE;
  const lateness = openLateness();
  const pace = openFramePace();
  let wanted: Wanted | null = null;
  let run = 0;
  let unacked = 0;
  let wasFull = false;

  const begin = (one: Wanted, quality: number): void => {
    unacked = 0;
    wasFull = false;
    pace.clear();
    const flight = holdsBack ? { maxFramesInFlight: 1 } : {};
    send(cdp, "Page.startScreencast", { ...pictureOf(one, quality), ...flight });
  };
  const restart = (): void => {
    if (!wanted) return;
    run += 1;
    send(cdp, "Page.stopScreencast");
    begin(wanted, LADDER[wanted.level].quality);
  };
  const dropped = openDroppedFrames(restart);
  const acknowledge = (sessionId: number, ofRun: number): void =>
    pace.put(() => {
      if (ofRun !== run || !wanted) return;
      if (unacked >= room) ears.onRoom();
      unacked -= 1;
      send(cdp, "Page.screencastFrameAck", { sessionId });
      if (wasFull) dropped.roomAgain();
    });
  cdp.on("Page.screencastFrame", (frame: ScreencastFrame) => {
    if (!wanted) return;
    dropped.framed();
    const { timestamp } = frame.metadata;
    if (timestamp !== undefined) machinePace.note(lateness(Date.now() - timestamp * 1_000));
    unacked += 1;
    wasFull = unacked >= room && !holdsBack;
    acknowledge(frame.sessionId, run);
    ears.onFrame(frame);
  });

  return {
    start: (one) => {
      const isNew = wanted === null;
      wanted = one;
      run += 1;
      if (isNew) begin(one, FIRST_QUALITY);
      else restart();
      return isNew;
    },
    restart,
    stop: () => {
      if (!wanted) return;
      wanted = null;
      run += 1;
      dropped.stop();
      send(cdp, "Page.stopScreencast");
    },
    wanted: () => wanted,
    isFull: () => unacked >= room,
    hurry: pace.hurry,
    sinceHurry: pace.sinceHurry,
  };
}

/** Nobody waits for the answer. */
function send(
  cdp: CDPSession,
  method: "Page.stopScreencast" | "Page.startScreencast" | "Page.screencastFrameAck",
  parameters?: object,
): void {
  void cdp.send(method, parameters as never).catch(() => undefined);
}

function pictureOf({ size, level }: Wanted, quality: number) {
  const { scale } = LADDER[level];
  return {
    format: "jpeg",
    quality,
    maxWidth: Math.round(size.width * scale),
    maxHeight: Math.round(size.height * scale),
    everyNthFrame: 1,
  };
}
