/** A gateway, and then its database with it, is killed while shoppers stream in: no answer that was given is lost. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { playBurst } from "@shopkey/adapter-amazon-connector/sandbox";
import { type KilledGateway, type Killing, startKillable } from "../campaigns/killed-gateway.js";
import type { Answer } from "../support/gateway.js";
import { admit, type Connector, type Desk, openConnector, post, SETTINGS, type Shopper, VERIFY } from "./gate.js";

const KILLINGS: readonly Killing[] = process.platform === "linux" ? ["gateway", "everything"] : ["gateway"];
const SHOPPERS = 10;
/** An app keeps so many passes good. */
const PASSES = 6;

let dataDir: string;
let running: KilledGateway;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "shopkey-gate-"));
  running = await start();
}, 120_000);
afterAll(async () => {
  await running.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

const start = () => startKillable(dataDir, "", "killed-gate-child.ts");
const desk = (): Desk => ({
  ...{ url: running.url, key: running.key },
  ask: async <T>(query: string, variables: object = {}, key: string | null = running.key) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const body = JSON.stringify({ query, variables });
    const reply = await fetch(`${running.url}/graphql`, { method: "POST", headers, body });
    return { status: reply.status, headers: reply.headers, body: (await reply.json()) as Answer<T>["body"] };
  },
});

async function passesOf(shoppers: readonly Shopper[]): Promise<string[]> {
  const codes: string[] = [];
  for (let nth = 0; nth < PASSES; nth += 1)
    for (const shopper of shoppers) codes.push((await shopper.refresh()).gatePass?.code ?? "");
  return codes;
}

test.each(KILLINGS)(
  "%s",
  async (what) => {
    const connector: Connector = await openConnector(desk(), { ...SETTINGS, maxAgeSeconds: 600 });
    const shoppers: Shopper[] = [];
    for (let nth = 0; nth < SHOPPERS; nth += 1) shoppers.push(await admit(desk(), connector));
    const codes = await passesOf(shoppers);
    const ask = (body: string) => post(running.url, `/stores/${connector.storeId}${VERIFY}`, body);
    const send = async (_path: string, body: string) => {
      const { status, headers, text } = await ask(body);
      return { status, text, headers: Object.fromEntries(headers) };
    };

    let killed: Promise<void> | undefined;
    const onAnswer = (answered: number) => {
      if (answered === codes.length / 3) killed ??= running.kill(what);
    };
    const burst = await playBurst({ send, codes, storeId: "STORE-001", together: 8, retryAfterMs: 10, onAnswer });
    await killed;
    running = await start();

    expect(burst.answered.length).toBeGreaterThanOrEqual(codes.length / 3);
    expect(burst.answered.filter(({ status }) => status !== 200)).toEqual([]);
    expect(burst.unanswered.length).toBeGreaterThan(0);
    // Every answer that was given is given again, and its code is spent for everybody else.
    for (const { body, text } of burst.answered) {
      expect((await ask(body)).text).toBe(text);
      expect((await ask(JSON.stringify({ ...JSON.parse(body), requestId: crypto.randomUUID() }))).status).toBe(401);
    }
    // What was not answered is answered now, whether the code was spent on the way down or not.
    for (const { body } of burst.unanswered) expect((await ask(body)).status).toBe(200);
  },
  240_000,
);
