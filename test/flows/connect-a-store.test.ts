/** A shopper connects to a store over HTTP: by a form at the corner shop, at once at a VTEX store. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ANA, APPLY, payloadOf, SAVE_PROFILE, type UserError } from "../support/story.js";
import { everyRow } from "../support/whole-database.js";

const CONNECTION =
  "id consumerId status statusReason nextAction via accountLabel lastVerifiedAt lastUsedAt store { slug }";
const ERRORS = "userErrors { code field message retry nextAction }";
const STEP = `connection { ${CONNECTION} } form { fields { name title kind } } redirectUrl expiresAt ${ERRORS}`;
const START = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) { ${STEP} liveViewUrl sessionId contextId } }`;
const FINISH = `mutation ($input: FinishConnectionInput!) { finishConnection(input: $input) { ${STEP} } }`;
const CANCEL = `mutation ($input: CancelConnectionInput!) { cancelConnection(input: $input) { connection { ${CONNECTION} } ${ERRORS} } }`;
const VERIFY = `mutation ($input: VerifyConnectionInput!) { verifyConnection(input: $input) { connection { ${CONNECTION} } health why ${ERRORS} } }`;
const DISCONNECT = `mutation ($input: DisconnectInput!) { disconnect(input: $input) { connection { ${CONNECTION} } storeAgreed note ${ERRORS} } }`;
const FIND = `query ($id: ID!) { connection(id: $id) { ${CONNECTION} } }`;

interface Payload {
  readonly connection: Readonly<Record<string, unknown>> & { readonly id: string; readonly status: string };
  readonly form: { readonly fields: readonly { readonly name: string; readonly kind: string }[] } | null;
  readonly userErrors: readonly UserError[];
  readonly [field: string]: unknown;
}

const consumer = { externalId: "shopper_abc" };
const corner = { slug: "corner" };
/** Nothing else in the world is called like this. */
const CANARY = { card: "5550199371", pin: "canary-pin-Zq81" };

let gateway: TestGateway;
const answers: string[] = [];
const lines: string[] = [];

async function act(query: string, input: object): Promise<Payload> {
  const answer = await gateway.ask<Record<string, Payload>>(query, { input });
  answers.push(JSON.stringify(answer.body));
  return payloadOf(answer);
}
const find = async (id: string, key?: string) => {
  const { body } = await gateway.ask<{ connection: Payload["connection"] | null }>(FIND, { id }, key);
  answers.push(JSON.stringify(body));
  return body.data?.connection;
};
const start = (more: object = {}) => act(START, { consumer, store: corner, ...more });
const finish = (connection: string, values: Readonly<Record<string, string>>, more: object = {}) => {
  const answer = Object.entries(values).map(([name, value]) => ({ name, value }));
  return act(FINISH, { connection, answer, ...more });
};
const ANAS = { card: "1000200030", pin: "2468" };
const codes = ({ userErrors }: Payload) => userErrors.map(({ code }) => code);

const control = (path: string, init?: RequestInit) =>
  fetch(`${gateway.sandboxes.get("pretend")}/_sandbox/${path}?account=ana`, init);
const setSwitches = (switches: object) =>
  control("switches", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(switches),
  });
const tokensAtStore = async () => {
  const shop = (await (await control("state")).json()) as { tokens: Record<string, { state: string }> };
  return Object.keys(shop.tokens);
};

beforeAll(async () => {
  gateway = await openGateway({ logLevel: "debug" });
  await gateway.ask(SAVE_PROFILE, { input: { ...consumer, profile: ANA } });
  const credentials = { key: "key-of-ana", hookKey: "hooks-of-ana" };
  const settings = { shop: "ana" };
  await gateway.ask("mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { userErrors { code } } }", {
    input: { adapter: "pretend", ...corner, title: "Corner shop", settings, credentials },
  });
});
afterAll(() => gateway.close());

