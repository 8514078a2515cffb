/** `npm run campaign -- <name> [--size N] [--seed N]` and `-- list`: runs a proof outside jest, on a cluster of its own. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { anonymizationCrashes } from "./anonymization-crashes.js";
import { anonymizationKills } from "./anonymization-kills.js";
import type { Campaign, CampaignReport } from "./campaign.js";
import { connectDatabaseKills, connectKills } from "./connect-kills.js";
import { erasure } from "./erasure.js";
import { gate } from "./gate.js";
import { impersonations } from "./impersonations.js";
import { inputs } from "./inputs.js";
import { kills } from "./kills.js";
import { links } from "./link-tries.js";
import { probes } from "./probes.js";
import { sessions } from "./sessions.js";
import { typing } from "./typing.js";
import { workerKills } from "./worker-kills.js";

const CAMPAIGNS: readonly Campaign[] = [
  probes,
  inputs,
  erasure,
  anonymizationCrashes,
  anonymizationKills,
  kills,
  links,
  typing,
  sessions,
  workerKills,
  connectKills,
  connectDatabaseKills,
  impersonations,
  gate,
];

const write = (line: string): void => void process.stdout.write(`${line}\n`);

function list(): void {
  for (const { name, title, size } of CAMPAIGNS) write(`${name.padEnd(24)}${title} (--size ${size})`);
}

interface Order {
  readonly campaign: Campaign;
  readonly size: number;
  readonly seed: number;
  readonly vectors: string | undefined;
}

function readOrder(): Order | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { size: { type: "string" }, seed: { type: "string" }, vectors: { type: "string" } },
  });
  const campaign = CAMPAIGNS.find(({ name }) => name === positionals[0]);
  if (campaign === undefined) return null;
  const size = Number(values.size ?? campaign.size);
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  if (!Number.isSafeInteger(size) || size < 1 || !Number.isSafeInteger(seed)) return null;
  return { campaign, size, seed, vectors: values.vectors };
}

/** As jest's global set-up does: the door behind which `createDatabase` finds the cluster. */
async function withDatabases<T>(work: () => Promise<T>): Promise<T> {
  const module = new URL("../support/database-setup.mjs", import.meta.url).href;
  const { default: openDoor } = (await import(module)) as { default: () => Promise<void> };
  await openDoor();
  try {
    return await work();
  } finally {
    await (globalThis as { shopkeyTestDatabases?: () => Promise<void> }).shopkeyTestDatabases?.();
  }
}

function print({ campaign, size, seed }: Order, report: CampaignReport, seconds: number): boolean {
  write(`\n${campaign.name}: size ${size}, seed ${seed}, ${seconds.toFixed(1)} s`);
  for (const [name, figure] of Object.entries(report.figures)) write(`  ${name.padEnd(44)}${figure}`);
  for (const { broken, found } of report.controls)
    write(`  control: ${broken}: ${found > 0 ? `caught (${found})` : "NOT CAUGHT"}`);
  for (const failure of report.failures.slice(0, 40)) write(`  FAILED: ${failure}`);
  const isGood = report.failures.length === 0 && report.controls.every(({ found }) => found > 0);
  write(isGood ? "  as it should be" : `  ${report.failures.length} failures`);
  return isGood;
}

const order = readOrder();
if (order === null) {
  list();
  process.exitCode = process.argv[2] === "list" ? 0 : 2;
} else {
  const started = performance.now();
  const { campaign, ...options } = order;
  const report = await withDatabases(() => campaign.run({ ...options, say: write }));
  process.exitCode = print(order, report, (performance.now() - started) / 1_000) ? 0 : 1;
}
