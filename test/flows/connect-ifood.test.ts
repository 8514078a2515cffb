/** iFood: logged in by phone or e-mail with a code, in a browser that the gateway hosts; where it goes is a question of its own. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CODES, DISHES, dishUrl, SESSION_MARK, SHOPPERS } from "@shopkey/adapter-ifood/sandbox";
import type { Browser } from "playwright";
import { openChromium } from "../support/chromium.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { type IfoodLogin, learnIfoodLogin } from "../support/ifood-login.js";
import { expectNoBrowser, expectNoLogin } from "../support/login-traces.js";
import { DESKTOP, openShopper, PHONE, type Shopper, until } from "../support/shopper.js";
import { payloadOf, type UserError } from "../support/story.js";
import { buildLiveView } from "../web/live-view-visit.js";

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

let browser: Browser;
let gateway: TestGateway;
let last: string;
const shoppers: Shopper[] = [];
const troubles: string[] = [];
const answers: string[] = [];

beforeAll(async () => {
  await buildLiveView();
  browser = await openChromium();
  gateway = await openGateway({ browser: { mode: "local", slots: 4 }, logLevel: "debug" });
}, 90_000);
afterAll(async () => {
  for (const shopper of shoppers) await shopper.close();
  await browser?.close();
  await gateway?.close();
}, 60_000);

async function act(query: string, input: object): Promise<Payload> {
  const answer = await gateway.ask<Record<string, Payload>>(query, { input });
  answers.push(JSON.stringify(answer.body));
  return payloadOf(answer);
}
async function find(id: string) {
  const { body } = await gateway.ask<{ connection: { status: string } }>(FIND, { id });
  answers.push(JSON.stringify(body));
  return body.data?.connection;
}
async function readiness(consumer: object) {
  const { body } = await gateway.ask<{ checkoutReadiness: { readiness: object } }>(READINESS, { consumer, store });
  return body.data?.checkoutReadiness.readiness;
}
const sandboxUrl = () => gateway.sandboxes.get("ifood") ?? "";
const sandboxState = async () =>
  (await (await fetch(`${sandboxUrl()}/_sandbox/state`)).json()) as { readonly sessions: readonly object[] };

async function look(link: string, options = DESKTOP): Promise<Shopper> {
  const shopper = await openShopper(browser, link, options, troubles);
  shoppers.push(shopper);
  await shopper.enter();
  return shopper;
}

async function begin(externalId: string, options = DESKTOP) {
  const consumer = { externalId };
  await act(
    "mutation ($input: CreateConsumerInput!) { createConsumer(input: $input) { userErrors { code } } }",
    consumer,
  );
  const started = await act(START, { consumer, store });
  expect(started).toMatchObject({ connection: { status: "PENDING" }, userErrors: [] });
  const shopper = await look(started.liveViewUrl, options);
  const login: IfoodLogin = await learnIfoodLogin(sandboxUrl(), await shopper.size(), options);
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
  const buyer = await look(applied.checkoutIdentity?.handOff.liveViewUrl ?? "", PHONE);
  await buyer.sees("ifood.com.br");
  await buyer.page
    .getByRole("button", { name: /terminei|pronto/i })
    .first()
    .click();
  await buyer.heading("Tudo pronto");

  expect(await act(DISCONNECT, { connection: id })).toMatchObject({ storeAgreed: true, userErrors: [] });
  expect(await find(id)).toMatchObject({ status: "DISCONNECTED", accountLabel: null });
  expect(await sandboxState()).not.toMatchObject({ sessions: [{ shopper: SHOPPERS.ana.uuid, live: true }] });
  expect(await readdir(join(gateway.config.dataDir, "contexts"))).toEqual([`${started.contextId}.deleted`]);
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
  const known = await look(again.liveViewUrl, PHONE);
  await known.sees("ifood.com.br");
  await login.typeAddress(known);
  await known.heading("Conta conectada");
  expect(await readiness(consumer)).toMatchObject({ ready: true });
  expect(await act(APPLY, { consumer, store, cart })).toMatchObject({
    checkoutIdentity: { state: "APPLIED", remarks: ["DELIVERY_NOT_INCLUDED", "PHONE_MISSING"] },
  });

  // Ended under "Connected Devices", on another device.
  await fetch(`${sandboxUrl()}/_sandbox/end-sessions`, { method: "POST" });
  expect(await act(VERIFY, { connection: id })).toMatchObject({ health: "EXPIRED", connection: { status: "EXPIRED" } });
  expect((await act(APPLY, { consumer, store, cart })).userErrors).toMatchObject([{ code: "CHALLENGE_REQUIRED" }]);
}, 180_000);

test("nothing that was typed, and no session, is anywhere in the gateway, or left of the browsers", async () => {
  const { ana, bruno } = SHOPPERS;
  const secrets = [ana.phone, bruno.email, SESSION_MARK].flatMap((one) => one ?? []);
  const typed = { answers, secrets, codes: [CODES.sms, CODES.email] };
  // Bruno's login is still kept, sealed.
  await expectNoLogin(gateway, typed);
  expect(await act(DISCONNECT, { connection: last })).toMatchObject({ userErrors: [] });
  await expectNoBrowser(gateway, typed);
  expect(troubles).toEqual([]);
}, 60_000);
