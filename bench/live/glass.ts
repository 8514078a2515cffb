/** From glass to glass. */
import { openLiveSession } from "../../test/support/live-session.js";
import { type Bench, times } from "./bench.js";
import { type Row, timesRow } from "./table.js";
import { pause } from "./viewing.js";

/** The page as shoppers get it, in a second Chromium: from the press there to the drawn picture. */
export async function measureGlass(bench: Bench): Promise<Row[]> {
  const live = await openLiveSession(bench.server, { path: "/click" });
  const page = await (await bench.browser()).newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(live.view.mintLink(new Date(Date.now() + 60_000)));
  await page.locator(".introducing .main").click();
  await page.waitForFunction(`document.querySelector("canvas.picture")?.width > 300`);
  await pause(1_500);
  const all: number[] = [];
  for (let turn = 0; turn < times(60, bench); turn++) {
    await pause(150 + Math.random() * 250);
    await page.evaluate(`{ window.took = new Promise((done) => {
      const canvas = document.querySelector("canvas.picture");
      const small = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      const shade = () => {
        small.drawImage(canvas, canvas.width / 2, canvas.height / 2, 1, 1, 0, 0, 1, 1);
        return small.getImageData(0, 0, 1, 1).data[0] > 127;
      };
      addEventListener("pointerdown", () => {
        const [began, before] = [performance.now(), shade()];
        const look = () => (shade() === before ? requestAnimationFrame(look) : done(performance.now() - began));
        look();
      }, { capture: true, once: true });
    }); } 0`);
    await page.mouse.click(500, 400);
    all.push(await page.evaluate<number>("window.took"));
  }
  await page.close();
  await live.close();
  const what = "press -> drawn picture, the page in a 2nd Chromium, 1280x800";
  return [timesRow("4", what, { all, misses: 0 }, { median: 35, p95: 50 })];
}
