/** A viewer on a page of ours, and how long it takes until it sees what it did. */
import type { LiveViewServer } from "../../src/browser/live-view/watched-session.js";
import type { ViewerMessage } from "../../src/web/live-view/protocol.js";
import { claim, doorOf, type Frame, HELLO, type LiveClient, openSocket } from "../../test/support/live-client.js";
import { type LiveSession, openLiveSession } from "../../test/support/live-session.js";
import type { Times } from "./table.js";

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Viewing {
  readonly live: LiveSession;
  readonly client: LiveClient;
  readonly close: () => Promise<void>;
}

export type Hello = Partial<Extract<ViewerMessage, { t: "hello" }>>;

/** `at`: the origin to go through, in place of the server's own. */
export async function view(server: LiveViewServer, path: string, hello: Hello = {}, at?: string): Promise<Viewing> {
  const live = await openLiveSession(server, { path });
  const door = doorOf(live.view.mintLink(new Date(Date.now() + 60_000)));
  const { body } = await claim(door, door.secret, { at });
  const client = await openSocket(door, body.ticket ?? "", { at });
  client.send({ ...HELLO, ...hello });
  await client.until("url", ({ host }) => host !== "");
  await client.nextFrame();
  return {
    live,
    client,
    close: async () => {
      client.close();
      await live.close();
    },
  };
}

/** Whoever waits longer than this has missed it. */
export const MISSED_MS = 2_000;

export const PHONE: Hello = { vw: 390, vh: 844, dpr: 1, touch: true };

/** A press and a release. */
export function clickAt(client: LiveClient, x: number, y: number): void {
  client.send({ t: "ptr", k: "down", x, y, btn: 0, buttons: 1, clicks: 1, mod: 0 });
  client.send({ t: "ptr", k: "up", x, y, btn: 0, buttons: 0, clicks: 1, mod: 0 });
}

/**
 * From `act` to the first frame that is another picture than before: the server never sends the same one twice, stills aside.
 * An `act` that takes a while answers when its last part began. `between` lets the page rest, or not.
 */
export async function timeFrames(
  client: LiveClient,
  tries: number,
  act: (turn: number) => number | undefined | Promise<number>,
  between: () => Promise<void> = () => pause(150 + Math.random() * 250),
): Promise<Times> {
  const all: number[] = [];
  let misses = 0;
  for (let turn = 0; turn < tries; turn++) {
    await between();
    const frames: Frame[] = [];
    let came = (): void => undefined;
    client.onFrame = (frame) => {
      if (!frame.sharp) frames.push(frame);
      came();
    };
    const before = performance.now();
    const began = (await act(turn)) ?? before;
    const first = (): Frame | undefined => frames.find(({ at }) => at >= began);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, MISSED_MS);
      came = () => {
        if (!first()) return;
        clearTimeout(timer);
        resolve();
      };
      came();
    });
    client.onFrame = null;
    const frame = first();
    if (frame) all.push(frame.at - began);
    else misses += 1;
  }
  return { all, misses };
}
