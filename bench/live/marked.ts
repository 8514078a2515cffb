/** Presses on a page that never rests: the frame that shows a press is found by a colour that counts, and afterwards. */
import type { Frame, LiveClient } from "../../test/support/live-client.js";
import type { Decoder } from "./decoder.js";
import type { Times } from "./table.js";
import { clickAt, pause } from "./viewing.js";

/** Whoever waits longer than this has missed it. */
const WAIT_MS = 6_000;
/** In the middle of the counting square of `live-pages.ts`. */
export const MARK = { x: 60, y: 60 } as const;
const COUNTS = 8;

/** What came, and when what was pressed. */
export interface Recording {
  readonly pressedAt: readonly number[];
  readonly frames: readonly Frame[];
}

/** On a page that counts presses (`/marked`, `/ticking`) and has counted none yet. */
export async function recordPresses(client: LiveClient, tries: number, everyMs: number): Promise<Recording> {
  const frames: Frame[] = [];
  const pressedAt: number[] = [];
  client.onFrame = (frame) => frames.push(frame);
  for (let turn = 0; turn < tries; turn++) {
    await pause(everyMs * (0.5 + Math.random()));
    pressedAt.push(performance.now());
    clickAt(client, 700, 500);
  }
  await pause(2_000);
  client.onFrame = null;
  client.frames.length = 0;
  return { pressedAt, frames };
}

/** From each press to the first frame that shows it, or a later one. */
export async function readPresses({ pressedAt, frames }: Recording, decoder: Decoder): Promise<Times> {
  const counts = new Map<Frame, number>();
  const countOf = async (frame: Frame): Promise<number> => {
    const known = counts.get(frame) ?? (await decoder.coloursAt([frame], MARK.x, MARK.y))[0] ?? 0;
    counts.set(frame, known);
    return known;
  };
  const all: number[] = [];
  for (const [index, began] of pressedAt.entries()) {
    let seen: number | null = null;
    for (const frame of frames) {
      if (frame.at < began || seen !== null || frame.at - began > WAIT_MS) continue;
      const ahead = ((await countOf(frame)) - (index + 1) + 2 * COUNTS * pressedAt.length) % COUNTS;
      if (ahead < COUNTS / 2) seen = frame.at - began;
    }
    if (seen !== null) all.push(seen);
  }
  return { all, misses: pressedAt.length - all.length };
}
