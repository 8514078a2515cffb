/** A page in the language and the time zone of the store's country, down to the fields that Chromium itself draws. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { BrowserContext, Page } from "playwright";
import { openEgressProxy } from "../../src/browser/workshop.js";
import { DESKTOP, openTestHost, type TestHost } from "./browser-host.js";

const PAGE = `<!doctype html><input id=date type=date value="2026-03-31"><input id=time type=time value="15:04">
<input id=number type=number value="1.5">`;
const asked: (string | undefined)[] = [];
const server = createServer((request, answer) => {
  asked.push(request.headers["accept-language"]);
  answer.setHeader("content-type", "text/html").end(PAGE);
});
let opened: TestHost;

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  opened = await openTestHost(1);
}, 60_000);
afterAll(async () => {
  await opened?.close();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

const SAYS = `(async () => {
  const say = () => {
    const { locale, timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    return [navigator.language, locale, timeZone, new Date(0).toLocaleString(), (1234.5).toLocaleString()];
  };
  const script = URL.createObjectURL(new Blob(["postMessage((" + say + ")())"]));
  const worker = await new Promise((heard) => { new Worker(script).onmessage = ({ data }) => heard(data); });
  return { page: say(), worker };
})()`;

/** What stands in a field, as whoever looks at it reads it: its own pieces are hidden from the page. */
async function shownIn(context: BrowserContext, page: Page): Promise<Readonly<Record<string, string>>> {
  interface Node {
    readonly nodeValue: string;
    readonly attributes?: readonly string[];
    readonly children?: readonly Node[];
    readonly shadowRoots?: readonly Node[];
  }
  const textOf = ({ nodeValue, children = [], shadowRoots = [] }: Node): string =>
    nodeValue + [...shadowRoots, ...children].map(textOf).join("");
  const inputsOf = (node: Node): readonly Node[] =>
    node.attributes?.includes("id") ? [node] : (node.children ?? []).flatMap(inputsOf);
  const cdp = await context.newCDPSession(page);
  const { root } = await cdp.send("DOM.getDocument", { depth: -1, pierce: true });
  return Object.fromEntries(
    inputsOf(root).map((one) => [one.attributes?.[1] ?? "", textOf(one).replaceAll(/\s+/g, " ").trim()]),
  );
}

async function look(locale: string, timezone: string) {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = await openEgressProxy({ rules: { kind: "sandbox", origins: new Map([["shop.example", origin]]) } });
  const slot = await opened.host.claim();
  try {
    const start = { ...DESKTOP, locale, timezone, proxyUrl: proxy.url, trustedKey: proxy.trustedKey };
    const { page, context } = await opened.host.start(slot, start);
    await page.goto("https://shop.example/");
    return { said: await page.evaluate(SAYS), fields: await shownIn(context, page), header: asked.at(-1) };
  } finally {
    await slot.release();
    await proxy.close();
  }
}

test("a Brazilian page says so to scripts, to the store, and in its fields", async () => {
  const { said, fields, header } = await look("pt-BR", "America/Sao_Paulo");
  const all = ["pt-BR", "pt-BR", "America/Sao_Paulo", "31/12/1969, 21:00:00", "1.234,5"];
  expect(said).toEqual({ page: all, worker: all });
  expect(header).toMatch(/^pt-BR\b/);
  expect(fields).toEqual({ date: "31/03/2026", time: "15:04", number: "1,5" });
}, 60_000);

test("and an American page is one", async () => {
  const { said, fields, header } = await look("en-US", "America/New_York");
  expect(said).toMatchObject({ page: ["en-US", "en-US", "America/New_York", "12/31/1969, 7:00:00 PM", "1,234.5"] });
  expect(header).toMatch(/^en-US\b/);
  expect(fields).toEqual({ date: "03/31/2026", time: "03:04 PM", number: "1.5" });
}, 60_000);
