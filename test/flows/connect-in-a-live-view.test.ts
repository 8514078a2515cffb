/** A shopper logs in on the store's own page, in a browser that the gateway hosts; a later checkout goes on from there. */
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CODES, SHOPPERS } from "@shopkey/adapter-meli/sandbox";
import { endLastingSandbox, lastingSandbox } from "../support/lasting-meli.js";
import { type LiveLogins, openLiveLogins } from "../support/live-logins.js";
import { learnMeliLogin, type MeliLogin } from "../support/meli-login.js";
import { DESKTOP, PHONE, type Shopper, until } from "../support/shopper.js";
import type { UserError } from "../support/story.js";
import { everyRow } from "../support/whole-database.js";

const STEP = "connection { id status statusReason accountLabel } userErrors { code message nextAction }";
const START = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) { ${STEP} liveViewUrl sessionId contextId expiresAt } }`;
const FINISH = `mutation ($input: FinishConnectionInput!) { finishConnection(input: $input) { ${STEP} } }`;
const VERIFY = `mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) { health why ${STEP} } }`;
const DISCONNECT = `mutation ($input: DisconnectInput!) { disconnect(input: $input) { storeAgreed note ${STEP} } }`;
const APPLY = `mutation ($input: ApplyCheckoutIdentityInput!) { applyCheckoutIdentity(input: $input) {
  checkoutIdentity { id state nextAction total { amountMinor currency } handOff { liveViewUrl sessionId } }
  userErrors { code message nextAction } } }`;
const FIND = "query ($id: ID!) { connection(id: $id) { id status statusReason accountLabel lastUsedAt } }";

interface Payload {
  readonly connection: { readonly id: string; readonly status: string; readonly statusReason: string | null };
  readonly liveViewUrl: string;
  readonly sessionId: string;
  readonly contextId: string;
  readonly userErrors: readonly UserError[];
  readonly [field: string]: unknown;
}

const store = { slug: "mercadolivre" };
const PRODUCT = "https://produto.mercadolivre.com.br/MLB-3511223344-fone-_JM";

let world: LiveLogins;

beforeAll(async () => {
  const definition = resolve(import.meta.dirname, "../support/lasting-meli.ts");
  // Its restart is that of its worker and of its database, too.
  world = await openLiveLogins({ definition, database: "own" });
}, 120_000);
afterAll(async () => {
  await world?.close();
  await endLastingSandbox();
}, 60_000);

const act = <T = Payload>(query: string, input: object) => world.act<T>(query, input);
const find = (id: string) => world.ask<Payload["connection"] | null>(FIND, { id });
const statusOf = async (id: string) => (await find(id))?.status;
const codes = ({ userErrors }: { readonly userErrors: readonly UserError[] }) => userErrors.map(({ code }) => code);
const loginOf = async (shopper: Shopper, options = DESKTOP): Promise<MeliLogin> =>
  learnMeliLogin(world.sandboxUrl("meli"), await shopper.size(), options);

/** From nothing to connected. */
async function connect(externalId: string, options = DESKTOP, more: object = {}) {
  const consumer = await world.addConsumer(externalId);
  const started = await act(START, { consumer, store, ...more });
  const shopper = await world.look(started.liveViewUrl, options);
  const login = await loginOf(shopper, options);
  await login.begin(shopper);
  return { consumer, started, shopper, login, id: started.connection.id };
}

test("on a desktop: logged in with a second factor, kept over a restart of gateway, worker and database, used by a checkout, ended", async () => {
  const { consumer, started, shopper, login, id } = await connect("on-a-desktop");
  expect(started).toMatchObject({ connection: { status: "PENDING" }, userErrors: [] });
  // Asked too early: the live view stays open.
  const early = await act(FINISH, { connection: id });
  expect(codes(early)).toEqual(["NOT_LOGGED_IN"]);
  expect(await statusOf(id)).toBe("PENDING");
  await login.giveCode(shopper);
  await shopper.heading("Conta conectada");
  await until(
    () => find(id),
    (found) => found?.status === "ACTIVE",
  );
  expect(await find(id)).toMatchObject({ accountLabel: "A•••", statusReason: null });
  expect(codes(await act(FINISH, { connection: id }))).toEqual([]);

  await world.restart();
  expect(await act(VERIFY, { connection: id })).toMatchObject({ health: "LIVE", userErrors: [] });

  const applied = await act<{ checkoutIdentity: { state: string; handOff: { liveViewUrl: string } } }>(APPLY, {
    ...{ consumer, store, cart: { url: PRODUCT } },
  });
  expect(applied).toMatchObject({ checkoutIdentity: { state: "APPLIED", total: { currency: "BRL" } }, userErrors: [] });
  await world.finishHandOff(applied.checkoutIdentity.handOff.liveViewUrl, "mercadolivre.com.br");

  expect(await act(DISCONNECT, { connection: id })).toMatchObject({ storeAgreed: true, userErrors: [] });
  expect(await find(id)).toMatchObject({ status: "DISCONNECTED", accountLabel: null });
  expect(await readdir(join(world.gateway.config.dataDir, "contexts"))).toEqual([`${started.contextId}.deleted`]);
}, 240_000);

test("on a phone, by touch; connecting again mends the same connection", async () => {
  const { consumer, shopper, login, id, started } = await connect("on-a-phone", PHONE);
  await login.giveCode(shopper);
  await shopper.heading("Conta conectada");

  const again = await act(START, { consumer, store });
  expect(again.connection).toMatchObject({ id, status: "ACTIVE" });
  // This store asks even a device that it knows.
  const known = await world.look(again.liveViewUrl, PHONE);
  await login.begin(known);
  await login.giveCode(known);
  await known.heading("Conta conectada");
  expect(await statusOf(id)).toBe("ACTIVE");
  const contexts = await readdir(join(world.gateway.config.dataDir, "contexts"));
  expect(contexts).toContain(again.contextId);
  expect(contexts).not.toContain(started.contextId);
}, 240_000);

test("another account is refused, and logged out again, unless the shopper means it", async () => {
  const first = await connect("two-accounts");
  await first.login.giveCode(first.shopper);
  await first.shopper.heading("Conta conectada");
  const { id, consumer, login } = first;
  const isLoggedIn = async (who: string) => {
    const { sessions } = (await lastingSandbox()).state("MLB") as { sessions: { shopper: string; live: boolean }[] };
    return sessions.some(({ shopper, live }) => live && shopper === who);
  };

  (await lastingSandbox()).endSessions("MLB");
  const { liveViewUrl } = await act(START, { consumer, store });
  const second = await world.look(liveViewUrl);
  await login.begin(second, "bruno");
  await login.giveCode(second);
  await second.heading("Esta é outra conta");
  expect(await find(id)).toMatchObject({ accountLabel: "A•••" });
  expect(await isLoggedIn(SHOPPERS.bruno.nickname)).toBe(false);

  const meant = await act(START, { consumer, store, confirmOtherAccount: true });
  const third = await world.look(meant.liveViewUrl);
  await login.begin(third, "bruno");
  await login.giveCode(third);
  await third.heading("Conta conectada");
  expect(await find(id)).toMatchObject({ status: "ACTIVE", accountLabel: "B•••" });
}, 240_000);

test("a worker that is killed takes its live views along, and no login that was kept", async () => {
  const kept = await connect("kept");
  await kept.login.giveCode(kept.shopper);
  await kept.shopper.heading("Conta conectada");
  const { id } = await connect("interrupted");

  process.kill(workerPid(), "SIGKILL");
  await until(
    () => find(id),
    (found) => found?.status === "FAILED",
  );
  expect(await find(id)).toMatchObject({ statusReason: "SESSION_ENDED" });
  await until(
    () => act<{ readonly health: string }>(VERIFY, { connection: kept.id }),
    ({ health }) => health === "LIVE",
  );
}, 240_000);

test("what the shopper gives up, or nobody can go on with, ends and says so", async () => {
  const { shopper, id } = await connect("gives-up");
  await shopper.page.getByRole("button", { name: "Cancelar" }).first().click();
  await shopper.page
    .getByRole("button", { name: /sim|parar|cancelar/i })
    .last()
    .click();
  await shopper.heading("Interrompido");
  await until(
    () => find(id),
    (found) => found?.status === "FAILED",
  );
  expect(await find(id)).toMatchObject({ status: "FAILED", statusReason: "CANCELLED" });
}, 120_000);

test("nothing that was typed is anywhere in the gateway, and nothing is left of a session", async () => {
  const rows = await everyRow(world.gateway.adminUrl);
  const lines = world.gateway.logLines.join("\n");
  for (const secret of [SHOPPERS.ana.password, CODES.sms, "ssid"]) {
    expect(lines).not.toContain(secret);
    expect(world.answers.join("\n")).not.toContain(secret);
    expect(rows).not.toContain(secret);
  }
  expect(rows).toContain("on-a-desktop");
  expect(world.troubles).toEqual([]);
});

/** The process that holds the browsers, as the gateway's log names it. */
function workerPid(): number {
  const line = world.gateway.logLines.findLast((one) => one.includes('"browser worker started"')) ?? "{}";
  return (JSON.parse(line) as { pid: number }).pid;
}
