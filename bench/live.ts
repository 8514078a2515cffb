/**
 * What the live view costs its shopper, beside what was wanted: `npm run bench:live`. Server, viewer and decoder share the
 * machine; links are loopback but where said. It prints the table and writes it to bench/results; it fails for no time.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Browser } from "playwright";
import { openLiveViewServer } from "../src/browser/live-view/server.js";
import { findChromium } from "../src/browser/workshop.js";
import { openLog } from "../src/kernel/log.js";
import { openChromium } from "../test/support/chromium.js";
import { CASES, WHOLE } from "./live/cases.js";
import { openDecoder } from "./live/decoder.js";
import { failedRow, type Row, toText } from "./live/table.js";

const { values: given } = parseArgs({
  options: { only: { type: "string" }, quick: { type: "boolean", default: false }, help: { type: "boolean" } },
});
const wanted = given.only?.split(",") ?? WHOLE;
const unknown = wanted.filter((name) => !Object.hasOwn(CASES, name));
if (given.help || unknown.length > 0) {
  const why = unknown.length > 0 ? `no such case: ${unknown.join(", ")}\n` : "";
  process.stdout.write(`${why}npm run bench:live -- [--quick] [--only ${Object.keys(CASES).join(",")}]\n`);
  process.exit(unknown.length > 0 ? 2 : 0);
}
const say = (text: string) => void process.stderr.write(`  ${text}\n`);

const server = await openLiveViewServer({ host: "127.0.0.1", port: 0, log: openLog({ level: "silent" }) });
let opened: Promise<Browser> | null = null;
const browser = (): Promise<Browser> => {
  opened ??= openChromium();
  return opened;
};
const bench = { server, browser, decoder: openDecoder(browser), share: given.quick ? 0.1 : 1 };
const found = await findChromium({ configured: process.env.CHROMIUM_PATH });
const load = (): string => (loadavg()[0] ?? 0).toFixed(1);
const loads: Record<string, string> = {};
const rows: Row[] = [];
/** A case that hangs, as it would when somebody ends its browser, measured nothing. */
const CASE_MS = 5 * 60_000;
const measure = async (name: string): Promise<readonly Row[]> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${CASE_MS / 60_000} minutes`)), CASE_MS);
  });
  return await Promise.race([CASES[name]?.(bench) ?? [], late]).finally(() => clearTimeout(timer));
};
for (const name of wanted) {
  const began = performance.now();
  loads[name] = load();
  rows.push(...(await measure(name).catch((error: unknown) => [failedRow(name, error)])));
  say(`${name}: ${((performance.now() - began) / 1_000).toFixed(0)} s`);
}
const version = (await browser()).version();
await (await browser()).close();
await server.close();

const machine = `${cpus().length} cores, ${Math.round(totalmem() / 1e9)} GB, Node ${process.versions.node}, Chromium ${version} (${found.from})`;
const busy = Object.entries(loads).map(([name, at]) => `${name} ${at}`);
process.stdout.write(`\n${machine}; load before each case: ${busy.join(", ")}\n\n${toText(rows)}\n`);
const at = new Date().toISOString();
const folder = join(import.meta.dirname, "results");
await mkdir(folder, { recursive: true });
await writeFile(
  join(folder, `live-${at.replaceAll(":", "-")}.json`),
  `${JSON.stringify({ at, machine, loads, rows }, null, 2)}\n`,
);
process.exit(0);
