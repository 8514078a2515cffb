/** The same walls, tried from inside: a hostile page in a Chromium of ours, and what reaches this machine. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Page } from "playwright";
import { WebSocketServer } from "ws";
import { type EgressProxy, openEgressProxy } from "../../src/browser/workshop.js";
import { openChromium } from "../support/chromium.js";
import { DESKTOP, openTestHost, type TestHost } from "./browser-host.js";

let hostile: Server;
let internal: Server;
let opened: TestHost;
let proxy: EgressProxy;
let hits: string[] = [];
const forwarded: IncomingMessage["headers"][] = [];

const listen = (server: Server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const portOf = (server: Server) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  internal = createServer((asked, answer) => {
    hits.push(asked.url ?? "");
    answer.setHeader("access-control-allow-origin", "*").end("internal");
  });
  internal.on("upgrade", (asked, socket) => {
    hits.push(asked.url ?? "");
    socket.destroy();
  });
  hostile = createServer((asked, answer) => {
    forwarded.push(asked.headers);
    const url = new URL(asked.url ?? "/", "http://hostile");
    const to = url.searchParams.get("to");
    if (to) return void answer.writeHead(302, { location: to }).end();
    answer.setHeader("content-type", "text/html").end("<!doctype html><title>hostile</title>");
  });
  const sockets = new WebSocketServer({ server: hostile });
  sockets.on("connection", (socket) => socket.on("message", (text) => socket.send(`echo ${String(text)}`)));
  await Promise.all([listen(internal), listen(hostile)]);
  const origins = new Map([["hostile.example", `http://127.0.0.1:${portOf(hostile)}`]]);
  proxy = await openEgressProxy({ rules: { kind: "sandbox", origins } });
  opened = await openTestHost();
}, 60_000);
afterAll(async () => {
  await proxy?.close();
  await opened?.close();
  for (const server of [internal, hostile]) {
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  }
});

/** Tries every door that a page has, each with a number that shows in the internal server's list. */
async function attack(page: Page, inside: string): Promise<void> {
  const [, port] = inside.split(":");
  await page.evaluate(`(async () => {
    const over = (promise) => Promise.race([promise, new Promise((r) => setTimeout(r, 3000))]).catch(() => {});
    const loads = (element, put) => over(new Promise((r) => { element.onload = element.onerror = r; put(element); document.body.append(element); }));
    const at = (n) => "http://${inside}/" + n;
    await Promise.all([
      over(fetch(at(1), { mode: "no-cors" })),
      loads(new Image(), (e) => { e.src = at(2); }),
      loads(document.createElement("script"), (e) => { e.src = at(3); }),
      loads(Object.assign(document.createElement("link"), { rel: "stylesheet" }), (e) => { e.href = at(4); }),
      loads(document.createElement("iframe"), (e) => { e.src = at(5); }),
      over(new Promise((r) => { const s = new WebSocket("ws://${inside}/6"); s.onclose = s.onerror = r; })),
      over(new Promise((r) => { const s = new EventSource(at(7)); s.onerror = () => { s.close(); r(); }; })),
      over(new Promise((r) => { const x = new XMLHttpRequest(); x.onloadend = r; x.open("POST", at(8)); x.send("x"); })),
      over(fetch("/?to=" + encodeURIComponent(at(9)), { mode: "no-cors" })),
      loads(document.createElement("iframe"), (e) => { e.src = "/?to=" + encodeURIComponent(at(10)); }),
      over(fetch("http://localhost:${port}/11", { mode: "no-cors" })),
      over(fetch("http://2130706433:${port}/12", { mode: "no-cors" })),
      over(fetch("http://[::ffff:127.0.0.1]:${port}/13", { mode: "no-cors" })),
      loads(document.createElement("video"), (e) => { e.onerror = e.onloadstart = null; e.src = at(14); e.load(); setTimeout(() => e.dispatchEvent(new Event("load")), 500); }),
      loads(document.createElement("object"), (e) => { e.data = at(15); }),
      over((async () => { navigator.sendBeacon(at(16), "x"); })()),
    ]);
  })()`);
}

describe("a hostile page", () => {
  test("reaches nothing of this machine, by any door", async () => {
    hits = [];
    const slot = await opened.host.claim();
    const start = { ...DESKTOP, proxyUrl: proxy.url, trustedKey: proxy.trustedKey };
    const { page, context } = await opened.host.start(slot, start);
    for (const scheme of ["http", "https"]) {
      await page.goto(`${scheme}://hostile.example/`);
      await attack(page, `127.0.0.1:${portOf(internal)}`);
    }
    const candidates = await page.evaluate(`new Promise(async (resolve) => {
      const found = [];
      const peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:127.0.0.1:${portOf(internal)}" }] });
      peer.onicecandidate = ({ candidate }) => candidate ? found.push(candidate.candidate) : resolve(found);
      peer.createDataChannel("x");
      await peer.setLocalDescription();
    })`);
    expect(candidates).toEqual([]);
    await expect(page.evaluate(`fetch("file:///etc/passwd")`)).rejects.toThrow("Failed to fetch");
    await page.evaluate(`{ window.open("file:///etc/passwd") }`);
    expect(
      context
        .pages()
        .map((one) => one.url())
        .filter((url) => url.startsWith("file:")),
    ).toEqual([]);
    expect(hits).toEqual([]);
    await slot.release();
  }, 60_000);

  test("is the control: without these walls it does reach", async () => {
    hits = [];
    const browser = await openChromium();
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${portOf(hostile)}/`);
      await attack(page, `127.0.0.1:${portOf(internal)}`);
      const doors = new Set(hits.map((url) => Number(url.slice(1))).filter(Boolean));
      expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16].filter((door) => !doors.has(door))).toEqual([]);
    } finally {
      await browser.close();
    }
  }, 60_000);
});

describe("a sandbox", () => {
  test("answers for a https host, told which; its WebSockets too; another host is not there", async () => {
    const slot = await opened.host.claim();
    const start = { ...DESKTOP, proxyUrl: proxy.url, trustedKey: proxy.trustedKey };
    const { page } = await opened.host.start(slot, start);
    forwarded.length = 0;
    await page.goto("https://hostile.example/path");
    expect(await page.evaluate("isSecureContext")).toBe(true);
    expect(forwarded[0]).toMatchObject({ "x-forwarded-host": "hostile.example", "x-forwarded-proto": "https" });
    const echoed = await page.evaluate(`new Promise((resolve, reject) => {
      const socket = new WebSocket("wss://hostile.example/talk");
      socket.onopen = () => socket.send("hello");
      socket.onmessage = (event) => resolve(event.data);
      socket.onerror = reject;
    })`);
    expect(echoed).toBe("echo hello");
    await expect(page.goto("https://other.example/")).rejects.toThrow("ERR_TUNNEL_CONNECTION_FAILED");
    await slot.release();
  }, 60_000);

  test("is trusted by its own session's browser alone", async () => {
    const slot = await opened.host.claim();
    const { page } = await opened.host.start(slot, { ...DESKTOP, proxyUrl: proxy.url, trustedKey: null });
    await expect(page.goto("https://hostile.example/")).rejects.toThrow("ERR_CERT");
    await slot.release();
  }, 60_000);
});
