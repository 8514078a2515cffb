/** Sharp pictures of a tab. While one is taken of a fine screen, the page is laid out and drawn otherwise. */
import type { CDPSession } from "playwright";

/** The page has been laid out and drawn again, as it was before the picture. */
const DRAWN = {
  expression: "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30))))",
  awaitPromise: true,
} as const;

export interface StillCapture {
  /** JPEG, in Base64; null where none came of it. `isFine`: of a screen that is finer than CSS pixels. */
  readonly take: (quality: number, isFine: boolean) => Promise<{ readonly data: string } | null>;
  /** Until the page is as it was; null when it is. */
  readonly taking: () => Promise<unknown> | null;
}

export function openStillCapture(cdp: CDPSession): StillCapture {
  let taking: Promise<unknown> | null = null;
  const hold = (capture: Promise<unknown>): void => {
    const over = capture
      .then(() => cdp.send("Runtime.evaluate", DRAWN).catch(() => undefined))
      .finally(() => {
        if (taking === over) taking = null;
      });
    taking = over;
  };
  return {
    take: (quality, isFine) => {
      const capture = cdp.send("Page.captureScreenshot", { format: "jpeg", quality }).catch(() => null);
      if (isFine) hold(capture);
      return capture;
    },
    taking: () => taking,
  };
}
