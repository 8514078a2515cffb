/** A login at Mercado Livre as time goes by: stores that doubt, clocks that come around, links that nobody opens, another country. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright";
import { openChromium } from "../support/chromium.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { learnMeliLogin } from "../support/meli-login.js";
import { DESKTOP, openShopper, type Shopper, until } from "../support/shopper.js";
import { payloadOf, type UserError } from "../support/story.js";
import { buildLiveView } from "../web/live-view-visit.js";

const STEP = "connection { id status statusReason nextAction lastVerifiedAt } userErrors { code message }";
const REGISTER = `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { userErrors { code } } }`;
const CONSUMER = `mutation ($input: CreateConsumerInput!) { createConsumer(input: $input) { userErrors { code } } }`;
const START = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) { ${STEP} liveViewUrl expiresAt } }`;
const FINISH = `mutation ($input: FinishConnectionInput!) { finishConnection(input: $input) { ${STEP} } }`;
const CANCEL = `mutation ($input: CancelConnectionInput!) { cancelConnection(input: $input) { ${STEP} } }`;
const VERIFY = `mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) { health why ${STEP} } }`;
const FIND = `query ($id: ID!) { connection(id: $id) { id status statusReason nextAction lastVerifiedAt } }`;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const store = { slug: "mercadolivre" };

interface Connection {
  readonly id: string;
  readonly status: string;
  readonly lastVerifiedAt: string | null;
}
interface Payload {
  readonly connection: Connection;
  readonly health: string;
  readonly liveViewUrl: string;
  readonly userErrors: readonly UserError[];
}

let browser: Browser;
let gateway: TestGateway;
let shifted = 0;
const shoppers: Shopper[] = [];

beforeAll(async () => {
  await buildLiveView();
  browser = await openChromium();
  const times = { clock: { now: () => new Date(Date.now() + shifted) }, paces: { connectionsEveryMs: 300 } };
  gateway = await openGateway({ browser: { mode: "local", slots: 4 }, times });
}, 90_000);
afterAll(async () => {
  for (const shopper of shoppers) await shopper.close();
  await browser?.close();
  await gateway?.close();
}, 60_000);

async function act(query: string, input: object): Promise<Payload> {
  return payloadOf(await gateway.ask<Record<string, Payload>>(query, { input }));
}
const find = async (id: string) =>
  (await gateway.ask<{ connection: Connection }>(FIND, { id })).body.data?.connection ?? null;
const becomes = (id: string, status: string) =>
  until(
    () => find(id),
    (found) => found?.status === status,
  );
const verify = async (connection: string) => {
  const { health, connection: now } = await act(VERIFY, { connection });
  return [health, now.status];
};
const setSwitches = (switches: object, account = "MLB") =>
  fetch(`${gateway.sandboxes.get("meli")}/_sandbox/switches?account=${account}`, {
    ...{ method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(switches) },
  });
const consumerOf = async (externalId: string) => {
  await act(CONSUMER, { externalId });
  return { externalId };
};
async function look(link: string): Promise<Shopper> {
  const shopper = await openShopper(browser, link, DESKTOP);
  shoppers.push(shopper);
  await shopper.enter();
  return shopper;
}

async function connect(externalId: string): Promise<string> {
  const { liveViewUrl, connection, userErrors } = await act(START, { consumer: await consumerOf(externalId), store });
  expect(userErrors).toEqual([]);
  const shopper = await look(liveViewUrl);
  const login = await learnMeliLogin(gateway.sandboxes.get("meli") ?? "", await shopper.size(), DESKTOP);
  await login.begin(shopper);
  await login.giveCode(shopper);
  await shopper.heading("Conta conectada");
  await becomes(connection.id, "ACTIVE");
  return connection.id;
}

test("a store that doubts is believed the third time in a row; one that is down, changed or asks for more says nothing", async () => {
  const id = await connect("doubted");
  const behind = async (switches: object) => {
    await setSwitches(switches);
    return verify(id);
  };
  expect(await behind({ antiBot: true })).toEqual(["INCONCLUSIVE", "ACTIVE"]);
  expect(await behind({ antiBot: "registration" })).toEqual(["INCONCLUSIVE", "ACTIVE"]);
  expect(await behind({})).toEqual(["LIVE", "ACTIVE"]);
  expect(await behind({ antiBot: true })).toEqual(["INCONCLUSIVE", "ACTIVE"]);
  for (const switches of [{ stepUp: true }, { blocked: true }, { trouble: "down" }, { changedPage: true }])
    expect([switches, ...(await behind(switches))]).toEqual([switches, "INCONCLUSIVE", "ACTIVE"]);
  expect(await behind({ delayMs: 200 })).toEqual(["LIVE", "ACTIVE"]);

  expect(await behind({ antiBot: true })).toEqual(["INCONCLUSIVE", "ACTIVE"]);
  expect(await behind({ antiBot: "loginhub" })).toEqual(["INCONCLUSIVE", "ACTIVE"]);
  expect(await behind({ antiBot: true })).toEqual(["EXPIRED", "EXPIRED"]);
  expect(await find(id)).toMatchObject({ statusReason: "CONNECTION_EXPIRED", nextAction: expect.any(String) });
  // It was a robot's fate, and no logout: the login was not thrown away.
  expect(await behind({})).toEqual(["LIVE", "ACTIVE"]);
}, 180_000);

test("a store that fails while it is asked whether the login is made leaves the live view to the shopper", async () => {
  const { liveViewUrl, connection } = await act(START, { consumer: await consumerOf("at-a-bad-time"), store });
  const shopper = await look(liveViewUrl);
  const codesOf = async (switches: object) => {
    await setSwitches(switches);
    const { userErrors } = await act(FINISH, { connection: connection.id });
    return [...userErrors.map(({ code }) => code), (await find(connection.id))?.status];
  };
  expect(await codesOf({ trouble: "down" })).toEqual(["STORE_UNAVAILABLE", "PENDING"]);
  expect(await codesOf({ stepUp: true })).toEqual(["NOT_LOGGED_IN", "PENDING"]);
  expect(await codesOf({ antiBot: true })).toEqual(["NOT_LOGGED_IN", "PENDING"]);
  expect(await codesOf({})).toEqual(["NOT_LOGGED_IN", "PENDING"]);
  await shopper.sees("mercadolivre.com");
  await shopper.fieldOf("E-mail").waitFor();
}, 120_000);

test("another country's site by the Store's settings; the org gives up, and whoever looks is told", async () => {
  const settings = { site: "MLA" };
  await act(REGISTER, { adapter: "meli", slug: "mercadolibre-ar", title: "Mercado Libre", settings });
  const consumer = await consumerOf("in-argentina");
  const { liveViewUrl, connection } = await act(START, { consumer, store: { slug: "mercadolibre-ar" } });
  const shopper = await look(liveViewUrl);
  await shopper.sees("mercadolibre.com");
  expect(await act(CANCEL, { connection: connection.id })).toMatchObject({
    connection: { status: "FAILED", statusReason: "CANCELLED" },
    userErrors: [],
  });
  await shopper.heading("Interrompido");
  expect((await act(FINISH, { connection: connection.id })).userErrors).toMatchObject([{ code: "INVALID" }]);
}, 120_000);

// The last one: the browser's worker goes by its own clock, and would be far behind from here on.
test("the clock verifies what is old, and ends what nobody opened or came back to", async () => {
  const id = await connect("old");
  const seen = (await find(id))?.lastVerifiedAt ?? "";
  const consumer = await consumerOf("never-opened");
  const { connection } = await act(START, { consumer, store });
  expect(connection.status).toBe("PENDING");
  const contexts = () => readdir(join(gateway.config.dataDir, "contexts"));
  const kept = (await contexts()).filter((name) => !name.endsWith(".deleted"));

  shifted += 46 * MINUTE;
  expect(await becomes(connection.id, "FAILED")).toMatchObject({
    statusReason: "NOT_FINISHED",
    nextAction: expect.any(String),
  });
  expect((await find(id))?.lastVerifiedAt).toBe(seen);
  expect((await act(FINISH, { connection: connection.id })).userErrors).toMatchObject([{ code: "INVALID" }]);

  shifted += 25 * HOUR;
  const later = await until(
    () => find(id),
    (found) => (found?.lastVerifiedAt ?? "") > seen,
  );
  expect(later).toMatchObject({ status: "ACTIVE", statusReason: null });
  expect((await contexts()).filter((name) => !name.endsWith(".deleted"))).toEqual(kept);
}, 180_000);
