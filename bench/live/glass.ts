/** From glass to glass. */
import type { Page } from "playwright";
import { openLiveSession } from "../../test/support/live-session.js";
import { type Bench, times } from "./bench.js";
import { type Row, timesRow } from "./table.js";
import { MISSED_MS, pause } from "./viewing.js";

/**
 * The page as shoppers get it, in a second Chromium: from the press there to the beginning of the frame that shows the picture
 * drawn. Nothing is looked at until something was drawn, so that looking is not measured too.
 */
export async function measureGlass(bench: Bench): Promise<Row[]> {
  const live = await openLiveSession(bench.server, { path: "/click" });
  const page = await (await bench.browser()).newPage({ viewport: { width: 1280, height: 800 } });
  try {
    await page.addInitScript(WATCH);
    await page.goto(live.view.mintLink(new Date(Date.now() + 60_000)));
    await page.locator(".introducing .main").click();
    await page.waitForFunction(`document.querySelector("canvas.picture")?.width > 300`);
    await pause(1_500);
    const tries: (number | null)[] = [];
    while (tries.length < times(100, bench)) tries.push(await timeOne(page));
    const all = tries.filter((took) => took !== null);
    const what = "press -> drawn picture, the page in a 2nd Chromium, 1280x800";
    return [timesRow("4", what, { all, misses: tries.length - all.length }, { median: 35, p95: 50 })];
  } finally {
    await page.close();
    await live.close();
  }
}

/** Null for a press that was missed: nothing new was drawn in time. */
async function timeOne(page: Page): Promise<number | null> {
  await pause(150 + Math.random() * 250);
  await page.evaluate(`{ window.took = nextPress(${MISSED_MS}); } 0`);
  await page.mouse.click(500, 400);
  return await page.evaluate<number | null>("window.took");
}

/** The remote page is black and white by turns. */
const WATCH = `{
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  let drawn = () => undefined;
  CanvasRenderingContext2D.prototype.drawImage = function (...all) {
    draw.apply(this, all);
    if (this.canvas.matches?.("canvas.picture")) drawn();
  };
  const shade = () => {
    const canvas = document.querySelector("canvas.picture");
    const small = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    small.drawImage(canvas, canvas.width / 2, canvas.height / 2, 1, 1, 0, 0, 1, 1);
    return small.getImageData(0, 0, 1, 1).data[0] > 127;
  };
  window.nextPress = (missedMs) => {
    const before = shade();
    return new Promise((done) => {
      const press = new AbortController();
      const end = (took) => {
        clearTimeout(timer);
        press.abort();
        drawn = () => undefined;
        done(took);
      };
      const timer = setTimeout(end, missedMs, null);
      addEventListener("pointerdown", () => {
        const began = performance.now();
        drawn = () => requestAnimationFrame(() => {
          const took = performance.now() - began;
          if (shade() !== before) end(took);
        });
      }, { capture: true, once: true, signal: press.signal });
    });
  };
}`;
