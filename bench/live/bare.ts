/** A click and its frame with nothing between: no server, no socket, no pace. */
import type { LiveSession } from "../../test/support/live-session.js";
import type { Times } from "./table.js";
import { pause } from "./viewing.js";

/** On a page that changes with each press; whoever views it gets these frames too. */
export async function timeBare({ context, page }: LiveSession, tries: number): Promise<Times> {
  const cdp = await context.newCDPSession(page);
  let came: ((at: number) => void) | null = null;
  cdp.on("Page.screencastFrame", ({ sessionId }) => {
    came?.(performance.now());
    void cdp.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
  });
  await cdp.send("Page.startScreencast", { format: "jpeg", quality: 60, maxWidth: 1280, maxHeight: 800 });
  const all: number[] = [];
  for (let turn = 0; turn < tries; turn++) {
    await pause(150 + Math.random() * 250);
    const began = performance.now();
    const frame = new Promise<number>((resolve) => {
      came = resolve;
    });
    const press = { x: 300 + turn, y: 300, button: "left", clickCount: 1 } as const;
    void cdp.send("Input.dispatchMouseEvent", { type: "mousePressed", ...press });
    void cdp.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...press });
    all.push((await frame) - began);
  }
  came = null;
  await cdp.detach();
  return { all, misses: 0 };
}
