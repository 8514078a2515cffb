/** What Commerce Layer and the org know of each other's shopper: how often they have bought, and what they are called. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { REPEAT_EMAIL, sign } from "@shopkey/adapter-commerce-layer/sandbox";
import pg from "pg";
import { mutate, type Organization, openWebhooks, organizationOf, register } from "../support/commerce-layer.js";
import { CONNECT, eventually, HOUR_MS } from "../support/forgetting.js";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ANA, APPLY, SAVE_PROFILE } from "../support/story.js";

const CREATE = `mutation ($input: CreateConsumerInput!) { createConsumer(input: $input) { consumer { shopperReference } userErrors { code } } }`;
const UPDATE = `mutation ($input: UpdateConsumerInput!) { updateConsumer(input: $input) { consumer { shopperReference } userErrors { code } } }`;
const ORDERED = `mutation ($input: ReportOrderInput!) { reportOrder(input: $input) { consumer { status } userErrors { code } } }`;
const VERIFY = `mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) { health userErrors { code } } }`;
const FORGET = `mutation ($input: RequestAnonymizationInput!) { requestAnonymization(input: $input) { request { id } userErrors { code } } }`;
const CANCEL = `mutation ($input: CancelAnonymizationInput!) { cancelAnonymization(input: $input) { request { status } userErrors { code } } }`;
const SHOW = `query ($id: String!) { consumer(externalId: $id) { status shopperReference } }`;
const store = { slug: "loja" };

let shift = 0;
const clock = { now: () => new Date(Date.now() + shift) };
let gateway: TestGateway;
let loja: Organization;
let hook: string;
let secrets: readonly string[];
beforeAll(async () => {
  gateway = await openGateway({ anonymizationGraceMs: HOUR_MS, times: { clock, paces: { connectionsEveryMs: 60 } } });
  hook = `${gateway.url}/hooks/${(await register(gateway, "loja")).store.id}/commerce-layer`;
  loja = organizationOf(gateway, "loja");
  secrets = await openWebhooks(gateway, "loja", { "customers.acquired": hook, "customers.repeat": hook });
}, 60_000);
afterAll(() => gateway.close());

async function save(externalId: string, email: string): Promise<void> {
  const { userErrors } = await mutate(gateway, SAVE_PROFILE, {
    ...{ externalId, profile: { ...ANA, buyer: { ...ANA.buyer, email } } },
  });
  expect(userErrors).toEqual([]);
}
async function connect(externalId: string): Promise<string> {
  const { connection, userErrors } = await mutate(gateway, CONNECT, { consumer: { externalId }, store });
  expect(userErrors).toEqual([]);
  return connection.id;
}
const show = async (id: string) => {
  const { body } = await gateway.ask<{ consumer: { status: string; shopperReference: string } }>(SHOW, { id });
  if (body.data === undefined) throw new Error(JSON.stringify(body));
  return body.data.consumer;
};
/** The shopper buys one thing at the store, and pays. */
async function buy(externalId: string): Promise<void> {
  const input = { consumer: { externalId }, store, cart: { items: [{ id: "CANECA-300" }] } };
  const { checkoutIdentity, userErrors } = await mutate(gateway, APPLY, input);
  expect(userErrors).toEqual([]);
  await loja.control("POST", `orders/${checkoutIdentity.cartId}/place`);
}
const untilStatus = (externalId: string, status: string) =>
  eventually(
    () => show(externalId),
    (seen) => seen.status === status,
  );

test("somebody who has bought there before is no prospect any more, here or after a wish that was taken back", async () => {
  await save("rita", REPEAT_EMAIL);
  expect(await show("rita")).toMatchObject({ status: "PROSPECT" });
  await connect("rita");
  expect(await show("rita")).toMatchObject({ status: "REPEAT" });
  const ordered = await mutate(gateway, ORDERED, { consumer: { externalId: "rita" }, orderReference: "first-here" });
  expect(ordered).toMatchObject({ consumer: { status: "REPEAT" }, userErrors: [] });
  const { request } = await mutate(gateway, FORGET, { consumer: { externalId: "rita" } });
  expect(await mutate(gateway, CANCEL, { request: request.id })).toMatchObject({ request: { status: "CANCELLED" } });
  expect(await show("rita")).toMatchObject({ status: "REPEAT" });
}, 60_000);

