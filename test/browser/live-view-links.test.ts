/** Who may look: every way in that is none. The campaign `links` does the same in the thousands. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { openLiveViewServer } from "../../src/browser/live-view/server.js";
import type { LiveViewServer } from "../../src/browser/live-view/watched-session.js";
import { openLog } from "../../src/kernel/log.js";
import { tryLinks } from "../campaigns/link-tries.js";
import { claim, doorOf, enter, HELLO, makeNonce, openSocket } from "../support/live-client.js";
import { openEmptySession } from "../support/live-session.js";

let time = Date.parse("2026-03-01T12:00:00Z");
const clock = { now: () => new Date(time) };
const log = openLog({ level: "silent" });
let server: LiveViewServer;
beforeAll(async () => {
  server = await openLiveViewServer({ host: "127.0.0.1", port: 0, log, clock });
});
afterAll(() => server?.close());
beforeEach(() => {
  // Past every window of the limit on guesses.
  time += 10 * 60_000;
});

const inTenMinutes = (): Date => new Date(time + 600_000);

describe("a link", () => {
  test("is good for one browser, which comes back by its cookie as often as it likes", async () => {
    const { view, calls } = openEmptySession(server);
    const link = view.mintLink(inTenMinutes());
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v\/bs_\w+#[\w-]{43}$/);
    const door = doorOf(link);
    const first = await claim(door, door.secret);
    expect(first).toMatchObject({ status: 200, body: { embedders: [] } });
    expect(first.setCookie).toMatch(/^live-bs_\w+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    const client = await openSocket(door, first.body.ticket ?? "");
    client.send(HELLO);
    expect((await client.until("state")).phase).toBe("live");
    const stranger = doorOf(link);
    expect(await claim(stranger, stranger.secret)).toMatchObject({
      status: 403,
      body: { error: "used" },
      setCookie: "",
    });

    const again = await claim(door, null);
    expect(again).toMatchObject({ status: 200, setCookie: "" });
    const second = await openSocket(door, again.body.ticket ?? "");
    expect((await client.until("closed")).reason).toBe("revoked");
    await client.ended;
    expect((await second.until("state")).occasion.app).toBe("Corner Shop App");
    second.close();
    await second.ended;
    expect(calls).toEqual(["claimed", "attached", "detached", "attached", "detached"]);
  });

  test("a claim whose answer was lost is answered again, to the page that asked, and for a while", async () => {
    const { view, calls } = openEmptySession(server);
    const door = doorOf(view.mintLink(inTenMinutes()));
    const nonce = makeNonce();
    await claim({ ...door }, door.secret, { nonce });
    expect((await claim(door, door.secret, { nonce })).status).toBe(200);
    expect(calls).toEqual(["claimed"]);
    time += 31_000;
    expect((await claim({ ...door, cookie: "" }, door.secret, { nonce })).status).toBe(403);
    // Its cookie is the better proof.
    expect((await claim(door, door.secret, { nonce })).status).toBe(200);
  });

  test("ends when another is minted, or the session closes: whoever looks is told and gone at once", async () => {
    const { view } = openEmptySession(server);
    const { client, door } = await enter(view.mintLink(inTenMinutes()));
    const next = view.mintLink(inTenMinutes());
    expect((await client.until("closed")).reason).toBe("revoked");
    await client.ended;
    expect(await claim(door, null)).toMatchObject({ status: 404, body: { error: "unknown" } });
    const other = await enter(next);
    view.close();
    await other.client.ended;
    expect(await claim(other.door, null)).toMatchObject({ status: 404, body: { error: "unknown" } });
  });

  test("that is unknown, guessed, revoked or too old: one answer", async () => {
    const { view } = openEmptySession(server);
    const old = doorOf(view.mintLink(inTenMinutes()));
    time += 600_000;
    const revoked = doorOf(view.mintLink(inTenMinutes()));
    const current = doorOf(view.mintLink(inTenMinutes()));
    const tries = [old, revoked, { ...current, secret: "A".repeat(43) }, { ...current, id: "bs_unknown" }];
    for (const door of tries) {
      expect(await claim(door, door.secret)).toEqual({ status: 404, body: { error: "unknown" }, setCookie: "" });
    }
  });
});

describe("a socket", () => {
  test("needs the cookie, the page's own origin and a fresh ticket of one use", async () => {
    const { view } = openEmptySession(server);
    const door = doorOf(view.mintLink(inTenMinutes()));
    const { body } = await claim(door, door.secret);
    const ticket = body.ticket ?? "";
    await expect(openSocket(door, ticket, { origin: "https://evil.example" })).rejects.toThrow("404");
    await expect(openSocket(door, ticket, { cookie: "" })).rejects.toThrow("404");
    await expect(openSocket(door, "A".repeat(43))).rejects.toThrow("404");
    const client = await openSocket(door, ticket);
    await expect(openSocket(door, ticket)).rejects.toThrow("404");
    client.close();
    const late = await claim(door, null);
    time += 30_000;
    await expect(openSocket(door, late.body.ticket ?? "")).rejects.toThrow("404");
    expect((await claim(door, null, { origin: "https://evil.example" })).status).toBe(404);
  });

  test("guesses from one address are not listened to any more, whatever comes; another address is", async () => {
    const { view } = openEmptySession(server);
    const door = doorOf(view.mintLink(inTenMinutes()));
    for (let count = 0; count < 20; count++) await claim(door, "A".repeat(43), { from: "203.0.113.7" });
    expect((await claim(door, door.secret, { from: "203.0.113.7" })).status).toBe(429);
    expect((await claim(door, door.secret, { from: "203.0.113.8" })).status).toBe(200);
  });

  test.each([
    ["what is no JSON", "{"],
    ["an unknown message", `{"t":"eval","s":"1"}`],
    ["a second hello", JSON.stringify(HELLO)],
    ["more than a message may have", JSON.stringify({ t: "text", s: "x".repeat(17_000) })],
    ["a number that is none", `{"t":"ptr","k":"move","x":null,"y":0,"buttons":0,"clicks":0,"mod":0}`],
    ["bytes of no file", Buffer.from([9, 9, 9])],
  ])("that says %s is closed; the session lives on", async (_, bytes) => {
    const { view, calls } = openEmptySession(server);
    const { client, door } = await enter(view.mintLink(inTenMinutes()));
    client.raw(bytes);
    expect(await client.ended).toBe(1008);
    expect(calls.at(-1)).toBe("detached");
    expect((await claim(door, null)).status).toBe(200);
  });

  test("that says more than it may is read later, and all of it is heard", async () => {
    const { view, calls } = openEmptySession(server);
    const { client } = await enter(view.mintLink(inTenMinutes()));
    for (let count = 0; count < 1_500; count++) client.send({ t: "done" });
    client.send({ t: "ping" });
    await client.until("pong");
    expect(calls.filter((one) => one === "done")).toHaveLength(1_500);
  });

  test("that moves its mouse ten thousand times is heard at once, and its click is not lost", async () => {
    const { view, calls } = openEmptySession(server);
    const { client } = await enter(view.mintLink(inTenMinutes()));
    const move = { t: "ptr", k: "move", y: 1, buttons: 0, clicks: 0, mod: 0 } as const;
    for (let x = 0; x < 10_000; x++) client.send({ ...move, x });
    client.send({ t: "extend" });
    client.send({ t: "ping" });
    await client.until("pong");
    expect(calls.at(-1)).toBe("extend");
  });
});

describe("the page", () => {
  test("comes with every wall up, the same for a session that is none", async () => {
    const { session } = openEmptySession(server, { embedders: ["https://app.example"] });
    const of = async (id: string) => await fetch(`${server.origin}/v/${id}`);
    const [known, unknown] = [await of(session.id), await of("bs_none")];
    expect(await known.text()).toBe(await unknown.text());
    expect(unknown.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(unknown.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(known.headers.get("content-security-policy")).toContain("frame-ancestors https://app.example");
    expect(Object.fromEntries(unknown.headers)).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "x-robots-tag": expect.stringContaining("noindex"),
      "x-content-type-options": "nosniff",
    });
    expect((await fetch(`${server.origin}/v/assets/..%2f..%2findex.html`)).status).toBe(404);
  });

  test("behind TLS the cookie is bound to the host; in a frame it is partitioned", async () => {
    const origin = "https://live.example";
    const secure = await openLiveViewServer({ host: "127.0.0.1", port: 0, publicOrigin: origin, log, clock });
    try {
      const at = `http://127.0.0.1:${secure.port}`;
      const open = openEmptySession(secure, { embedders: ["https://app.example"] });
      const link = () => doorOf(open.view.mintLink(inTenMinutes()));
      const alone = link();
      const cookie = (await claim(alone, alone.secret, { at })).setCookie;
      expect(cookie).toMatch(/^__Host-live-bs_\w+=.*; Path=\/; HttpOnly; Secure; SameSite=Strict; Max-Age=/);
      const framed = link();
      const claimed = await claim(framed, framed.secret, { at, embedded: true });
      expect(claimed.setCookie).toMatch(/^__Host-live-.*; Secure; SameSite=None; Partitioned; /);
      expect(claimed.body.embedders).toEqual(["https://app.example"]);
      const client = await openSocket(framed, claimed.body.ticket ?? "", { at });
      client.close();
    } finally {
      await secure.close();
    }
  });

  test("no public origin without TLS, but on this machine", async () => {
    const open = (publicOrigin: string) => openLiveViewServer({ host: "127.0.0.1", port: 0, publicOrigin, log });
    await expect(open("http://live.example")).rejects.toThrow(TypeError);
    await expect(open("https://live.example/path")).rejects.toThrow(TypeError);
    await (await open("http://localhost:8080")).close();
  });
});

test("none of 200 tries of every kind is let in; the control is", async () => {
  const report = await tryLinks({ size: 200, seed: 7, say: () => undefined });
  expect(report.failures).toEqual([]);
  expect(report.controls.map(({ found }) => found > 0)).toEqual([true]);
}, 60_000);
