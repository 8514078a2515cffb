/**
 * What the live view costs its shopper, beside what was wanted: `npm run bench:live`. Server, viewer and decoder share the
 * machine; links are loopback but where said. It prints the table and writes it to bench/results; it fails for no time.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openLiveViewServer } from "../src/browser/live-view/server.js";
import { findChromium } from "../src/browser/workshop.js";
import { openLog } from "../src/kernel/log.js";
import { openChromium } from "../test/support/chromium.js";
import { CASES } from "./live/cases.js";
import { type Row, toText } from "./live/table.js";

const { values: given } = parseArgs({
  options: { only: { type: "string" }, quick: { type: "boolean", default: false }, help: { type: "boolean" } },
});
const names = Object.keys(CASES) as (keyof typeof CASES)[];
const wanted = given.only?.split(",") ?? names;
if (given.help) {
  process.stdout.write(`npm run bench:live -- [--quick] [--only ${names.join(",")}]\n`);
  process.exit(0);
}
const say = (text: string) => void process.stderr.write(`  ${text}\n`);

const server = await openLiveViewServer({ host: "127.0.0.1", port: 0, log: openLog({ level: "silent" }) });
const browser = await openChromium();
const bench = { server, browser, decoder: await browser.newPage(), share: given.quick ? 0.1 : 1 };
const found = await findChromium({ configured: process.env.CHROMIUM_PATH });
const machine = `${cpus().length} cores, ${Math.round(totalmem() / 1e9)} GB, Chromium ${browser.version()} (${found.from})`;
const loadBefore = loadavg()[0] ?? 0;
const rows: Row[] = [];
for (const name of names.filter((one) => wanted.includes(one))) {
  say(`${name} …`);
  rows.push(...(await CASES[name](bench)));
}
await browser.close();
await server.close();

const load = `load when it began: ${loadBefore.toFixed(1)}`;
process.stdout.write(`\n${machine}; ${load}\n\n${toText(rows)}\n`);
const at = new Date().toISOString();
const folder = join(import.meta.dirname, "results");
await mkdir(folder, { recursive: true });
await writeFile(
  join(folder, `live-${at.replaceAll(":", "-")}.json`),
  `${JSON.stringify({ at, machine, loadBefore, rows }, null, 2)}\n`,
);
process.exit(0);