test("what the store says of the account is shown with the connection, and to whoever may read connections", async () => {
  const ACCOUNT = "account { standing groups updatedAt }";
  const OF = `query ($id: String!) { consumer(externalId: $id) { connections { id ${ACCOUNT} } } }`;
  const accountsOf = async (id: string) => {
    const { body } = await gateway.ask<{ consumer: { connections: { id: string; account: object | null }[] } }>(OF, {
      id,
    });
    return body.data?.consumer.connections ?? [];
  };
  const [ritas] = await accountsOf("rita");
  const account = { standing: "REPEAT", groups: ["vip"], updatedAt: expect.any(String) };
  expect(ritas?.account).toEqual(account);
  expect(await mutate(gateway, VERIFY, { connection: ritas?.id })).toMatchObject({ health: "LIVE" });
  const one = await gateway.ask(`query ($id: ID!) { connection(id: $id) { ${ACCOUNT} } }`, { id: ritas?.id });
  expect(one.body.data).toEqual({ connection: { account } });

  await save("noemi", "noemi@example.com");
  await connect("noemi");
  expect(await accountsOf("noemi")).toMatchObject([{ account: { standing: "PROSPECT", groups: [] } }]);
  // Kept sealed: a group tells something about a person.
  const admin = new pg.Client({ connectionString: gateway.adminUrl });
  await admin.connect();
  const { rows } = await admin.query<{ size: number; clear: number }>(
    "select length(groups) as size, position('vip'::bytea in groups) as clear from store_account",
  );
  await admin.end();
  expect(rows.map(({ clear, size }) => clear === 0 && size > 80)).toEqual(rows.map(() => true));
}, 60_000);

test("an order that the store tells of raises the status; what is forged or old never changes it", async () => {
  await save("ana", "ana@example.com");
  await connect("ana");
  expect(await show("ana")).toMatchObject({ status: "PROSPECT" });
  const { id } = (await loja.customer("ana@example.com")) ?? { id: "" };
  const body = JSON.stringify({ data: { id, type: "customers", attributes: { status: "repeat" } } });
  const headers = {
    "content-type": "application/vnd.api+json",
    "x-commercelayer-signature": sign(body, "no-secret-of-ours"),
  };
  expect((await fetch(hook, { method: "POST", headers, body })).status).toBe(403);
  await buy("ana");
  await loja.settle();
  await untilStatus("ana", "ACQUIRED");
  await buy("ana");
  await loja.settle();
  await untilStatus("ana", "REPEAT");
  const [first] = (await loja.held()).deliveries.filter(({ topic }) => topic === "customers.acquired");
  const [secret = ""] = secrets;
  const again = { ...headers, "x-commercelayer-signature": sign(first?.body ?? "", secret) };
  expect((await fetch(hook, { method: "POST", headers: again, body: first?.body ?? "" })).status).toBe(200);
  expect(await show("ana")).toMatchObject({ status: "REPEAT" });
}, 60_000);

test("a webhook that was lost is made up for when the store is asked", async () => {
  await save("bia", "bia@example.com");
  const connection = await connect("bia");
  await loja.set({ webhooksLost: true });
  await buy("bia");
  await loja.settle();
  expect(await show("bia")).toMatchObject({ status: "PROSPECT" });
  expect(await mutate(gateway, VERIFY, { connection })).toMatchObject({ health: "LIVE", userErrors: [] });
  expect(await show("bia")).toMatchObject({ status: "ACQUIRED" });
  await loja.set({});
}, 60_000);

test("the store takes over what the org calls the shopper, and nothing that the gateway made up", async () => {
  await save("caio", "caio@example.com");
  await connect("caio");
  const kept = await loja.customer("caio@example.com");
  expect(kept?.shopperReference).toBe(`shp_${kept?.id}`);
  expect((await show("caio")).shopperReference).toMatch(/^shr_/);
  await mutate(gateway, CREATE, { externalId: "davi", shopperReference: "club-0042" });
  await save("davi", "davi@example.com");
  await connect("davi");
  expect(await loja.customer("davi@example.com")).toMatchObject({ shopperReference: "club-0042" });
}, 60_000);

test("a change on our side is told to the store, after it was down, and the last one counts", async () => {
  const called = (shopperReference: string) =>
    eventually(
      async () => (await loja.customer("davi@example.com"))?.shopperReference,
      (seen) => seen === shopperReference,
    );
  const call = async (shopperReference: string) => {
    const changed = await mutate(gateway, UPDATE, { consumer: { externalId: "davi" }, shopperReference });
    expect(changed).toMatchObject({ consumer: { shopperReference }, userErrors: [] });
  };
  await call("club-0043");
  await called("club-0043");
  await loja.set({ trouble: "down" });
  await call("club-0044");
  const asked = async () => (await loja.asked()).filter(({ method }) => method === "PATCH").length;
  const before = await asked();
  await eventually(asked, (count) => count > before);
  await call("club-0045");
  await loja.set({});
  shift += HOUR_MS;
  await called("club-0045");
  expect(
    (await loja.asked()).filter(({ method, status }) => method === "PATCH" && status === 200).length,
  ).toBeGreaterThan(1);
}, 60_000);

test("no log line held a shopper's value", () => {
  for (const canary of ["@example.com", "club-004", ...secrets])
    expect(gateway.logLines.join("\n").split(canary).length - 1).toBe(0);
});
