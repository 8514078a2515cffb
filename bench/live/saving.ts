/** A login kept and proved: saved with its browser shut, restored in a new process, asked whether it is still one. */
import { randomBytes } from "node:crypto";
import type { Page } from "@shopkey/adapter-sdk";
import type { Page as PlaywrightPage } from "playwright";
import { logIn, openNineItemsSite, readNineItems } from "../../test/browser/nine-items-site.js";
import { sessionAt, surroundingsOf } from "../../test/browser/worker-bench.js";
import { type Bench, times } from "./bench.js";
import { never, openStand, type Stand } from "./stand.js";
import { quantile, type Row, timesRow } from "./table.js";

/** What the site does with a page, a lent one can do too. */
const sited = (page: Page) => page as unknown as PlaywrightPage;

export async function measureSaving(bench: Bench): Promise<Row[]> {
  const [stand, site] = [await openStand(), await openNineItemsSite()];
  const rounds: Round[] = [];
  try {
    for (let turn = 0; turn < times(20, bench); turn++) rounds.push(await saveOnce(stand, site.origin));
  } finally {
    await stand.close();
    await site.close();
  }
  const of = (what: "save" | "ready" | "proved") => ({ all: rounds.map((one) => one[what]), misses: 0 });
  const least = Math.min(...rounds.map(({ items }) => items.length));
  const lost = [...new Set(rounds.flatMap(({ lost }) => lost))];
  const ready = of("ready").all;
  return [
    {
      row: "11",
      what: `items of a login that are there after a restore in a new process, ${rounds.length} rounds`,
      target: "9 of 9",
      reached: `${least} of 9${lost.length > 0 ? ` (lost: ${lost.join(", ")})` : ""}`,
      isMet: least === 9,
    },
    timesRow("12", "save: browser shut, packed, sealed, on disk", of("save"), { median: null, p95: 250 }),
    timesRow("12", "restore: new process -> the store says who it is", of("proved"), { median: null, p95: 800 }),
    {
      row: "",
      what: "of that, until a page is lent (withContextPage)",
      target: "",
      reached: `${quantile(ready, 0.5).toFixed(0)} / ${quantile(ready, 0.95).toFixed(0)} ms (n ${ready.length})`,
      isMet: null,
    },
  ];
}

interface Round {
  readonly save: number;
  readonly ready: number;
  readonly proved: number;
  readonly items: readonly string[];
  readonly lost: readonly string[];
}

async function saveOnce({ layer, pageOf }: Stand, origin: string): Promise<Round> {
  const { sessionId } = await layer.openSession(sessionAt(origin), never);
  const publicKey = await logIn(pageOf(sessionId));
  const lease = { contextId: `ctx_${randomBytes(12).toString("hex")}`, generation: 0, key: randomBytes(32) };
  const began = performance.now();
  const generation = await layer.saveSession(sessionId, lease, never);
  const saved = performance.now();
  const request = { surroundings: surroundingsOf(origin), context: { ...lease, generation }, keep: false };
  const { result } = await layer.withContextPage(request, never, async (page) => {
    const ready = performance.now();
    await page.goto("https://shop.example/me");
    const isAna = (await page.evaluate("document.body.textContent")) === "ana";
    const proved = performance.now();
    return { ready, proved, isAna, found: await readNineItems(sited(page), publicKey) };
  });
  await layer.endSession(sessionId, "connected");
  await layer.deleteContext(lease.contextId);
  const { ready, proved, isAna, found } = result;
  if (!isAna) throw new Error("the login was not there after its restore");
  const names = Object.keys(found);
  return {
    save: saved - began,
    ready: ready - saved,
    proved: proved - saved,
    items: names.filter((name) => found[name]),
    lost: names.filter((name) => !found[name]),
  };
}
