/** Sharp pictures are of pages that rest: one whose frames we hold back ourselves, as the machine is short of time, does not. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { CDPSession } from "playwright";
import { machinePace } from "../../src/browser/live-view/machine-pace.js";
import { openScreencast, type Screencast } from "../../src/browser/live-view/screencast.js";

const EVERY_MS = 100;
const LATE_MS = 200;

/** What a Chromium tells of a page: a frame of each change, while fewer than so many are on the way. */
function openTab(room: number) {
  let hear: (frame: object) => void = () => undefined;
  let onTheWay = 0;
  let changes = 0;
  let late = 0;
  const said: string[] = [];
  const show = (): void => {
    if (onTheWay >= room) return;
    onTheWay += 1;
    const data = Buffer.from(`picture ${changes}`).toString("base64");
    hear({ data, sessionId: changes, metadata: { timestamp: (Date.now() - late) / 1_000 } });
  };
  const cdp = {
    on: (_: string, listener: (frame: object) => void) => {
      hear = listener;
    },
    send: async (method: string) => {
      said.push(method);
      if (method === "Page.screencastFrameAck") onTheWay -= 1;
      if (method === "Page.startScreencast") {
        onTheWay = 0;
        setTimeout(show, 5);
      }
      return { data: Buffer.from("sharp").toString("base64") };
    },
  } as unknown as CDPSession;
  return {
    cdp,
    change: () => {
      changes += 1;
      show();
    },
    delay: (ms: number) => {
      late = ms;
    },
    count: (method: string) => said.filter((one) => one === method).length,
    forget: () => said.splice(0),
  };
}

describe.each([
  ["150", 3],
  ["156", 1],
])("a Chromium %s, with room for %i frames", (version, room) => {
  let tab: ReturnType<typeof openTab>;
  let cast: Screencast;

  beforeEach(async () => {
    jest.useFakeTimers();
    tab = openTab(room);
    cast = openScreencast(tab.cdp, 1, `Chrome/${version}.0.0.0`, () => undefined);
    cast.start({ width: 1280, height: 800, dpr: 1 }, 0);
    await rest(1_000);
    tab.delay(LATE_MS);
    await change(200);
    expect(machinePace.strain()).toBeGreaterThan(5);
    tab.forget();
  });

  afterEach(() => {
    cast.stop();
    jest.useRealTimers();
  });

  const rest = (ms: number) => jest.advanceTimersByTimeAsync(ms);
  const change = async (times: number): Promise<void> => {
    for (let at = 0; at < times; at++) {
      tab.change();
      await rest(EVERY_MS);
    }
  };

  test("no sharp picture of a page that changes all the time, pressed now and then or not", async () => {
    await change(30);
    for (let press = 0; press < 10; press++) {
      cast.hurry(true);
      await change(12);
    }
    expect(tab.count("Page.screencastFrameAck")).toBeGreaterThan(20);
    expect(tab.count("Page.captureScreenshot")).toBe(0);
  });

  test("one after what a shopper did, also when no frame came of it; none after moves alone", async () => {
    await rest(30_000);
    tab.forget();
    for (let move = 0; move < 5; move++) cast.hurry(false);
    await rest(5_000);
    expect(tab.count("Page.captureScreenshot")).toBe(0);
    cast.hurry(true);
    await rest(5_000);
    expect(tab.count("Page.captureScreenshot")).toBe(1);
  });

  test("one when it rests, another one when a change turns up that there was no room for, and then no more", async () => {
    await rest(5_000);
    const taken = tab.count("Page.captureScreenshot");
    expect([1, 2]).toContain(taken);
    await rest(20_000);
    expect(tab.count("Page.captureScreenshot")).toBe(taken);
  });
});