describe("a shopper at the corner shop", () => {
  let id = "";

  test("is asked what the store asks", async () => {
    const started = await start({ idempotencyKey: "start-1" });
    id = started.connection.id;
    expect(started).toMatchObject({
      connection: { status: "PENDING", store: corner, lastVerifiedAt: null },
      form: {
        fields: [
          { name: "card", title: "Number on your loyalty card", kind: "TEXT" },
          { name: "pin", title: "PIN", kind: "PASSWORD" },
        ],
      },
      ...{ redirectUrl: null, liveViewUrl: null, sessionId: null, contextId: null, userErrors: [] },
    });
    expect(await start({ idempotencyKey: "start-1" })).toEqual(started);
  });

  test("may answer wrongly, and is told so without a word of the answer", async () => {
    const wrong = await finish(id, CANARY, { idempotencyKey: "finish-1" });
    expect(wrong).toMatchObject({ connection: null, userErrors: [{ code: "ANSWER_INVALID", retry: "AFTER_SHOPPER" }] });
    expect(await finish(id, CANARY, { idempotencyKey: "finish-1" })).toMatchObject({
      userErrors: [{ code: "ANSWER_INVALID", message: wrong.userErrors[0]?.message }],
    });
    expect(await find(id)).toMatchObject({ status: "PENDING" });
  });

  test("is connected by the right answer, once", async () => {
    const finished = await finish(id, ANAS, { idempotencyKey: "finish-2" });
    expect(finished).toMatchObject({
      connection: { id, status: "ACTIVE", via: "LOGIN", accountLabel: "•••30", nextAction: null },
      ...{ form: null, userErrors: [] },
    });
    expect(await finish(id, ANAS, { idempotencyKey: "finish-2" })).toEqual(finished);
    expect(await finish(id, ANAS)).toEqual(finished);
    expect(await tokensAtStore()).toHaveLength(1);
  });

  test("stays connected over a restart, and a checkout uses the connection", async () => {
    lines.push(...gateway.logLines);
    const tokens = await tokensAtStore();
    gateway = await gateway.restart();
    expect(await find(id)).toMatchObject({ status: "ACTIVE", accountLabel: "•••30", lastUsedAt: null });
    expect(tokens).toHaveLength(1);
    const input = { consumer, store: corner, cart: { items: [{ id: "coffee", quantity: 1 }] } };
    const { body } = await gateway.ask(APPLY, { input });
    expect(body.data).toMatchObject({ applyCheckoutIdentity: { checkoutIdentity: { state: "APPLIED" } } });
    expect(await find(id)).toMatchObject({ status: "ACTIVE", lastUsedAt: expect.any(String) });
  });

  test("is not taken for logged out while the store is down", async () => {
    // The sandbox was started anew with the gateway, and forgot its logins: this one is made again.
    const again = await start();
    expect((await finish(again.connection.id, ANAS)).connection).toMatchObject({ id, status: "ACTIVE" });
    const before = await find(id);
    await setSwitches({ trouble: "down" });
    expect(await act(VERIFY, { connection: id })).toMatchObject({ health: "INCONCLUSIVE", why: expect.any(String) });
    expect(await find(id)).toEqual(before);
    await control("switches", { method: "DELETE" });
    expect(await act(VERIFY, { connection: id })).toMatchObject({ health: "LIVE", why: null });
  });

  test("who logs in to another account is asked whether that is meant", async () => {
    const bruno = { card: "1000200031", pin: "1357" };
    expect(codes(await finish((await start()).connection.id, bruno))).toEqual(["OTHER_ACCOUNT"]);
    expect(await find(id)).toMatchObject({ status: "ACTIVE", accountLabel: "•••30" });
    const confirmed = await finish((await start()).connection.id, bruno, { confirmOtherAccount: true });
    expect(confirmed.connection).toMatchObject({ id, status: "ACTIVE", accountLabel: "•••31" });
  });

  test("may give an attempt up and keep what was there", async () => {
    await start();
    expect(await act(CANCEL, { connection: id })).toMatchObject({ connection: { status: "ACTIVE" }, userErrors: [] });
    expect(codes(await finish(id, ANAS))).toEqual(["INVALID"]);
  });

  test("is disconnected, here and there, and twice is the same", async () => {
    expect(await act(DISCONNECT, { connection: id })).toMatchObject({
      connection: { status: "DISCONNECTED", accountLabel: null },
      ...{ storeAgreed: true, note: "The shop ended the login.", userErrors: [] },
    });
    expect(await tokensAtStore()).toEqual([]);
    expect(await act(DISCONNECT, { connection: id })).toMatchObject({ storeAgreed: true, userErrors: [] });
  });

  test("was ended from elsewhere: the store says so, and connecting again mends it", async () => {
    await finish((await start()).connection.id, ANAS);
    await control("state", { method: "DELETE" });
    expect(await act(VERIFY, { connection: id })).toMatchObject({
      health: "REVOKED",
      connection: { status: "DISCONNECTED", statusReason: "CONNECTION_REVOKED" },
    });
    expect((await finish((await start()).connection.id, ANAS)).connection).toMatchObject({ id, status: "ACTIVE" });
  });

  test("is in the list, and in the ledger", async () => {
    const { body } = await gateway.ask(
      `{ connections(filter: { consumer: { externalId: "shopper_abc" }, store: { slug: "corner" }, status: ACTIVE }) {
           nodes { id accountLabel } pageInfo { hasNextPage } }
         auditEvents(first: 100) { nodes { action subjectKind subjectId outcome } } }`,
    );
    answers.push(JSON.stringify(body));
    expect(body.data).toMatchObject({
      connections: { nodes: [{ id, accountLabel: "•••30" }], pageInfo: { hasNextPage: false } },
      auditEvents: {
        nodes: expect.arrayContaining([
          { action: "connection.connected", subjectKind: "connection", subjectId: id, outcome: "done" },
        ]),
      },
    });
  });
});

