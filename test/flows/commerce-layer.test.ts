/** A Commerce Layer store over HTTP: a customer connected, an order filled in, an operator in a customer's place. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ANA, APPLY, payloadOf, SAVE_PROFILE, type UserError } from "../support/story.js";
import { END, START } from "../support/telesales.js";

const RITA = "rita.repetida@example.com";
const REGISTER =
  "mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { store { slug capabilities } userErrors { code field } } }";
const CONNECT = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) { connection { id status accountLabel } userErrors { code message } } }`;
const VERIFY = `mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) { health why userErrors { code } } }`;
const store = { slug: "loja" };

interface Payload {
  readonly userErrors: readonly UserError[];
  // biome-ignore lint/suspicious/noExplicitAny: payloads of every mutation are looked into here.
  readonly [field: string]: any;
}
interface Held {
  readonly orders: Readonly<
    Record<string, { readonly customerEmail: string; readonly customerId: string; readonly guest: boolean }>
  >;
  readonly customers: Readonly<Record<string, { readonly email: string }>>;
}

let gateway: TestGateway;
const answers: string[] = [];

async function act(query: string, input: object): Promise<Payload> {
  const answer = await gateway.ask<Record<string, Payload>>(query, { input });
  answers.push(JSON.stringify(answer.body));
  return payloadOf(answer);
}
const sandbox = async (path: string): Promise<unknown> =>
  (await fetch(`${gateway.sandboxes.get("commerce-layer")}/_sandbox/${path}`)).json();
const held = async () => (await sandbox("state?account=loja")) as Held;
const seats = async () => {
  const { live } = (await sandbox("tokens")) as {
    live: { owner?: { type: string; id: string }; custom_claim?: unknown }[];
  };
  return live.filter(({ owner }) => owner?.type === "Customer");
};

beforeAll(async () => {
  gateway = await openGateway({ logLevel: "debug" });
  await act(SAVE_PROFILE, { externalId: "ana", profile: ANA });
  await act(SAVE_PROFILE, { externalId: "rita", profile: { ...ANA, buyer: { ...ANA.buyer, email: RITA } } });
}, 60_000);
afterAll(() => gateway.close());

test("the Store says what it can, and refuses settings that are none", async () => {
  const settings = { slug: "loja", scope: "market:id:mrkBrazil1", userId: "user_loja" };
  const credentials = {
    integration: { clientId: "integration_loja", clientSecret: "secret_loja" },
    salesChannel: { clientId: "sales_channel_loja", clientSecret: "secret_loja" },
  };
  const whole = { adapter: "commerce-layer", ...store, title: "Loja", settings, credentials };
  const wrong = await act(REGISTER, { ...whole, settings: { ...settings, slug: "auth" } });
  expect(wrong.userErrors).toMatchObject([{ code: "INVALID", field: ["settings", "slug"] }]);
  const made = await act(REGISTER, whole);
  expect(made).toMatchObject({
    store: {
      capabilities: expect.arrayContaining(["CHECKOUT_IDENTITY", "ANONYMIZATION", "IMPERSONATION", "INBOUND_ROUTES"]),
    },
    userErrors: [],
  });
});

test("a shopper becomes the store's customer, and their order is filled in", async () => {
  const consumer = { externalId: "ana" };
  const { connection } = await act(CONNECT, { consumer, store });
  expect(connection).toMatchObject({ status: "ACTIVE", accountLabel: null });
  expect(await act(VERIFY, { connection: connection.id })).toMatchObject({ health: "LIVE", userErrors: [] });
  const cart = { items: [{ id: "CANECA-300" }] };
  const { checkoutIdentity, userErrors } = await act(APPLY, { consumer, store, cart });
  expect(userErrors).toEqual([]);
  expect(checkoutIdentity).toMatchObject({
    state: "APPLIED",
    total: { amountMinor: 3490, currency: "BRL" },
    remarks: [],
  });
  const { orders, customers } = await held();
  expect(orders[checkoutIdentity.cartId]).toMatchObject({ customerEmail: "ana@example.com", guest: true });
  expect(Object.values(customers).filter(({ email }) => email === "ana@example.com")).toHaveLength(1);
});

test("an operator buys in a customer's place, and leaves it", async () => {
  const started = await act(START, { store, customer: { email: RITA }, reason: "phone order" });
  expect(started).toMatchObject({
    impersonationSession: { state: "ACTIVE", storeUserId: "cstRitaRep", account: "loja", canImpersonate: true },
    userErrors: [],
  });
  expect(await seats()).toMatchObject([
    { owner: { id: "cstRitaRep" }, custom_claim: { shopkey: { operator: "Developer", reason: "phone order" } } },
  ]);
  const { id } = started.impersonationSession;
  const rita = { consumer: { externalId: "rita" }, store, impersonationSession: id };
  const { checkoutIdentity, userErrors } = await act(APPLY, { ...rita, cart: { items: [{ id: "CAMISETA-M" }] } });
  expect(userErrors).toEqual([]);
  expect((await held()).orders[checkoutIdentity.cartId]).toMatchObject({ customerId: "cstRitaRep", guest: false });
  expect(await act(END, { impersonationSession: id })).toMatchObject({
    storeAgreed: true,
    impersonationSession: { state: "ENDED" },
  });
  expect(await seats()).toEqual([]);
});

test("a stranger is denied by name", async () => {
  const denied = await act(START, { store, customer: { email: "ninguem@example.com" }, reason: "phone order" });
  expect(denied).toMatchObject({ impersonationSession: { state: "DENIED", stateReason: "CUSTOMER_UNKNOWN" } });
  expect(await seats()).toEqual([]);
});

test("no answer and no log line held a value, a credential or a token", async () => {
  const told = [...answers, ...gateway.logLines].join("\n");
  for (const canary of ["12345678900", "secret_loja", "eyJ", "integration_loja", "Av. Paulista", "ninguem@"]) {
    expect(told.split(canary).length - 1).toBe(0);
  }
});
