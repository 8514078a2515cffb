/** A telesales operator buys for a customer of a VTEX store, over HTTP: each start, each denial, each end. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { openGateway, type TestGateway } from "../support/gateway.js";
import { ANA, APPLY, type ApplyAnswer, SAVE_PROFILE } from "../support/story.js";
import * as desk from "../support/telesales.js";
import { MARIA, TOKEN, type Told } from "../support/telesales.js";

let gateway: TestGateway;
const answers: string[] = [];
const asked = async (query: string, input: object, key?: string): Promise<Told> => {
  const told = await desk.act(gateway, query, input, key);
  answers.push(JSON.stringify(told));
  return told;
};
const start = (more: object = {}, key?: string) => asked(desk.START, desk.startInput(more), key);
const begin = async (more: object = {}, key?: string) => {
  const { impersonationSession, userErrors } = await start(more, key);
  if (impersonationSession === null) throw new Error(JSON.stringify(userErrors));
  return impersonationSession;
};
const end = (id: string, key?: string) => asked(desk.END, { impersonationSession: id }, key);
const find = async (id: string, key?: string) => {
  const { body } = await gateway.ask<{ impersonationSession: desk.Session | null }>(desk.FIND, { id }, key);
  answers.push(JSON.stringify(body));
  return body.data?.impersonationSession ?? null;
};
const codes = ({ userErrors }: Told) => userErrors.map(({ code }) => code);
const alive = async () => {
  const { body } = await gateway.ask<{ impersonationSessions: { nodes: { id: string }[] } }>(desk.LIST, {
    filter: { alive: true },
  });
  return body.data?.impersonationSessions.nodes ?? [];
};
const over = (id: string) =>
  desk.until(
    () => find(id),
    (session) => session?.endedAt !== null,
  );

const consumer = { externalId: "maria" };
const apply = async (impersonationSession: string | null, more: object = {}, key?: string) => {
  const input = {
    consumer,
    store: { slug: "cobasi" },
    cart: { items: [{ id: "1001" }] },
    impersonationSession,
    ...more,
  };
  const { body } = await gateway.ask<ApplyAnswer>(APPLY, { input }, key);
  answers.push(JSON.stringify(body));
  if (body.data === undefined) throw new Error(JSON.stringify(body));
  return body.data.applyCheckoutIdentity;
};

beforeAll(async () => {
  gateway = await openGateway({ logLevel: "debug" });
  const profile = { ...ANA, buyer: { ...ANA.buyer, email: MARIA } };
  await gateway.ask(SAVE_PROFILE, { input: { ...consumer, profile } });
  await gateway.ask(SAVE_PROFILE, { input: { externalId: "ana", profile: ANA } });
}, 60_000);
afterAll(() => gateway.close());
afterEach(async () => {
  await desk.setSwitches(gateway, {});
  for (const { id } of await alive()) await end(id);
  expect(await desk.places(gateway)).toEqual([]);
}, 60_000);

describe("a start", () => {
  test("is ACTIVE when the store, read back, says so; by a consumer or by an address", async () => {
    const session = await begin({ customer: { consumer }, ttl: 600, idempotencyKey: "start-1" });
    expect(session).toMatchObject({
      ...{ state: "ACTIVE", stateReason: null, nextAction: null, canImpersonate: true, account: "cobasi" },
      ...{ storeUserEmail: "m•••@example.com", storeUserId: expect.any(String), consumerId: expect.any(String) },
      ...{ operator: { name: "Developer", vouched: false }, reason: "phone order", endedAt: null, endReason: null },
      store: { slug: "cobasi", capabilities: expect.arrayContaining(["IMPERSONATION"]) },
    });
    expect(await desk.places(gateway)).toEqual([MARIA]);
    const seconds = (Date.parse(String(session.expiresAt)) - Date.now()) / 1000;
    expect(seconds).toBeLessThanOrEqual(600);
    // Again with the same key: the same session, and the store is not asked again. The token is no part of the key.
    expect(
      await begin({ customer: { consumer }, ttl: 600, idempotencyKey: "start-1", operator: { token: "other-login" } }),
    ).toEqual(session);
    expect(codes(await start({ ttl: 700, idempotencyKey: "start-1" }))).toEqual(["IDEMPOTENCY_KEY_REUSED"]);
    await end(session.id);
    // By address the consumer is found whose it is.
    expect(await begin({ customer: { email: MARIA.toUpperCase() } })).toMatchObject({ consumerId: session.consumerId });
  });

  test("may be an operator's whom the key's owner vouches for; each has one place at a store", async () => {
    const first = await begin();
    expect(codes(await start())).toEqual(["CONFLICT"]);
    expect(codes(await start({ operator: { name: "DEVELOPER", token: TOKEN } }))).toEqual(["CONFLICT"]);
    const other = await begin({ operator: { name: "Otto", token: "operator-cobasi-operador2" } });
    expect(other).toMatchObject({ state: "ACTIVE", operator: { name: "Otto", vouched: true } });
    expect(await desk.places(gateway)).toHaveLength(2);
    await end(first.id);
    expect((await begin()).state).toBe("ACTIVE");
  });

  test.each([
    ["APP_MISSING", { impersonateAppMissing: true }, {}, false],
    ["ROLE_MISSING", {}, { operator: { token: "operator-cobasi-gerente" } }, false],
    ["ROLE_MISSING", {}, { operator: { token: "operator-cobasi-mista" } }, false],
    ["CUSTOMER_UNKNOWN", {}, { customer: { email: "nobody.at.all@example.com" } }, null],
    ["CUSTOMER_NOT_LOADED", { profileNeverLoads: true }, {}, null],
    ["CUSTOMER_NOT_LOADED", { operatorEmail: true }, {}, null],
    ["CUSTOMER_IS_OPERATOR", {}, { customer: { email: "operadora@loja.example" } }, null],
    ["OPERATOR_REJECTED", {}, { operator: { token: "operator.of.nobody" } }, null],
    ["OPERATOR_REJECTED", {}, { operator: { token: "expired-cobasi-operadora" } }, null],
    ["OPERATOR_REJECTED", {}, { operator: { token: "shopper-cobasi-operadora" } }, null],
    ["OPERATOR_REJECTED", {}, { operator: { token: "operator-animale-operadora" } }, null],
    ["OPERATOR_REJECTED", {}, { operator: null }, null],
  ])("is DENIED as %s with %j and %j", async (code, switches, more, canImpersonate) => {
    await desk.setSwitches(gateway, switches);
    const session = await begin(more);
    expect(session).toMatchObject({ state: "DENIED", stateReason: code, canImpersonate, startedAt: null });
    expect([session.why, session.nextAction]).toEqual([expect.any(String), expect.any(String)]);
    expect(session.endedAt).not.toBeNull();
    expect(await alive()).toEqual([]);
    expect(await desk.places(gateway)).toEqual([]);
  });

  test("is refused before the store is asked", async () => {
    const service = await desk.makeKey(gateway, { ownerKind: "SERVICE" });
    const without = await desk.makeKey(gateway, { without: ["impersonations:write"] });
    expect(codes(await start({}, service.key))).toEqual(["FORBIDDEN"]);
    expect(codes(await start({}, without.key))).toEqual(["FORBIDDEN"]);
    expect(codes(await start({ store: { slug: "nowhere" } }))).toEqual(["NOT_FOUND"]);
    expect(codes(await start({ customer: { consumer: { externalId: "nobody" } } }))).toEqual(["NOT_FOUND"]);
    const injected = `${MARIA}; VtexIdclientAutCookie=x`;
    const wrong = await start({
      ...{
        customer: { email: injected },
        operator: { name: "x@y.z", token: "a\r\nb" },
        reason: "111.222.333-44",
        ttl: 5,
      },
    });
    expect(wrong.userErrors.map(({ field }) => field?.join("."))).toEqual([
      ...["customer.email", "operator.name", "operator.token", "reason", "ttl"],
    ]);
    expect(codes(await start({ customer: { email: MARIA, consumer } }))).toEqual(["INVALID"]);
  });

  test("at a store that has no such thing is NOT_SUPPORTED, and `capabilities` says so beforehand", async () => {
    const register = `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { store { capabilities } userErrors { code } } }`;
    const input = { adapter: "ifood", slug: "food", title: "iFood", settings: {} };
    const { body } = await gateway.ask<{ registerStore: { store: { capabilities: string[] } } }>(register, { input });
    expect(body.data?.registerStore.store.capabilities).not.toContain("IMPERSONATION");
    expect(codes(await start({ store: { slug: "food" } }))).toEqual(["NOT_SUPPORTED"]);
  });
});

describe("a start that the store breaks off", () => {
  test.each([0, 1, 2, 3, 4])("after request %i leaves nobody there", async (skip) => {
    await desk.setSwitches(gateway, { trouble: "lostAnswer", skip, times: 1 });
    expect(codes(await start())).toEqual(["STORE_UNAVAILABLE"]);
    expect(await alive()).toEqual([]);
    expect(await desk.places(gateway)).toEqual([]);
  });
});

describe("buying", () => {
  test("fills in the cart of a customer whom a guest could not name", async () => {
    expect((await apply(null)).userErrors).toMatchObject([{ code: "CHALLENGE_REQUIRED" }]);
    const { id } = await begin({ customer: { consumer } });
    const { checkoutIdentity, userErrors } = await apply(id);
    expect(userErrors).toEqual([]);
    expect(checkoutIdentity).toMatchObject({ state: "APPLIED" });
    const cart = await fetch(`${gateway.sandboxes.get("vtex")}/_sandbox/carts/${checkoutIdentity?.cartId}`);
    expect(await cart.json()).toMatchObject({ clientProfileData: { email: MARIA } });
  });

  test("is for this customer, at this store, by this key, while it is ACTIVE", async () => {
    const { id } = await begin({ customer: { consumer } });
    const other = await desk.makeKey(gateway);
    const refused = async (wanted: string, session = id, more: object = {}, key?: string) =>
      expect((await apply(session, more, key)).userErrors).toMatchObject([{ code: wanted }]);
    await refused("INVALID", id, { consumer: { externalId: "ana" } });
    await refused("INVALID", id, { overrides: { buyer: { email: "ana@example.com" } } });
    await refused("INVALID", id, { store: { slug: "animale" } });
    await refused("FORBIDDEN", id, {}, other.key);
    await refused("NOT_FOUND", "imp_00000000000000000000000000000000");
    await end(id);
    await refused("CONFLICT");
  });

  test("with an order the place is lost; the session says so, and is renewed", async () => {
    const { id, expiresAt } = await begin({ customer: { consumer } });
    const first = (await apply(id)).checkoutIdentity;
    await desk.payFor(gateway, first?.cartId ?? "");
    const report = `mutation ($input: ReportOrderInput!) { reportOrder(input: $input) { userErrors { code } } }`;
    await gateway.ask(report, { input: { checkoutIdentity: first?.id, orderReference: "order-1" } });
    const lost = await desk.until(
      () => find(id),
      (session) => session?.state !== "ACTIVE",
    );
    expect(lost).toMatchObject({
      state: "BROKEN",
      stateReason: "IMPERSONATION_LOST",
      endReason: null,
      nextAction: expect.any(String),
    });
    expect((await apply(id)).userErrors).toMatchObject([{ code: "IMPERSONATION_LOST" }]);
    expect(codes(await asked(desk.RENEW, { impersonationSession: id }, (await desk.makeKey(gateway)).key))).toEqual([
      "FORBIDDEN",
    ]);
    const renewed = await asked(desk.RENEW, { impersonationSession: id });
    expect(renewed).toMatchObject({ impersonationSession: { state: "ACTIVE", expiresAt }, userErrors: [] });
    expect((await apply(id)).checkoutIdentity).toMatchObject({ state: "APPLIED" });
  });

  test("a cart in somebody else's name breaks it, whoever put the name there", async () => {
    const { id } = await begin({ customer: { consumer } });
    await desk.setSwitches(gateway, { operatorEmail: true });
    expect((await apply(id)).userErrors).toMatchObject([{ code: "IMPERSONATION_LOST" }]);
    expect(await find(id)).toMatchObject({ state: "BROKEN", stateReason: "IMPERSONATION_LOST" });
  });
});

describe("an end", () => {
  test("is confirmed by the store, forgets what was sealed, and twice is fine", async () => {
    const { id } = await begin();
    const other = await desk.makeKey(gateway);
    const ended = await end(id, other.key);
    expect(ended).toMatchObject({
      ...{ storeAgreed: true, userErrors: [] },
      impersonationSession: { state: "ENDED", endReason: "ENDED_BY_CALLER", storeUserEmail: null, storeUserId: null },
    });
    expect(await desk.places(gateway)).toEqual([]);
    expect(await end(id)).toMatchObject({ storeAgreed: true, impersonationSession: { state: "ENDED" } });
    const kept = await row(id);
    expect(kept).toMatchObject({ wrapped: null, secret: null, customer: null, email_digest: null });
  });

  test("that the store does not make is BROKEN, said aloud, and asked again by the clock", async () => {
    const { id } = await begin();
    await desk.setSwitches(gateway, { impersonationSurvives: true });
    const ended = await end(id);
    expect(ended).toMatchObject({
      storeAgreed: false,
      impersonationSession: { state: "BROKEN", stateReason: "REFUSED_BY_STORE", endReason: "ENDED_BY_CALLER" },
    });
    expect(gateway.logLines.join("")).toContain("could not be ended at the store");
    expect(codes(await start())).toEqual(["CONFLICT"]);
    await desk.setSwitches(gateway, {});
    await due(id);
    expect(await over(id)).toMatchObject({ state: "ENDED", storeAgreed: true });
    expect(await desk.places(gateway)).toEqual([]);
  });

  test("comes by the clock when its time is over", async () => {
    const { id } = await begin({ ttl: 60 });
    await sql("update impersonation set expires_at = now() - interval '1 second', due_at = now() where id = $1", id);
    expect((await find(id))?.state).not.toBe("ACTIVE");
    expect((await apply(id)).userErrors).toMatchObject([{ code: "CONFLICT" }]);
    expect(await over(id)).toMatchObject({ state: "EXPIRED", endReason: "EXPIRED" });
  });

  test("comes with the revocation of the key that began it", async () => {
    const { id: keyId, key } = await desk.makeKey(gateway);
    const { id } = await begin({}, key);
    await gateway.ask(`mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { userErrors { code } } }`, {
      input: { id: keyId },
    });
    expect(await over(id)).toMatchObject({ state: "ENDED", endReason: "KEY_REVOKED" });
  });

  test("comes with the removal of the Store", async () => {
    const register = `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { store { id } userErrors { code } } }`;
    await gateway.ask(register, {
      input: { adapter: "vtex", slug: "second", title: "Second", settings: { account: "cobasi" } },
    });
    const { id } = await begin({ store: { slug: "second" } });
    await gateway.ask(`mutation ($input: RemoveStoreInput!) { removeStore(input: $input) { userErrors { code } } }`, {
      input: { store: { slug: "second" } },
    });
    expect(await over(id)).toMatchObject({ state: "ENDED", endReason: "STORE_REMOVED" });
  });

  test("comes with the wish of the customer to be forgotten, also where only the address was given", async () => {
    const email = "joao.incompleto@example.com";
    const profile = { ...ANA, buyer: { ...ANA.buyer, email } };
    for (const externalId of ["joao", "joana"]) await gateway.ask(SAVE_PROFILE, { input: { externalId, profile } });
    const session = await begin({ customer: { email } });
    expect(session).toMatchObject({ state: "ACTIVE", consumerId: null });
    const forget = `mutation ($input: RequestAnonymizationInput!) { requestAnonymization(input: $input) { userErrors { code message } } }`;
    const { body } = await gateway.ask(forget, { input: { consumer: { externalId: "joao" } } });
    expect(body.data).toMatchObject({ requestAnonymization: { userErrors: [] } });
    expect(await over(session.id)).toMatchObject({ state: "ENDED", endReason: "CUSTOMER_FORGOTTEN" });
    expect(codes(await start({ customer: { consumer: { externalId: "joao" } } })).length).toBe(1);
  });

  test("comes for all with the org's switch, and none begins until it is on again", async () => {
    const { id } = await begin();
    const operator = await desk.makeKey(gateway, { without: ["keys:write"] });
    expect(await asked(desk.SWITCH, { on: false }, operator.key)).toMatchObject({
      on: false,
      ending: 1,
      userErrors: [],
    });
    expect(await over(id)).toMatchObject({ state: "ENDED", endReason: "SWITCHED_OFF" });
    expect(codes(await start())).toEqual(["FORBIDDEN"]);
    expect(codes(await asked(desk.SWITCH, { on: true }, operator.key))).toEqual(["FORBIDDEN"]);
    expect(await asked(desk.SWITCH, { on: true })).toMatchObject({ on: true, ending: 0 });
    expect((await begin()).state).toBe("ACTIVE");
  });
});

describe("afterwards", () => {
  test("every step is in the ledger, and reads in order", async () => {
    const { id } = await begin({ customer: { consumer }, reason: "ledger" });
    await apply(id);
    await end(id);
    const events = `{ auditEvents(first: 100) { nodes { action subjectId purpose outcome facts } } }`;
    const { body } = await gateway.ask<{
      auditEvents: {
        nodes: { action: string; subjectId: string; purpose: string; facts: { impersonation?: string } }[];
      };
    }>(events);
    const lines =
      body.data?.auditEvents.nodes.filter((line) => line.subjectId === id || line.facts.impersonation === id) ?? [];
    expect(lines.map(({ action }) => action).reverse()).toEqual([
      ...["profile.used", "impersonation.started", "impersonation.activated"],
      ...["checkout.applied", "impersonation.ending", "impersonation.ended"],
    ]);
  });

  test("neither the operator's login nor the customer's address is in an answer, the log or a table", async () => {
    await begin();
    const needles = [TOKEN, MARIA, "operadora@loja.example"];
    const dump = JSON.stringify(
      await sql("select i::text as row from impersonation i where $1::text is not null", "imp_x"),
    );
    for (const hay of [answers.join(""), gateway.logLines.join(""), dump])
      expect(
        needles.filter((needle) => hay.includes(needle) || hay.includes(Buffer.from(needle).toString("hex"))),
      ).toEqual([]);
    expect(answers.length).toBeGreaterThan(20);
  });
});

async function sql(statement: string, id: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: gateway.adminUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement, [id.replace("imp_", "")])).rows;
  } finally {
    await client.end();
  }
}
const row = async (id: string) => (await sql("select * from impersonation where id = $1", id))[0];
const due = (id: string) => sql("update impersonation set due_at = now() where id = $1", id);
