/** The same mutations at a store that asks no operator for a login: Commerce Layer's customer-owned tokens. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { REPEAT_EMAIL } from "@shopkey/adapter-commerce-layer/sandbox";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ANA, APPLY, type ApplyAnswer, SAVE_PROFILE } from "../support/story.js";
import { act, END, FIND, START, until } from "../support/telesales.js";

const SLUG = "loja";
const consumer = { externalId: "repeat" };
const store = { slug: "layer" };
const REGISTER = `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { store { capabilities } userErrors { code field } } }`;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await openGateway();
  const client = (kind: string) => ({ clientId: `${kind}_${SLUG}`, clientSecret: `secret_${SLUG}` });
  const { body } = await gateway.ask(REGISTER, {
    input: {
      ...{
        adapter: "commerce-layer",
        ...store,
        title: "Layer",
        settings: { slug: SLUG, scope: "market:id:mrkBrazil1" },
      },
      credentials: { integration: client("integration"), salesChannel: client("sales_channel") },
    },
  });
  expect(body.data).toMatchObject({
    registerStore: { store: { capabilities: expect.arrayContaining(["IMPERSONATION"]) } },
  });
  const profile = { ...ANA, buyer: { ...ANA.buyer, email: REPEAT_EMAIL } };
  await gateway.ask(SAVE_PROFILE, { input: { ...consumer, profile } });
}, 60_000);
afterAll(() => gateway.close());

const start = (more: object = {}) =>
  act(gateway, START, { store, customer: { consumer }, reason: "phone order", ...more });
const apply = async (impersonationSession: string) => {
  const cart = { items: [{ id: "CANECA-300", quantity: 1 }] };
  const { body } = await gateway.ask<ApplyAnswer>(APPLY, { input: { consumer, store, cart, impersonationSession } });
  return body.data?.applyCheckoutIdentity;
};

test("a token that the customer owns is minted, used for the order, and revoked at the end", async () => {
  const { impersonationSession: session, userErrors } = await start();
  expect(userErrors).toEqual([]);
  expect(session).toMatchObject({
    state: "ACTIVE",
    account: SLUG,
    canImpersonate: true,
    storeUserId: expect.any(String),
  });
  const id = session?.id ?? "";
  expect(await apply(id)).toMatchObject({ checkoutIdentity: { state: "APPLIED" }, userErrors: [] });
  expect(await act(gateway, END, { impersonationSession: id })).toMatchObject({
    ...{ storeAgreed: true, impersonationSession: { state: "ENDED", storeUserEmail: null } },
  });
  expect(await apply(id)).toMatchObject({ checkoutIdentity: null, userErrors: [{ code: "CONFLICT" }] });
});

test("a customer whom the store does not know is DENIED", async () => {
  const { impersonationSession } = await start({ customer: { email: "ninguem.aqui@example.com" } });
  expect(impersonationSession).toMatchObject({ state: "DENIED", stateReason: "CUSTOMER_UNKNOWN" });
});

test("a Store that is removed takes its credentials along, and the end is told all the same", async () => {
  const { impersonationSession } = await start();
  const id = impersonationSession?.id ?? "";
  const remove = `mutation ($input: RemoveStoreInput!) { removeStore(input: $input) { userErrors { code } } }`;
  await gateway.ask(remove, { input: { store } });
  const find = async () => {
    const { body } = await gateway.ask<{ impersonationSession: { endedAt: string | null } | null }>(FIND, { id });
    return body.data?.impersonationSession ?? null;
  };
  const over = await until(find, (session) => session?.endedAt !== null);
  expect(over).toMatchObject({ state: "ENDED", endReason: "STORE_REMOVED", storeAgreed: true });
});
