/** Amazon played against a gateway: contract vectors from a file, then bursts with retries and clocks that are off. */
import { readFile } from "node:fs/promises";
import { entryOf, PUBLISHED, playBurst, playVectors, type VectorFile } from "@shopkey/adapter-amazon-connector/sandbox";
import { admit, openConnector, SETTINGS, VERIFY } from "../gate/gate.js";
import { openStages } from "../gate/stages.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import type { Campaign, CampaignOptions, CampaignReport, Control } from "./campaign.js";

/** An app keeps so many passes good; each shopper shows them all. */
const PASSES = 8;
/** So much is the gate's clock ahead of the code's: all that is still fresh. */
const SKEWS_S = [0, 30, 90, -30] as const;
const issuedAt = (code: string): number => Number(code.slice("GWID".length, "GWID".length + 10));

async function playFile(gateway: TestGateway, path: string | undefined, failures: string[]): Promise<number> {
  const file = path === undefined ? PUBLISHED : (JSON.parse(await readFile(path, "utf8")) as VectorFile);
  const verdicts = await playVectors(file, openStages(gateway));
  for (const { id, title, fault } of verdicts) if (fault !== null) failures.push(`${id} ${title}: ${fault}`);
  return verdicts.length;
}

/** A vector whose wanted answer is wrong must be found at fault. */
async function spoilOne(gateway: TestGateway): Promise<Control> {
  const [first] = PUBLISHED.vectors;
  const vectors = first === undefined ? [] : [{ ...first, expect: { ...first.expect, status: 418 } }];
  const verdicts = await playVectors({ ...PUBLISHED, vectors }, openStages(gateway));
  return { broken: "a vector that wants another status", found: verdicts.filter(({ fault }) => fault !== null).length };
}

async function burst(gateway: TestGateway, size: number, skewSeconds: number, failures: string[]) {
  const connector = await openConnector(gateway, { ...SETTINGS, maxAgeSeconds: 90 });
  const shoppers = Math.max(1, Math.ceil(size / PASSES / SKEWS_S.length));
  const codes: string[] = [];
  for (let nth = 0; nth < shoppers; nth += 1) {
    const shopper = await admit(gateway, connector, {});
    for (let pass = 0; pass < PASSES; pass += 1) codes.push((await shopper.refresh()).gatePass?.code ?? "");
  }
  const send = async (path: string, body: string) => {
    const { status, headers, text } = await connector.post(path, body);
    return { status, text, headers: Object.fromEntries(headers) };
  };
  const eventAt = (code: string) => new Date((issuedAt(code) + skewSeconds) * 1_000);
  const report = await playBurst({ send, codes, storeId: "STORE-001", together: 32, eventAt, twiceEvery: 3 });
  const turnedAway = report.answered.filter(({ status }) => status !== 200);
  if (turnedAway.length > 0)
    failures.push(`${turnedAway.length} fresh codes were refused, clock off by ${skewSeconds} s`);
  if (report.contradictions > 0) failures.push(`${report.contradictions} repetitions were answered otherwise`);
  if (report.unanswered.length > 0) failures.push(`${report.unanswered.length} were not answered`);
  const late = await connector.post(
    VERIFY,
    entryOf(codes[0] ?? "", "STORE-001", new Date((issuedAt(codes[0] ?? "") + 91) * 1_000)),
  );
  if (late.status !== 401) failures.push("a code that was too old was taken");
  return report;
}

async function run({ size, say, vectors }: CampaignOptions): Promise<CampaignReport> {
  const gateway = await openGateway({ logLevel: "error" });
  const failures: string[] = [];
  try {
    say("vectors…");
    const played = await playFile(gateway, vectors, failures);
    say("bursts…");
    const reports = [];
    for (const skew of SKEWS_S) reports.push(await burst(gateway, size, skew, failures));
    const control = await spoilOne(gateway);
    return {
      figures: {
        "vectors played": played,
        "entries answered": reports.reduce((sum, { answered }) => sum + answered.length, 0),
        "slowest answer, ms": Math.round(Math.max(...reports.map(({ slowestMs }) => slowestMs))),
      },
      failures,
      controls: [control],
    };
  } finally {
    await gateway.close();
  }
}

export const gate: Campaign = {
  name: "gate",
  title: "Amazon plays its contract vectors (--vectors <file>) and bursts of shoppers",
  size: 400,
  run,
};
