/** What a viewer sees: enough and not too much of it, sharp when it rests, of the tab in front. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type FrameFlow, openFrameFlow, type Picture, readJpegSize } from "../../src/browser/live-view/frame-flow.js";
import { openLiveViewServer } from "../../src/browser/live-view/server.js";
import type { LiveViewServer } from "../../src/browser/live-view/watched-session.js";
import { openLog } from "../../src/kernel/log.js";
import { claim, enter, HELLO, type LiveClient, openSocket } from "../support/live-client.js";
import { type LiveSession, openLiveSession } from "../support/live-session.js";

describe("the flow of frames", () => {
  let flow: FrameFlow;
  const sent: number[] = [];
  beforeEach(() => {
    sent.length = 0;
    flow = openFrameFlow(
      (bytes) => sent.push(bytes.readUInt8(20)),
      () => undefined,
    );
  });
  const picture = (mark: number): Picture => ({
    tab: 1,
    jpeg: Buffer.from([mark]),
    width: 10,
    height: 10,
    isSharp: false,
    isFirst: false,
  });

  test("two are on the way, the newest of the others waits, the rest is forgotten", () => {
    for (let mark = 1; mark <= 50; mark++) flow.offer(picture(mark));
    expect(sent).toEqual([1, 2]);
    flow.ack(1);
    expect(sent).toEqual([1, 2, 50]);
    flow.ack(3);
    flow.ack(3);
    flow.ack(77);
    expect(sent).toEqual([1, 2, 50]);
    expect(flow.isIdle()).toBe(true);
  });
});

describe("a viewer", () => {
  let server: LiveViewServer;
  let live: LiveSession;
  let client: LiveClient;
  let door: Awaited<ReturnType<typeof enter>>["door"];
  beforeAll(async () => {
    server = await openLiveViewServer({ host: "127.0.0.1", port: 0, log: openLog({ level: "silent" }) });
    live = await openLiveSession(server, {});
  }, 60_000);
  afterAll(async () => {
    await live?.close();
    await server?.close();
  });
  afterEach(async () => {
    client?.close();
    await client?.ended;
  });

  const look = async (path: string, hello: Parameters<typeof enter>[1] = {}): Promise<void> => {
    await live.page.goto(`https://shop.example${path}`);
    ({ client, door } = await enter(live.view.mintLink(new Date(Date.now() + 60_000)), hello));
  };
  /** Until the page has drawn so many more frames than now. */
  const animate = async (frames: number): Promise<void> => {
    await live.page.evaluate(
      `new Promise((done) => { let left = ${frames}; (function next() { left-- > 0 ? requestAnimationFrame(next) : done(); })(); })`,
    );
  };

  test("sees a page at rest once, and once sharp, in its own resolution", async () => {
    await look("/login", { vw: 390, vh: 844, dpr: 2, touch: true });
    const sharp = await client.nextFrame(({ sharp }) => sharp);
    expect(sharp).toMatchObject({ width: 780, height: 1688, cssWidth: 390, cssHeight: 844 });
    expect(readJpegSize(sharp.jpeg)).toEqual({ width: 780, height: 1688 });
    expect(client.frames[0]).toMatchObject({ sharp: false, cssWidth: 390 });
    // A page that still loads changes once more; at rest nothing comes.
    let [before, now] = [-1, client.frames.length];
    for (let round = 0; round < 10 && now !== before; round++) {
      before = now;
      await animate(60);
      now = client.frames.length;
    }
    expect(now).toBe(before);
    expect(client.frames.at(-1)?.sharp).toBe(true);
    expect(await live.page.evaluate("[innerWidth, devicePixelRatio]")).toEqual([390, 2]);
  });

  test("that draws nothing gets no third frame; when it does again, the newest", async () => {
    await look("/animate");
    client.acks = false;
    await client.nextFrame();
    await animate(120);
    expect(client.frames.length).toBe(2);
    client.acks = true;
    for (const { seq } of [...client.frames]) client.send({ t: "ack", seq });
    await client.nextFrame(({ seq }) => seq > 4);
  });

  test("that asks for much and reads nothing is let go before much is kept for it", async () => {
    await look("/type");
    await client.nextFrame();
    await live.page.evaluate(`field.value = "x".repeat(16000); field.select(); field.focus()`);
    client.send({ t: "copy" });
    await client.until("clip", ({ s }) => s.length === 16_000);
    client.pause();
    for (let count = 0; count < 1_150; count++) client.send({ t: "copy" });
    while (live.calls.at(-1) !== "detached") await animate(5);
    client.resume();
    await client.ended;
    expect(client.bytes()).toBeLessThan(1_150 * 16_000);
  }, 60_000);

  test("that looks elsewhere gets nothing meanwhile", async () => {
    await look("/animate");
    await client.nextFrame();
    client.send({ t: "visible", on: false });
    client.send({ t: "ping" });
    await client.until("pong");
    await animate(10);
    const count = client.frames.length;
    await animate(60);
    expect(client.frames.length).toBe(count);
    client.send({ t: "visible", on: true });
    await client.nextFrame();
  });

  test("comes back by its cookie, and sees and is told everything again", async () => {
    await look("/login");
    await client.nextFrame();
    client.close();
    await client.ended;
    await live.page.evaluate("mail.focus()");
    const { body } = await claim(door, null);
    client = await openSocket(door, body.ticket ?? "");
    client.send(HELLO);
    const frame = await client.nextFrame();
    expect(frame.cssWidth).toBe(1280);
    expect(await client.until("url", ({ loading }) => !loading)).toMatchObject({ host: "shop.example", secure: true });
    expect(await client.until("field")).toMatchObject({ kind: "email", autocomplete: "username", label: "E-mail" });
  });

  test("has tabs: one to the front, one closed, never the last; what the gateway opens is none", async () => {
    await look("/matrix");
    const [opened] = await Promise.all([
      live.context.waitForEvent("page"),
      live.page.evaluate(`void window.open("https://other.example/login", "_blank", "noopener")`),
    ]);
    await client.until("tabs", ({ tabs }) => tabs.length === 2 && tabs[1]?.focused === true);
    expect(await client.until("url", ({ host }) => host === "other.example")).toMatchObject({
      domain: "other.example",
    });
    const cdp = await live.context.newCDPSession(live.page);
    await cdp.send("Target.createTarget", { url: "about:blank#unseen", background: true });
    const [first, second] = (await client.until("tabs", ({ tabs }) => tabs.length === 2)).tabs;
    client.said.length = 0;
    client.send({ t: "tab", id: first?.id ?? 0, k: "focus" });
    await client.until("tabs", ({ tabs }) => tabs[0]?.focused === true && tabs.length === 2);
    await client.nextFrame(({ tab }) => tab === first?.id);
    client.send({ t: "tab", id: second?.id ?? 0, k: "close" });
    await client.until("tabs", ({ tabs }) => tabs.length === 1);
    expect(opened.isClosed()).toBe(true);
    client.send({ t: "tab", id: first?.id ?? 0, k: "close" });
    client.send({ t: "nav", k: "reload" });
    const reload = await client.until("url", ({ loading }) => loading);
    await client.until("url", (one) => !one.loading && client.said.indexOf(one) > client.said.indexOf(reload));
    expect(live.page.isClosed()).toBe(false);
    for (const page of live.context.pages()) if (page !== live.page) await page.close();
  });

  test("sees the page again after its process died", async () => {
    const lost = await openLiveSession(server, { path: "/login" });
    const viewer = await enter(lost.view.mintLink(new Date(Date.now() + 60_000)));
    await viewer.client.nextFrame();
    await lost.page.goto("chrome://crash").catch(() => undefined);
    const frame = await viewer.client.nextFrame(({ tab }) => tab > 1);
    expect(frame.cssWidth).toBe(1280);
    await viewer.client.until("url", ({ host, loading }) => host === "shop.example" && !loading);
    viewer.client.send({ t: "ptr", k: "move", x: 10, y: 10, buttons: 0, clicks: 0, mod: 0 });
    await viewer.client.until("tabs", ({ tabs }) => tabs.length === 1 && tabs[0]?.id === frame.tab);
    viewer.client.close();
    await lost.close();
  });

  test("reads the page in words, and reaches what they name", async () => {
    await look("/login");
    client.send({ t: "outline", on: true });
    const { entries } = await client.until("outline", (one) => one.entries.length > 5);
    expect(entries).toContainEqual(expect.objectContaining({ role: "heading", name: "Entrar", level: 1 }));
    const find = (name: string) => entries.find((entry) => entry.name.startsWith(name))?.ref ?? 0;
    client.send({ t: "reach", ref: find("Senha"), k: "focus" });
    expect(await client.until("field")).toMatchObject({ kind: "password", label: "Senha" });
    client.send({ t: "reach", ref: find("Continuar"), k: "press" });
    await client.until("outline", (one) => one.entries.some(({ name }) => name === "Olá"));
  });

  test("says what the session is to hear, and is told its last word", async () => {
    await look("/login");
    client.send({ t: "extend" });
    client.send({ t: "done" });
    live.turn("checking");
    await client.until("state", ({ phase }) => phase === "checking");
    live.turn("live", { code: "NOT_LOGGED_IN", text: "You are not logged in yet." });
    expect((await client.until("state", ({ notice }) => notice !== null)).notice?.code).toBe("NOT_LOGGED_IN");
    client.send({ t: "ping" });
    await client.until("pong");
    expect(live.calls).toEqual(expect.arrayContaining(["extend", "done"]));
  });
});
