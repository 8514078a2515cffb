/** A worker as the gateway has it, in this process: sessions, contexts, live view and the client that asks for them. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { openBrowserClient } from "../../src/browser/client/client.js";
import { fixedWorkers } from "../../src/browser/client/workers.js";
import type { BrowserLayer, SessionRequest } from "../../src/browser/index.js";
import { openLiveViewServer } from "../../src/browser/live-view/server.js";
import type { WatchedSession } from "../../src/browser/live-view/watched-session.js";
import type { BrowserProvider } from "../../src/browser/providers/provider.js";
import { openWorker } from "../../src/browser/worker/worker.js";
import { openContextFolder } from "../../src/browser/workshop.js";
import { openLog } from "../../src/kernel/log.js";
import { openLocal, sessionAt } from "../../test/browser/worker-bench.js";
import { claim, doorOf, type Frame, HELLO, openSocket } from "../../test/support/live-client.js";
import type { Decoder } from "./decoder.js";
import { MARK } from "./marked.js";

export interface Stand {
  readonly layer: BrowserLayer;
  /** The shopper's own page of a session. */
  readonly pageOf: (sessionId: string) => Page;
  readonly close: () => Promise<void>;
}

export async function openStand(provider?: (folder: string) => Promise<BrowserProvider>): Promise<Stand> {
  const home = await mkdtemp(join(tmpdir(), "shopkey-bench-"));
  const browsers = `${home}-browsers`;
  const log = openLog({ level: "silent" });
  const secret = randomBytes(32).toString("hex");
  const watched = new Map<string, WatchedSession>();
  const liveView = await openLiveViewServer({ host: "127.0.0.1", port: 0, log });
  const open = (session: WatchedSession) => {
    watched.set(session.id, session);
    return liveView.open(session);
  };
  const worker = await openWorker({
    name: "w1",
    provider: await (provider ?? ((folder) => openLocal(folder, 3)))(browsers),
    contexts: await openContextFolder(join(home, "contexts")),
    liveView: { ...liveView, open },
    api: { host: "127.0.0.1", port: 0, secret },
    log,
  });
  const layer = openBrowserClient({ workers: fixedWorkers([{ name: "w1", url: worker.url, secret }]), log });
  return {
    layer,
    pageOf: (sessionId) => {
      const page = watched.get(sessionId)?.browser()?.page;
      if (!page) throw new Error("that session has no browser");
      return page;
    },
    close: async () => {
      await layer.close();
      await worker.close();
      for (const folder of [home, browsers]) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

export const never = new AbortController().signal;

/** `origin`: of `live-pages.ts`. */
export const sessionOn = (origin: string, path: string): SessionRequest =>
  sessionAt(origin, { startUrl: `https://shop.example${path}` });

/** From the question to the first frame that shows the store's page (`/ticking`), not an empty one; milliseconds. */
export async function timeFirstFrame({ layer }: Stand, decoder: Decoder, request: SessionRequest): Promise<number> {
  const began = performance.now();
  const { sessionId, liveViewUrl } = await layer.openSession(request, never);
  const door = doorOf(liveViewUrl);
  const { body } = await claim(door, door.secret);
  const client = await openSocket(door, body.ticket ?? "");
  const frames: Frame[] = [];
  client.onFrame = (frame) => frames.push(frame);
  client.send(HELLO);
  // Not decoded yet: an empty page is white and no more than a few kilobytes.
  await client.nextFrame(({ jpeg }) => jpeg.byteLength > 12_000);
  client.onFrame = null;
  client.close();
  await layer.endSession(sessionId, "cancelled");
  const colours = await decoder.coloursAt(frames, MARK.x, MARK.y);
  const first = frames[colours.indexOf(0)];
  if (!first) throw new Error("no frame showed the page");
  return first.at - began;
}
