/** A login by detours, in one live view: a visitor with a past, a wrong password, a session that reached only one of its domains. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { meli } from "@shopkey/adapter-meli";
import { CODES, SESSION_MARK, SHOPPERS } from "@shopkey/adapter-meli/sandbox";
import { openLentPages } from "../support/lent-pages.js";
import { type LiveLogins, openLiveLogins } from "../support/live-logins.js";
import { expectNoBrowser, expectNoLogin } from "../support/login-traces.js";
import { learnMeliLogin, type MeliLogin } from "../support/meli-login.js";
import { DESKTOP, type Shopper, type Spot, spotOf } from "../support/shopper.js";
import type { UserError } from "../support/story.js";

const STEP = "connection { id status statusReason accountLabel } userErrors { code message }";
const START = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) { ${STEP} liveViewUrl } }`;
const FINISH = `mutation ($input: FinishConnectionInput!) { finishConnection(input: $input) { ${STEP} } }`;
const VERIFY = `mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) { health ${STEP} } }`;
const FIND = "query ($id: ID!) { connection(id: $id) { status statusReason accountLabel } }";
const WRONG_PASSWORD = "canary-password-7Q";

interface Payload {
  readonly connection: { readonly id: string } | null;
  readonly liveViewUrl: string;
  readonly userErrors: readonly UserError[];
}

let world: LiveLogins;
let shopper: Shopper;
let login: MeliLogin;
let places: Places;
let id: string;

beforeAll(async () => {
  world = await openLiveLogins({ browser: { mode: "local", slots: 2 }, logLevel: "debug" });
  const consumer = await world.addConsumer("by-detours");
  const started = await world.act<Payload>(START, { consumer, store: { slug: "mercadolivre" } });
  id = started.connection?.id ?? "";
  shopper = await world.look(started.liveViewUrl);
  login = await learnMeliLogin(world.sandboxUrl("meli"), await shopper.size(), DESKTOP);
  places = await learnPlaces(await shopper.size());
}, 120_000);
afterAll(() => world?.close(), 60_000);

const find = () => world.ask<object>(FIND, { id });
const setSwitches = (switches: object) => world.setSwitches("meli", "MLB", switches);

/** Asked too early: the answer is no, and nothing is lost by the question. */
async function expectNotYet(): Promise<void> {
  const { userErrors } = await world.act<Payload>(FINISH, { connection: id });
  expect(userErrors).toMatchObject([{ code: "NOT_LOGGED_IN", message: expect.not.stringContaining("canary") }]);
  expect(await find()).toEqual({ status: "PENDING", statusReason: null, accountLabel: null });
}

interface Places {
  /** On the page of the login: the shop's own name. */
  readonly shop: Spot;
  readonly postalCode: Spot;
  /** In the shop, once a postal code was given. */
  readonly logIn: Spot;
}

/** A twin's way through the shop as a visitor. */
async function learnPlaces({ width, height }: { width: number; height: number }): Promise<Places> {
  const pages = await openLentPages();
  try {
    await pages.begin(world.sandboxUrl("meli"), {
      viewport: { width: Math.round(width), height: Math.round(height) },
      locale: "pt-BR",
    });
    const page = await pages.open();
    await page.goto(meli().browser?.loginUrl({ site: "MLB" }) ?? "");
    const shop = await spotOf(page, "header b a");
    await page.click("header b a");
    const field = await spotOf(page, "[name=cp]");
    // Where its words begin is too near to its end.
    const postalCode = { ...field, edge: field.edge + 4 };
    await page.fill("[name=cp]", "01310-100");
    await page.click("text=OK");
    await page.waitForSelector(".nav-menu-cp-logged");
    return { shop, postalCode, logIn: await spotOf(page, "[data-link-id=login]") };
  } finally {
    await pages.close();
  }
}

test("a visitor with a device cookie and a postal code is not logged in, and stays", async () => {
  await shopper.fieldOf("E-mail").waitFor();
  await shopper.click(places.shop);
  await shopper.sees("www.mercadolivre.com.br");
  await shopper.pressFor(places.postalCode, shopper.fieldOf("CEP"));
  await shopper.type("01310-100");
  await shopper.key("Enter");
  await shopper.fieldOf("CEP").waitFor({ state: "hidden" });
  await expectNotYet();
}, 120_000);

test("a wrong password is asked for again; a session that the wallet alone has heard of is none", async () => {
  await setSwitches({ walletOnly: true });
  await shopper.click(places.logIn);
  await shopper.sees("www.mercadolivre.com");
  await login.misspell(shopper, WRONG_PASSWORD);
  await expectNotYet();
  await login.correct(shopper);
  await login.giveCode(shopper);
  await shopper.sees("www.mercadolivre.com.br");
  await expectNotYet();
}, 120_000);

test("logged in on one domain, the session is on the others, and outlasts the browser", async () => {
  await setSwitches({});
  await shopper.click(places.logIn);
  await login.begin(shopper);
  await login.giveCode(shopper);
  await shopper.heading("Conta conectada");
  expect(await find()).toEqual({ status: "ACTIVE", statusReason: null, accountLabel: "A•••" });
  expect(await world.act(VERIFY, { connection: id })).toMatchObject({ health: "LIVE", userErrors: [] });
}, 120_000);

test("neither password, no code and no session is anywhere in the gateway, or left of the browser", async () => {
  const secrets = [WRONG_PASSWORD, SHOPPERS.ana.password, SHOPPERS.ana.login, SESSION_MARK];
  const typed = { answers: world.answers, secrets, codes: [CODES.sms] };
  await expectNoLogin(world.gateway, typed);
  await expectNoBrowser(world.gateway, typed);
  expect(world.troubles).toEqual([]);
}, 60_000);
