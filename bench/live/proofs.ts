/** Rows that are a count and not a time: campaigns at a size of a minute or two, and the tests that try every case there is. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Campaign } from "../../test/campaigns/campaign.js";
import { links } from "../../test/campaigns/link-tries.js";
import { sessions } from "../../test/campaigns/sessions.js";
import { typing } from "../../test/campaigns/typing.js";
import { workerKills } from "../../test/campaigns/worker-kills.js";
import { type Bench, times } from "./bench.js";
import type { Row } from "./table.js";

type Case = (bench: Bench) => Promise<Row[]>;

/** Without failures, and with every control caught: whatever cannot fail proves nothing. */
const campaign =
  (row: string, { title, run, name, size: whole }: Campaign, size: number, target: string): Case =>
  async (bench) => {
    const tried = times(size, bench);
    const { failures, controls } = await run({ size: tried, seed: 14, say: () => undefined });
    const uncaught = controls.filter(({ found }) => found === 0).map(({ broken }) => broken);
    const more = tried < whole ? `; ${whole}: npm run campaign -- ${name}` : "";
    const blind = uncaught.length > 0 ? `; controls NOT caught: ${uncaught.join(", ")}` : "";
    return [
      {
        row,
        what: title,
        target,
        reached: `${failures.length} failures in ${tried}${blind}${more}`,
        isMet: failures.length === 0 && uncaught.length === 0,
      },
    ];
  };

const ROOT = resolve(import.meta.dirname, "../..");

const tested =
  (row: string, what: string, target: string, ...files: readonly string[]): Case =>
  async () => {
    const { passed, total } = await runTests(files);
    return [{ row, what, target, reached: `${passed} of ${total} tests`, isMet: total > 0 && passed === total }];
  };

async function runTests(files: readonly string[]): Promise<{ readonly passed: number; readonly total: number }> {
  const folder = await mkdtemp(join(tmpdir(), "shopkey-bench-tests-"));
  const output = join(folder, "tests.json");
  try {
    const jest = [join(ROOT, "node_modules/jest/bin/jest.js"), "--config", ".jestrc.mjs", "-w", "1"];
    const told = ["--json", `--outputFile=${output}`, ...files];
    const flags = ["--disable-warning=ExperimentalWarning", "--experimental-vm-modules"];
    const child = spawn(process.execPath, [...flags, ...jest, ...told], { cwd: ROOT, stdio: "ignore" });
    await new Promise<void>((done) => child.once("exit", () => done()));
    const report = JSON.parse(await readFile(output, "utf8")) as { numPassedTests: number; numTotalTests: number };
    return { passed: report.numPassedTests, total: report.numTotalTests };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const PROOFS = {
  kills: campaign("13", workerKills, 50, "the last saved login is there, 100 %"),
  typing: campaign("14", typing, 1_000, "100 % of 1,000 exact"),
  matrix: tested(
    "15",
    "lists, dialogs, files, windows, basic auth, dates; in a frame of another site too",
    "100 %",
    "test/browser/live-view-matrix.test.ts",
    "test/web/live-view-windows.test.ts",
  ),
  egress: tested(
    "16",
    "ways to an address that is not the store's (>= 25)",
    "0 hits",
    "test/browser/egress-proxy.test.ts",
    "test/browser/egress-browser.test.ts",
  ),
  links: campaign("17", links, 10_000, "0 of 10,000 let in"),
  secrets: tested(
    "18",
    "password, code and cookie in logs, tables, traces, errors, on the worker's disk",
    "0 hits",
    "test/flows/connect-in-a-live-view.test.ts",
    "test/browser/worker-door.test.ts",
  ),
  access: tested(
    "21",
    "axe, a login by keyboard alone, the page in words",
    "0 violations, pass",
    "test/web/live-view-access.test.ts",
    "test/browser/live-view-shopper.test.ts",
  ),
  cycles: campaign("22", sessions, 100, "0 processes, folders or files left of 500"),
} as const satisfies Readonly<Record<string, Case>>;
