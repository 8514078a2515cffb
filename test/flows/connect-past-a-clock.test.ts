/** A login at Mercado Livre as time goes by: stores that doubt, clocks that come around, links that nobody opens, another country. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LiveLogins, openLiveLogins } from "../support/live-logins.js";
import { learnMeliLogin } from "../support/meli-login.js";
import { DESKTOP, until } from "../support/shopper.js";
import type { UserError } from "../support/story.js";

const STEP = "connection { id status statusReason nextAction lastVerifiedAt } userErrors { code message }";
const REGISTER = `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { userErrors { code } } }`;
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

let world: LiveLogins;
let shifted = 0;

beforeAll(async () => {
  const times = { clock: { now: () => new Date(Date.now() + shifted) }, paces: { connectionsEveryMs: 300 } };
  world = await openLiveLogins({ times });
}, 90_000);
afterAll(() => world?.close(), 60_000);

const act = (query: string, input: object) => world.act<Payload>(query, input);
const find = (id: string) => world.ask<Connection | null>(FIND, { id });
const becomes = (id: string, status: string) =>
  until(
    () => find(id),
    (found) => found?.status === status,
  );
const verify = async (connection: string) => {
  const { health, connection: now } = await act(VERIFY, { connection });
  return [health, now.status];
};
const setSwitches = (switches: object) => world.setSwitches("meli", "MLB", switches);

async function connect(externalId: string): Promise<string> {
  const { liveViewUrl, connection, userErrors } = await act(START, {
    consumer: await world.addConsumer(externalId),
    store,
  });
  expect(userErrors).toEqual([]);
  const shopper = await world.look(liveViewUrl);
  const login = await learnMeliLogin(world.sandboxUrl("meli"), await shopper.size(), DESKTOP);
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
  const { liveViewUrl, connection } = await act(START, { consumer: await world.addConsumer("at-a-bad-time"), store });
  const shopper = await world.look(liveViewUrl);
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
  const consumer = await world.addConsumer("in-argentina");
  const { liveViewUrl, connection } = await act(START, { consumer, store: { slug: "mercadolibre-ar" } });
  const shopper = await world.look(liveViewUrl);
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
  const consumer = await world.addConsumer("never-opened");
  const { connection } = await act(START, { consumer, store });
  expect(connection.status).toBe("PENDING");
  const contexts = () => readdir(join(world.gateway.config.dataDir, "contexts"));
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
