/** Reads colours out of frames, afterwards: a Chromium that decodes while others are measured would be measured too. */
import type { Browser, Page } from "playwright";
import type { Frame } from "../../test/support/live-client.js";

export interface Decoder {
  /** Of each frame the colour at this place of the remote page: a bit each for red, green and blue. */
  readonly coloursAt: (frames: readonly Frame[], cssX: number, cssY: number) => Promise<readonly number[]>;
}

export function openDecoder(browser: () => Promise<Browser>): Decoder {
  let page: Promise<Page> | null = null;
  const open = async (): Promise<Page> => (await browser()).newPage();
  return {
    coloursAt: async (frames, cssX, cssY) => {
      page ??= open();
      const asked = frames.map(({ jpeg, width, height, cssWidth, cssHeight }) => ({
        jpeg: jpeg.toString("base64"),
        x: Math.round((cssX * width) / cssWidth),
        y: Math.round((cssY * height) / cssHeight),
      }));
      return await (await page).evaluate<number[]>(`Promise.all(${JSON.stringify(asked)}.map(async ({ jpeg, x, y }) => {
        const bytes = Uint8Array.from(atob(jpeg), (letter) => letter.charCodeAt(0));
        const picture = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }), x, y, 1, 1);
        const canvas = new OffscreenCanvas(1, 1).getContext("2d");
        canvas.drawImage(picture, 0, 0);
        const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
        return (red > 127 ? 1 : 0) | (green > 127 ? 2 : 0) | (blue > 127 ? 4 : 0);
      }))`);
    },
  };
}
