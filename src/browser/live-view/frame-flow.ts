/**
 * What of a page's frames goes to one viewer: two at a time that it has not drawn yet, and after those the newest only.
 * How long they take to be drawn says how good they may be.
 */
import { FRAME } from "../../web/live-view/protocol.js";

export interface Picture {
  readonly tab: number;
  readonly jpeg: Buffer;
  /** The remote viewport, CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Taken in a pause, at the screen's own resolution. */
  readonly isSharp: boolean;
  /** The first after a start: large, so it tells nothing of the link. */
  readonly isFirst: boolean;
}

export type Level = 0 | 1 | 2 | 3;

/** JPEG quality and scale of moving pictures, and quality of still ones. */
export const LADDER: Readonly<Record<Level, { quality: number; scale: number; still: number }>> = {
  0: { quality: 60, scale: 1, still: 85 },
  1: { quality: 40, scale: 1, still: 70 },
  2: { quality: 35, scale: 0.75, still: 50 },
  3: { quality: 25, scale: 0.5, still: 40 },
};

export interface FrameFlow {
  readonly offer: (picture: Picture) => void;
  readonly ack: (seq: number) => void;
  readonly level: () => Level;
  /** The way there and back, without anything to carry; milliseconds. */
  readonly measured: (roundTripMs: number) => void;
  /** Whether all that was sent has been drawn. */
  readonly isIdle: () => boolean;
}

const WINDOW = 2;
const SLOW_MS = 200;
const FAST_MS = 60;
const HOLD_MS = 600;
const FIRST_CLIMB_MS = 3_000;
const LAST_CLIMB_MS = 60_000;

interface Sent {
  readonly at: number;
  /** Whether it tells something of the link. */
  readonly counts: boolean;
}

export function openFrameFlow(send: (bytes: Buffer) => void, onLevel: (level: Level) => void): FrameFlow {
  const sent = new Map<number, Sent>();
  const ladder = openLadder(onLevel);
  let newest: Picture | null = null;
  let seq = 0;
  const sendNow = (picture: Picture): void => {
    seq = (seq + 1) >>> 0;
    sent.set(seq, { at: performance.now(), counts: !picture.isSharp && !picture.isFirst });
    send(writeFrame(seq, picture));
  };
  return {
    offer: (picture) => {
      const [oldest] = sent.values();
      if (oldest?.counts) ladder.waiting(performance.now() - oldest.at);
      if (sent.size < WINDOW) sendNow(picture);
      else newest = picture;
    },
    ack: (acked) => {
      const one = sent.get(acked);
      if (!one) return;
      // Whatever was sent before has been drawn, or was passed over.
      for (const earlier of sent.keys()) {
        sent.delete(earlier);
        if (earlier === acked) break;
      }
      if (one.counts) ladder.drawn(performance.now() - one.at);
      if (!newest) return;
      const next = newest;
      newest = null;
      sendNow(next);
    },
    level: ladder.level,
    measured: ladder.measured,
    isIdle: () => sent.size === 0,
  };
}

/** Down when frames come late, up after a while when they come early; each vain climb makes the next one later. */
function openLadder(onLevel: (level: Level) => void) {
  let level: Level = 0;
  let shortest = Number.POSITIVE_INFINITY;
  let smooth: number | null = null;
  let changedAt = performance.now();
  let climbedAt = Number.NEGATIVE_INFINITY;
  let climbAfter = FIRST_CLIMB_MS;
  const change = (by: 1 | -1): void => {
    const next = Math.min(3, Math.max(0, level + by)) as Level;
    if (next === level) return;
    const now = performance.now();
    if (by === 1 && now - climbedAt < 5_000) climbAfter = Math.min(LAST_CLIMB_MS, climbAfter * 2);
    if (by === -1) climbedAt = now;
    changedAt = now;
    smooth = null;
    level = next;
    onLevel(level);
  };
  const judge = (lateBy: number): void => {
    const age = performance.now() - changedAt;
    if (lateBy > SLOW_MS && age > HOLD_MS) change(1);
    else if (lateBy < FAST_MS && age > climbAfter) change(-1);
  };
  const measured = (ms: number): void => {
    shortest = Math.min(shortest, ms);
  };
  return {
    level: () => level,
    measured,
    drawn: (ms: number): void => {
      measured(ms);
      smooth = smooth === null ? ms : smooth * 0.6 + ms * 0.4;
      judge(smooth - shortest);
    },
    waiting: (ms: number): void => {
      const known = Number.isFinite(shortest) ? shortest : 0;
      if (ms - known > 2 * SLOW_MS) judge(ms - known);
    },
  };
}

function writeFrame(seq: number, { tab, jpeg, width, height, isSharp }: Picture): Buffer {
  const size = readJpegSize(jpeg) ?? { width, height };
  const frame = Buffer.allocUnsafe(FRAME.headerBytes + jpeg.byteLength);
  frame.writeUInt8(FRAME.type, 0);
  frame.writeUInt8(isSharp ? FRAME.sharp : 0, 1);
  frame.writeUInt16BE(tab & 0xffff, 2);
  frame.writeUInt32BE(seq, 4);
  frame.writeUInt16BE(size.width, 8);
  frame.writeUInt16BE(size.height, 10);
  frame.writeUInt16BE(Math.min(0xffff, Math.round(width)), 12);
  frame.writeUInt16BE(Math.min(0xffff, Math.round(height)), 14);
  frame.writeUInt32BE(Math.floor(performance.now()) >>> 0, 16);
  jpeg.copy(frame, FRAME.headerBytes);
  return frame;
}

/** From the frame header of a JPEG (SOF0 to SOF2); null where there is none. */
export function readJpegSize(jpeg: Buffer): { readonly width: number; readonly height: number } | null {
  let at = 2;
  while (at + 9 <= jpeg.byteLength && jpeg[at] === 0xff) {
    const marker = jpeg[at + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xc2)
      return { height: jpeg.readUInt16BE(at + 5), width: jpeg.readUInt16BE(at + 7) };
    at += 2 + jpeg.readUInt16BE(at + 2);
  }
  return null;
}
