/** Clicks on a page that never rests: the frame that shows the click is found by its colour, in a Chromium, afterwards. */
import type { Page } from "playwright";
import type { Frame, LiveClient } from "../../test/support/live-client.js";
import type { Times } from "./table.js";
import { clickAt, pause } from "./viewing.js";

const WAIT_MS = 6_000;

/** The page toggles a square at its upper left with each press (`/marked`). `decoder`: any page of a Chromium. */
export async function timeMarks(client: LiveClient, decoder: Page, tries: number, everyMs: number): Promise<Times> {
  const all: number[] = [];
  let misses = 0;
  let isWhite = await isMarkWhite(decoder, client.frames.at(-1));
  for (let turn = 0; turn < tries; turn++) {
    await pause(everyMs * (0.5 + Math.random()));
    client.frames.length = 0;
    const began = performance.now();
    clickAt(client, 700, 500);
    let seen: number | null = null;
    for (let at = 0; seen === null && performance.now() - began < WAIT_MS; ) {
      const frame = client.frames[at];
      if (!frame) {
        await pause(4);
        continue;
      }
      at += 1;
      if ((await isMarkWhite(decoder, frame)) !== isWhite) seen = frame.at - began;
    }
    isWhite = !isWhite;
    if (seen === null) misses += 1;
    else all.push(seen);
  }
  return { all, misses };
}

async function isMarkWhite(decoder: Page, frame: Frame | undefined): Promise<boolean> {
  if (!frame) return false;
  const at = Math.round((60 * frame.width) / frame.cssWidth);
  return await decoder.evaluate<boolean>(`(async () => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(frame.jpeg.toString("base64"))}), (c) => c.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.drawImage(picture, -${at}, -${at});
    return canvas.getImageData(0, 0, 1, 1).data[0] > 127;
  })()`);
}
