/** Cross-org probes: with the key of one org, everything of another is asked for at every place of the graph. */
import { fileURLToPath } from "node:url";
import type { GraphQLSchema } from "graphql";
import { openGateway } from "../support/gateway.js";
import { type Seeded, seeded } from "../vault/seeded.js";
import type { Campaign, CampaignOptions, CampaignReport } from "./campaign.js";
import { readGraph } from "./graph.js";
import { keepRows } from "./kept-rows.js";
import { type ProbeCase, probeCases, shuffled } from "./probe-cases.js";
import { probeWithoutWall, runControls } from "./probe-controls.js";
import { newTally, runPass, type Tally } from "./probe-pass.js";
import { openWorlds, type World } from "./worlds.js";

/** Probes of one case. */
const costOf = ({ ask }: ProbeCase): number => (ask.kind === "pair" ? 2 : 1);

/** Whole rounds over all cases, with fresh random values in each, until there are as many probes as asked for. */
function* rounds(schema: GraphQLSchema, own: World, others: readonly World[], random: Seeded, size: number) {
  for (let left = size; left > 0; ) {
    const chosen: ProbeCase[] = [];
    for (const one of shuffled(probeCases(schema, own, others, random), random)) {
      if (left <= 0) break;
      chosen.push(one);
      left -= costOf(one);
    }
    yield chosen;
  }
}

const SILENT_LIVE = fileURLToPath(new URL("silent-live-child.ts", import.meta.url));

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

async function runProbes(options: CampaignOptions): Promise<CampaignReport> {
  const gateway = await openGateway({ logLevel: "silent", definition: SILENT_LIVE, anonymizationGraceMs: 3_600_000 });
  try {
    const schema = readGraph();
    const random = seeded(options.seed);
    const worlds = await openWorlds(gateway);
    const rows = await keepRows(gateway.adminUrl);
    const tally = newTally();
    try {
      for (const own of worlds) {
        const others = worlds.filter((world) => world !== own);
        const pass = { url: gateway.url, own, others, rows, tally };
        const share = Math.ceil(options.size / worlds.length);
        for (const cases of rounds(schema, own, others, random, share)) await runPass(pass, cases);
        options.say(`  as ${own.name}: ${tally.probes} probes, ${tally.failures.length} failures`);
      }
      const unwalled = await probeWithoutWall(gateway, schema, worlds, rows, random, Math.ceil(options.size / 8));
      tally.failures.push(...unwalled.failures);
      options.say(`  with row-level security off: ${unwalled.probes} probes, ${unwalled.failures.length} failures`);
      const controls = await runControls(gateway, schema, worlds, rows, random);
      const figures = { ...figuresOf(tally, schema, worlds), "and with row-level security off": unwalled.probes };
      return { figures, failures: tally.failures, controls };
    } finally {
      await rows.close();
    }
  } finally {
    await gateway.close();
  }
}

function figuresOf(tally: Tally, schema: GraphQLSchema, worlds: readonly World[]) {
  const [own] = worlds;
  const cases = own === undefined ? [] : probeCases(schema, own, worlds.slice(1), seeded(1));
  return {
    probes: tally.probes,
    "fields of the graph": new Set(cases.map(({ field }) => field.name)).size,
    "places that were probed": new Set(cases.map(({ field, place }) => `${field.name} ${place.path}`)).size,
    "own things found (the probe does ask)": tally.ownAnswered,
    "leaks, tellings apart, changes, crashes": tally.failures.length,
    "median ms, foreign : unknown": `${median(tally.foreignMs).toFixed(2)} : ${median(tally.twinMs).toFixed(2)}`,
  };
}

/** As many probes as asked for, by the keys of two orgs in both environments. */
export const probes: Campaign = {
  name: "probes",
  title: "cross-org probes at every place of the graph that takes an id, a name or a cursor",
  size: 30_000,
  run: runProbes,
};
