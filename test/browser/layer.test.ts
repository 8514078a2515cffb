import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Page } from "@shopkey/adapter-sdk";
import type { LayerRefused, SessionEvent } from "../../src/browser/index.js";
import { logIn, type NineItemsSite, openNineItemsSite, type PublicKey, readNineItems } from "./nine-items-site.js";
import { openWorkerBench, sessionAt, surroundingsOf, until, type WorkerBench } from "./worker-bench.js";

let bench: WorkerBench;
let site: NineItemsSite;
const never = new AbortController().signal;
const key = randomBytes(32);

beforeAll(async () => {
  [bench, site] = await Promise.all([openWorkerBench(), openNineItemsSite()]);
}, 60_000);
afterAll(async () => {
  await bench?.close();
  await site?.close();
});

const slots = async () =>
  (await readdir(bench.folders.browsers).catch(() => [])).filter((name) => name.startsWith("slot-"));
const refusal = (why: LayerRefused["why"]) => ({ name: "LayerRefused", why });

describe("the browser layer, over its worker's door", () => {
  const contextId = "ctx_layer_test_1";
  let publicKey: PublicKey;

  test("a session: opened, logged in by the shopper, looked at unseen, saved, ended", async () => {
    const events: SessionEvent[] = [];
    const stop = bench.layer.watch(async (event) => void events.push(event));
    const session = await bench.layer.openSession(sessionAt(site.origin), never);
    expect(session.sessionId).toMatch(/^bs_w1_[0-9a-f]{32}$/);
    expect(session.liveViewUrl).toContain(session.sessionId);
    expect(session.expiresAt.getTime()).toBeGreaterThan(session.linkExpiresAt.getTime());
    const watched = bench.watched.get(session.sessionId);
    if (!watched) throw new Error("not watched");
    const seen: string[] = [];
    watched.browser()?.context.on("page", (page) => {
      if (!watched.isUnseen(page)) seen.push("popup");
    });
    watched.claimed();
    watched.attached(true);
    const page = watched.browser()?.page;
    if (!page) throw new Error("no page");
    publicKey = await logIn(page);

    const title = await bench.layer.withSessionPage(session.sessionId, never, async (unseen) => {
      const answer = await unseen.goto("https://shop.example/me", { waitUntil: "load" });
      expect([answer?.status(), answer?.request().failure()]).toEqual([200, null]);
      expect(unseen.url()).toBe("https://shop.example/me");
      return await unseen.evaluate("document.body.textContent");
    });
    expect(title).toBe("ana");
    expect(seen).toEqual([]);
    expect(watched.browser()?.context.pages()).toHaveLength(1);

    const lease = { contextId, generation: 0, key };
    expect(await bench.layer.saveSession(session.sessionId, lease, never)).toBe(1);
    expect(await bench.layer.saveSession(session.sessionId, lease, never)).toBe(1);
    expect([watched.browser(), watched.state().phase]).toEqual([null, "checking"]);
    const nobody = async () => undefined;
    await expect(bench.layer.withSessionPage(session.sessionId, never, nobody)).rejects.toMatchObject(refusal("gone"));
    await bench.layer.endSession(session.sessionId, "connected");
    await bench.layer.endSession(session.sessionId, "connected");
    expect(watched.state().phase).toBe("connected");
    await until(() => events.length > 0);
    expect(events).toEqual([{ sessionId: session.sessionId, kind: "opened" }]);
    stop();
    expect(await slots()).toEqual([]);
  });

  test("a kept login: restored, used, kept again; of two writers one", async () => {
    const request = { surroundings: surroundingsOf(site.origin), context: { contextId, generation: 1, key } };
    const who = async (page: Page) => {
      await page.goto("https://shop.example/me");
      return await page.evaluate("document.body.textContent");
    };
    const first = await bench.layer.withContextPage({ ...request, keep: true }, never, who);
    expect(first).toEqual({ result: "ana", generation: 2 });
    expect(await slots()).toEqual([]);
    // Its holder did not hear of the second generation: it gets the newest all the same.
    const second = await bench.layer.withContextPage({ ...request, keep: false }, never, (page) => nine(page));
    expect(second).toEqual({ result: Array(9).fill(true), generation: 2 });

    const both = await Promise.all(
      [1, 2].map(() => bench.layer.withContextPage({ ...request, keep: true }, never, who)),
    );
    expect(both.map(({ generation }) => generation).sort()).toEqual([2, 3]);
    // More than there are browsers: they wait for each other.
    const many = [1, 2, 3, 4].map(() => bench.layer.withContextPage({ ...request, keep: false }, never, who));
    expect((await Promise.all(many)).map(({ result }) => result)).toEqual(Array(4).fill("ana"));
    await expect(
      bench.layer.withContextPage(
        { ...request, context: { ...request.context, key: randomBytes(32) }, keep: false },
        never,
        who,
      ),
    ).rejects.toMatchObject(refusal("rejected"));
    expect(await bench.layer.holdsContext(contextId)).toBe(true);
    await bench.layer.deleteContext(contextId);
    await bench.layer.deleteContext(contextId);
    expect(await bench.layer.holdsContext(contextId)).toBe(false);
    await expect(bench.layer.withContextPage({ ...request, keep: false }, never, who)).rejects.toMatchObject(
      refusal("gone"),
    );
    expect(await slots()).toEqual([]);
  });

  const nine = async (page: Page) =>
    Object.values(await readNineItems(page as unknown as Parameters<typeof readNineItems>[0], publicKey));
});