test("at a VTEX store nothing is asked: the profile is the connection", async () => {
  const started = await act(START, { consumer, store: { slug: "cobasi" } });
  expect(started).toMatchObject({
    connection: { status: "ACTIVE", via: "PROFILE", store: { slug: "cobasi" } },
    ...{ form: null, expiresAt: null, userErrors: [] },
  });
  const { id } = started.connection;
  expect(await act(VERIFY, { connection: id })).toMatchObject({ health: "LIVE" });
  expect(await act(DISCONNECT, { connection: id })).toMatchObject({ storeAgreed: true, note: expect.any(String) });
});

test("what is unknown, malformed or another's is one answer", async () => {
  const said = new Set<string>();
  for (const connection of ["con_00000000000070008000000000000000", "con_x", "csm_1", ""]) {
    expect(await find(connection)).toBeNull();
    for (const query of [FINISH, CANCEL, VERIFY, DISCONNECT])
      said.add(JSON.stringify((await act(query, { connection })).userErrors));
  }
  expect(said.size).toBe(1);
  expect([...said][0]).toContain("NOT_FOUND");
});

describe("what the shopper typed, and what the store gave for it", () => {
  test("is in no answer, no log line and no table", async () => {
    // Where values tend to be echoed: odd types, literals, names that do not fit.
    const { id } = (await start()).connection;
    const odd = [{ name: "pin", value: { pin: CANARY.pin } }];
    const spoiled = [{ name: CANARY.pin, value: CANARY.pin }];
    for (const answer of [odd, spoiled, { pin: CANARY.pin }, CANARY.pin]) {
      const { body } = await gateway.ask(FINISH, { input: { connection: id, answer } });
      answers.push(JSON.stringify(body));
    }
    await gateway.ask(
      `mutation { finishConnection(input: { connection: "${id}", answer: [{ name: "pin", value: "${CANARY.pin}" }] }) { userErrors { message } } }`,
    );
    const [token = "no token at all"] = await tokensAtStore();
    const needles = [CANARY.pin, CANARY.card, token, "1000200030"].flatMap((value) => [
      ...[value, Buffer.from(value).toString("hex"), Buffer.from(value).toString("base64")],
    ]);
    const tables = await everyRow(gateway.adminUrl);
    const places = { answers: answers.join("\n"), log: [...lines, ...gateway.logLines].join("\n"), tables };
    expect(Object.values(places).every((text) => text.length > 1_000)).toBe(true);
    expect(tables).toContain("connection.connected");
    for (const [place, text] of Object.entries(places))
      expect([place, needles.filter((needle) => text.includes(needle))]).toEqual([place, []]);
  });
});
