/** What the tests of the page share: a browser, a stand for each test, and shoppers who must have had no trouble. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "@jest/globals";
import type { Browser, BrowserContextOptions } from "playwright";
import { openChromium } from "../support/chromium.js";
import { heardOf, openStand, type Stand } from "./live-view-stand.js";
import { buildLiveView, DESKTOP, enter, openVisit, until, type Visit } from "./live-view-visit.js";

type Told = Parameters<typeof heardOf>[1];

export interface Bench {
  readonly browser: () => Browser;
  readonly stand: () => Stand;
  /** A shopper who has not opened the link yet. `expected`: console lines that the test brings about itself. */
  readonly visit: (options?: BrowserContextOptions, expected?: RegExp) => Promise<Visit>;
  /** A shopper on the remote page. */
  readonly goLive: (options?: BrowserContextOptions, expected?: RegExp) => Promise<Visit>;
  /** The messages of one kind, once there are so many. */
  readonly heard: <T extends Told>(t: T, count?: number) => Promise<ReturnType<typeof heardOf<T>>>;
}

/** To be called once, at the top of a test file. */
export function openBench(): Bench {
  let browser: Browser;
  let stand: Stand;
  const visits: Visit[] = [];
  beforeAll(async () => {
    await buildLiveView();
    browser = await openChromium();
  }, 60_000);
  beforeEach(async () => {
    stand = await openStand();
  });
  afterEach(async () => {
    const all = visits.splice(0);
    for (const { context } of all) await context.close();
    await stand.close();
    expect(all.flatMap(({ troubles }) => troubles)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });
  const visit = async (options: BrowserContextOptions = DESKTOP, expected?: RegExp) => {
    const opened = await openVisit(browser, stand.origin, options, expected);
    visits.push(opened);
    return opened;
  };
  return {
    browser: () => browser,
    stand: () => stand,
    visit,
    goLive: async (options, expected) => {
      const opened = await visit(options, expected);
      await enter(browser, stand, opened.page);
      return opened;
    },
    heard: (t, count = 1) =>
      until(
        () => heardOf(stand, t),
        (all) => all.length >= count,
      ),
  };
}
