/** Stages for vectors: a Store of a real gateway, furnished through the graph, asked over HTTP. */
import { setTimeout as wait } from "node:timers/promises";
import type { FixtureKey, Fixtures, OpenStage, Stage } from "@shopkey/adapter-amazon-connector/sandbox";
import pg from "pg";
import type { TestGateway } from "../support/gateway.js";
import { admit, type Connector, entry, openConnector, updateConnector, VERIFY } from "./gate.js";

const FORGET = `mutation ($input: RequestAnonymizationInput!) {
  requestAnonymization(input: $input) { request { id } userErrors { code message } } }`;

/** Asks the org's own way and waits for the clock. */
export async function forget(gateway: TestGateway, externalId: string): Promise<void> {
  const { body } = await gateway.ask<{ requestAnonymization: { userErrors: readonly { code: string }[] } }>(FORGET, {
    input: { consumer: { externalId } },
  });
  const errors = body.errors ?? body.data?.requestAnonymization.userErrors ?? [];
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  const admin = new pg.Client({ connectionString: gateway.adminUrl });
  await admin.connect();
  try {
    for (let turn = 0; turn < 600; turn += 1) {
      const { rows } = await admin.query<{ status: string }>("select status from consumer where external_id = $1", [
        externalId,
      ]);
      if (rows.every(({ status }) => status === "ANONYMIZED")) return;
      await wait(100);
    }
  } finally {
    await admin.end();
  }
  throw new Error("the shopper is not forgotten in time");
}

const settingsOf = ({ stores, dynamicCode = {} }: Fixtures) => ({
  prefix: "GWID",
  inbound: { kind: "hmac" },
  ...(dynamicCode.maxAgeSeconds === undefined ? {} : { maxAgeSeconds: dynamicCode.maxAgeSeconds }),
  ...(dynamicCode.futureSkewSeconds === undefined ? {} : { futureSkewSeconds: dynamicCode.futureSkewSeconds }),
  stores: Object.entries(stores).map(([id, rules]) => ({ id, ...rules })),
});

/** Answers by which a fixture's shopper becomes known. */
function answersOf(fixtures: Fixtures): { readonly answers: Record<string, string>; readonly key: FixtureKey }[] {
  const loyaltyOf = (id?: string): Record<string, string> => {
    const told = id === undefined ? undefined : fixtures.scanDetails?.[id];
    return told === undefined ? {} : { provider: told.provider, promotionIds: told.promotionIds.join(",") };
  };
  const named = (name: string, value: string, key: FixtureKey) => ({
    answers: {
      ...(key.type === "LOYALTY" ? { loyaltyCard: value } : { [name]: value }),
      ...(key.type === "ASSOCIATE" ? { role: "ASSOCIATE" } : {}),
      ...(key.oneTime === true ? { once: "true" } : {}),
      ...loyaltyOf(key.id),
    },
    key,
  });
  return [
    ...Object.entries(fixtures.keys ?? {}).map(([code, key]) => named("code", code, key)),
    ...Object.entries(fixtures.recognitionTokens ?? {}).map(([token, key]) => named("token", token, key)),
    ...Object.entries(fixtures.phones ?? {}).map(([phone, id]) => named("phone", phone, { id, type: "SHOPPER" })),
  ];
}

async function furnish(gateway: TestGateway, connector: Connector, fixtures: Fixtures): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const { answers, key } of answersOf(fixtures)) {
    const shopper = await admit(gateway, connector, answers);
    if (key.blocked === true) await shopper.disconnect();
    else if (key.erased === true) await forget(gateway, shopper.externalId);
    else if (key.id !== undefined) ids.set(key.id, await shopper.idAs(key.type ?? "SHOPPER"));
  }
  return ids;
}

const ONE_A_MINUTE = { perMinute: 1, burst: 1 };
const nobody = (storeId = "") => entry("nobody", { storeId: storeId || "STORE-001" });

/** A gateway hears of a change a moment after it was made. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await isSo()); turn += 1) {
    if (turn > 1_000) throw new Error("the change is not heard of");
    await wait(5);
  }
}

export function openStages(gateway: TestGateway): OpenStage {
  return async (fixtures): Promise<Stage> => {
    const settings = settingsOf(fixtures);
    const connector = await openConnector(gateway, settings);
    const ids = await furnish(gateway, connector, fixtures);
    return {
      ids,
      send: async (path, body) => {
        const { status, headers, text } = await connector.post(path, body);
        return { status, text, headers: Object.fromEntries(headers) };
      },
      exhaustRate: async (storeId) => {
        await updateConnector(gateway, connector, { settings: { ...settings, rate: ONE_A_MINUTE } });
        await until(async () => (await connector.post(VERIFY, nobody(storeId))).status === 429);
      },
      restoreRate: async () => {
        await updateConnector(gateway, connector, { settings });
        await until(async () => (await connector.post(VERIFY, nobody())).status === 401);
      },
      ...cutting(gateway),
    };
  };
}

/** Nobody gets a connection to the gateway's database, and whoever has one loses it. */
function cutting(gateway: Pick<TestGateway, "adminUrl">): Pick<Stage, "cut" | "mend"> {
  const name = new URL(gateway.adminUrl).pathname.slice(1);
  const asAdmin = async (statements: readonly string[]) => {
    const url = new URL(gateway.adminUrl);
    url.pathname = "/postgres";
    const admin = new pg.Client({ connectionString: url.href });
    await admin.connect();
    for (const statement of statements) await admin.query(statement);
    await admin.end();
  };
  return {
    cut: () =>
      asAdmin([
        `alter database ${name} with allow_connections false`,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      ]),
    mend: () => asAdmin([`alter database ${name} with allow_connections true`]),
  };
}
