/** iFood: logged in by phone or e-mail with a code, in a browser that the gateway hosts; where it goes is a question of its own. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CODES, DISHES, dishUrl, SESSION_MARK, SHOPPERS } from "@shopkey/adapter-ifood/sandbox";
import { type IfoodLogin, learnIfoodLogin } from "../support/ifood-login.js";
import { type LiveLogins, openLiveLogins } from "../support/live-logins.js";
import { expectNoBrowser, expectNoLogin } from "../support/login-traces.js";
import { DESKTOP, PHONE, until } from "../support/shopper.js";
import type { UserError } from "../support/story.js";

const STEP = "connection { id status statusReason accountLabel } userErrors { code message nextAction }";
const START = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) { ${STEP} liveViewUrl contextId } }`;
const VERIFY = `mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) { health why ${STEP} } }`;
const DISCONNECT = `mutation ($input: DisconnectInput!) { disconnect(input: $input) { storeAgreed note ${STEP} } }`;
const APPLY = `mutation ($input: ApplyCheckoutIdentityInput!) { applyCheckoutIdentity(input: $input) {
  checkoutIdentity { state remarks total { amountMinor currency } handOff { liveViewUrl } } userErrors { code message nextAction } } }`;
const READINESS = `query ($consumer: ConsumerRef!, $store: StoreRef!) { checkoutReadiness(consumer: $consumer, store: $store) {
  readiness { ready state nextAction } userErrors { code } } }`;
const FIND = "query ($id: ID!) { connection(id: $id) { id status statusReason accountLabel nextAction } }";

const store = { slug: "ifood" };
const cart = { url: `${dishUrl({ id: DISHES[0]?.id ?? "" })}&utm_source=who-clicked-where#top` };

interface Payload {
  readonly connection: { readonly id: string; readonly status: string };
  readonly liveViewUrl: string;
  readonly contextId: string;
  readonly checkoutIdentity: { readonly handOff: { readonly liveViewUrl: string } } | null;
  readonly userErrors: readonly UserError[];
}

let world: LiveLogins;
let last: string;

beforeAll(async () => {
  world = await openLiveLogins({ logLevel: "debug" });
}, 90_000);
afterAll(() => world?.close(), 60_000);

const act = (query: string, input: object) => world.act<Payload>(query, input);
const find = (id: string) => world.ask<{ readonly status: string } | null>(FIND, { id });
const readiness = async (consumer: object) =>
  (await world.ask<{ readonly readiness: object }>(READINESS, { consumer, store })).readiness;
const sandboxState = async () =>
  (await (await fetch(`${world.sandboxUrl("ifood")}/_sandbox/state`)).json()) as {
    readonly sessions: readonly object[];
  };

async function begin(externalId: string, options = DESKTOP) {
  const consumer = await world.addConsumer(externalId);
  const started = await act(START, { consumer, store });
  expect(started).toMatchObject({ connection: { status: "PENDING" }, userErrors: [] });
  const shopper = await world.look(started.liveViewUrl, options);
  const login: IfoodLogin = await learnIfoodLogin(world.sandboxUrl("ifood"), await shopper.size(), options);
  return { consumer, started, shopper, login, id: started.connection.id };
}

test("on a desktop, by phone: a wrong code, the right one, the address; then an order, and the end", async () => {
  const { consumer, started, shopper, login, id } = await begin("phone-number");
  await login.byPhone(shopper, "000000");
  await login.giveCode(shopper, CODES.sms);
  await login.chooseAddress(shopper);
  await shopper.heading("Conta conectada");
  await until(
    () => find(id),
    (found) => found?.status === "ACTIVE",
  );
  expect(await find(id)).toMatchObject({ accountLabel: "A•••", statusReason: null, nextAction: null });
  expect(await readiness(consumer)).toMatchObject({ ready: true, state: "READY" });

  const applied = await act(APPLY, { consumer, store, cart });
  expect(applied).toMatchObject({
    checkoutIdentity: {
      state: "APPLIED",
      total: { amountMinor: 4290, currency: "BRL" },
      remarks: ["DELIVERY_NOT_INCLUDED"],
    },
    userErrors: [],
  });
  await world.finishHandOff(applied.checkoutIdentity?.handOff.liveViewUrl ?? "", "ifood.com.br");

  expect(await act(DISCONNECT, { connection: id })).toMatchObject({ storeAgreed: true, userErrors: [] });
  expect(await find(id)).toMatchObject({ status: "DISCONNECTED", accountLabel: null });
  expect(await sandboxState()).not.toMatchObject({ sessions: [{ shopper: SHOPPERS.ana.uuid, live: true }] });
  expect(await readdir(join(world.gateway.config.dataDir, "contexts"))).toEqual([`${started.contextId}.deleted`]);
}, 180_000);

test("on a phone, by e-mail: connected without an address, which is never guessed; connecting again asks for it", async () => {
  const { consumer, shopper, login, id } = await begin("e-mail", PHONE);
  last = id;
  const before = (await sandboxState()).sessions.length;
  await login.byEmail(shopper);
  // Nobody says that they are in before the store has let them in.
  await until(sandboxState, ({ sessions }) => sessions.length > before);
  await shopper.page.getByRole("button", { name: "Já entrei" }).first().click();
  await shopper.heading("Conta conectada");
  expect(await find(id)).toMatchObject({ status: "ACTIVE", accountLabel: "B•••" });
  expect(await readiness(consumer)).toMatchObject({ ready: false, state: "ADDRESS_REQUIRED" });
  expect((await act(APPLY, { consumer, store, cart })).userErrors).toMatchObject([{ code: "ADDRESS_REQUIRED" }]);
  expect(await find(id)).toMatchObject({ status: "ACTIVE", statusReason: null });

  // The device is known: what is left to do is the address.
  const again = await act(START, { consumer, store });
  expect(again.connection).toMatchObject({ id, status: "ACTIVE" });
  const known = await world.look(again.liveViewUrl, PHONE);
  await known.sees("ifood.com.br");
  await login.typeAddress(known);
  await known.heading("Conta conectada");
  expect(await readiness(consumer)).toMatchObject({ ready: true });
  expect(await act(APPLY, { consumer, store, cart })).toMatchObject({
    checkoutIdentity: { state: "APPLIED", remarks: ["DELIVERY_NOT_INCLUDED", "PHONE_MISSING"] },
  });

  // Ended under "Connected Devices", on another device.
  await fetch(`${world.sandboxUrl("ifood")}/_sandbox/end-sessions`, { method: "POST" });
  expect(await act(VERIFY, { connection: id })).toMatchObject({ health: "EXPIRED", connection: { status: "EXPIRED" } });
  expect((await act(APPLY, { consumer, store, cart })).userErrors).toMatchObject([{ code: "CHALLENGE_REQUIRED" }]);
}, 180_000);

test("nothing that was typed, and no session, is anywhere in the gateway, or left of the browsers", async () => {
  const { ana, bruno } = SHOPPERS;
  const secrets = [ana.phone, bruno.email, SESSION_MARK].flatMap((one) => one ?? []);
  const typed = { answers: world.answers, secrets, codes: [CODES.sms, CODES.email] };
  // Bruno's login is still kept, sealed.
  await expectNoLogin(world.gateway, typed);
  expect(await act(DISCONNECT, { connection: last })).toMatchObject({ userErrors: [] });
  await expectNoBrowser(world.gateway, typed);
  expect(world.troubles).toEqual([]);
}, 60_000);
