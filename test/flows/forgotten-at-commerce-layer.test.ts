/**
 * Being forgotten at Commerce Layer, over HTTP and past a clock that is turned: two gateways on one database, one store that
 * takes a day and tells of it by webhooks, which get lost, come twice, come in another order, or come from somebody else.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { ACQUIRED_EMAIL, sign } from "@shopkey/adapter-commerce-layer/sandbox";
import { verifyReceipt } from "../../src/vault/index.js";
import { mutate } from "../support/commerce-layer.js";
import {
  CONNECT,
  eventually,
  type ForgettingWorld,
  GRACE_MS,
  HOUR_MS,
  MINUTE_MS,
  openForgetting,
  QUICK,
  stepAt,
} from "../support/forgetting.js";
import { ANA } from "../support/story.js";

const SHOW = `query ($id: String!) { consumer(externalId: $id) { status profile { buyer { email } } anonymization { status } } }`;

let world: ForgettingWorld;
beforeAll(async () => {
  world = await openForgetting();
}, 60_000);
afterAll(() => world.close(), 60_000);
beforeEach(async () => {
  await world.loja.set({});
  await world.outra.set({});
});

const show = async (externalId: string) => (await world.gateway.ask(SHOW, { id: externalId })).body.data;
const customerOf = async (email: string, at = world.loja) => {
  const customer = await at.customer(email);
  if (customer === undefined) throw new Error("the store has no such customer");
  return customer;
};
const asksOf = async (method: string, customerId: string, status?: number) =>
  (await world.loja.asked()).filter(
    (one) => one.method === method && one.path.includes(customerId) && (status ?? one.status) === one.status,
  ).length;
/** Changes of this customer that the store was asked for. */
const changesOf = (customerId: string) => asksOf("PATCH", customerId);
const looksAt = (customerId: string) => asksOf("GET", customerId);
/** The store has told all that it has to tell of this customer. */
const told = (customerId: string) =>
  eventually(
    async () => (await world.loja.held()).deliveries.filter(({ body }) => body.includes(customerId)),
    (deliveries) => deliveries.length === 2 && deliveries.every(({ state }) => state === "delivered"),
  );
const post = async (body: string, signature: string | null, url = world.hook): Promise<number> => {
  const headers = {
    "content-type": "application/vnd.api+json",
    ...(signature ? { "x-commercelayer-signature": signature } : {}),
  };
  return (await fetch(url, { method: "POST", headers, body })).status;
};

test("requested and cancelled in time: the store never hears of it, and everything is as it was", async () => {
  const { gateway, turn, shopper, forget, cancel } = world;
  const ana = await shopper("loja");
  const { id: customerId } = await customerOf(ana.email);
  const id = await forget(ana);
  expect(await show(ana.externalId)).toMatchObject({ consumer: { anonymization: { status: "REQUESTED" } } });
  turn(GRACE_MS - 10 * MINUTE_MS);
  expect(await cancel(id)).toMatchObject({
    ...{ request: { status: "CANCELLED" }, userErrors: [] },
  });
  turn(2 * GRACE_MS);
  expect(await show(ana.externalId)).toMatchObject({
    consumer: { status: "PROSPECT", profile: { buyer: { email: "s•••@example.com" } } },
  });
  expect(await changesOf(customerId)).toBe(0);
  expect((await customerOf(ana.email)).anonymization).toBeNull();
  const cart = await mutate(gateway, CONNECT, { consumer: { externalId: ana.externalId }, store: { slug: "loja" } });
  expect(cart).toMatchObject({ connection: { status: "ACTIVE" }, userErrors: [] });
}, 60_000);

test("cancelled after the store was asked, while another one is down: the store stops, too", async () => {
  const { loja, outra, turn, shopper, forget, cancel, find, until } = world;
  const bia = await shopper("loja", "outra");
  const { id: customerId } = await customerOf(bia.email);
  await outra.set({ trouble: "down" });
  const id = await forget(bia);
  turn(GRACE_MS);
  const half = await until(
    id,
    (request) => stepAt(request)?.status === "IN_PROGRESS" && stepAt(request, "outra")?.statusReason !== null,
  );
  expect(half).toMatchObject({ status: "IN_PROGRESS", shreddedAt: null });
  expect(stepAt(half, "outra")).toMatchObject({ status: "WAITING", statusReason: "STORE_UNAVAILABLE" });
  expect((await customerOf(bia.email)).anonymization).toBe("requested");
  // A moment in which a gateway is at a store with it is a CONFLICT that says so; it passes.
  const cancelled = await eventually(
    () => cancel(id),
    ({ userErrors }) => userErrors.every(({ code }) => code !== "CONFLICT"),
  );
  expect(cancelled).toMatchObject({ request: { status: "CANCELLED" }, userErrors: [] });
  expect((await customerOf(bia.email)).anonymization).toBe("cancelled");
  expect(await changesOf(customerId)).toBe(2);
  await outra.set({});
  turn(2 * 24 * HOUR_MS);
  await loja.settle();
  expect(await show(bia.externalId)).toMatchObject({
    consumer: { status: "PROSPECT" },
  });
  expect((await customerOf(bia.email, outra)).anonymization).toBeNull();
  expect(await find(id)).toMatchObject({ status: "CANCELLED" });
}, 60_000);

test("requested and completed, the store's webhooks being the first to say so", async () => {
  const { loja, turn, shopper, cancel, find, until, asked } = world;
  const caio = await shopper("loja");
  await loja.set(QUICK);
  const { id: customerId } = await customerOf(caio.email);
  const id = await asked(caio);
  expect(await loja.byId(customerId)).toMatchObject({ anonymization: "requested" });
  expect(stepAt(await find(id))).toMatchObject({ status: "IN_PROGRESS", reference: customerId });
  // Both ends come long before the gateway would have looked by itself, an hour later.
  turn(MINUTE_MS / 2);
  await loja.settle();
  await until(id, (request) => stepAt(request)?.note === "The store is forgetting the shopper.");
  turn(MINUTE_MS);
  await loja.settle();
  const ended = await until(id, ({ status }) => status === "COMPLETED");
  expect(stepAt(ended)).toMatchObject({ status: "DONE" });
  const document = ended.receipt?.document ?? "";
  expect(verifyReceipt(Buffer.from(document))).toMatchObject({ kind: "genuine" });
  expect(document).not.toContain(caio.email);
  expect(await changesOf(customerId)).toBe(1);
  expect(await cancel(id)).toMatchObject({ userErrors: [{ code: "TOO_LATE" }] });
}, 60_000);

test("webhooks that are lost make it late, and the gateway's own question settles it", async () => {
  const { loja, turn, shopper, find, until, asked } = world;
  const davi = await shopper("loja");
  await loja.set({ ...QUICK, webhooksLost: true });
  const { id: customerId } = await customerOf(davi.email);
  const id = await asked(davi);
  turn(2 * MINUTE_MS);
  await loja.settle();
  await told(customerId);
  expect(await loja.byId(customerId)).toMatchObject({ anonymization: "completed" });
  const looks = await looksAt(customerId);
  expect(stepAt(await find(id))).toMatchObject({ status: "IN_PROGRESS" });
  turn(HOUR_MS);
  await until(id, ({ status }) => status === "COMPLETED");
  expect(await looksAt(customerId)).toBe(looks + 1);
}, 60_000);

test("webhooks that come twice and the last first change nothing that is not so", async () => {
  const { admin, loja, turn, shopper, until, asked } = world;
  const eva = await shopper("loja");
  await loja.set({ ...QUICK, webhooksDoubled: true, webhooksReversed: true });
  const { id: customerId } = await customerOf(eva.email);
  const id = await asked(eva);
  turn(2 * MINUTE_MS);
  await loja.settle();
  await until(id, ({ status }) => status === "COMPLETED");
  await told(customerId);
  expect(await changesOf(customerId)).toBe(1);
  const { rows } = await admin.query(
    `select facts->>'step' as step, outcome from audit_event where subject_id = $1 and action = 'anonymization.settled'
       and facts->>'step' = 'STORE' order by id`,
    [id.slice(4)],
  );
  expect(rows.map(({ outcome }) => outcome)).toEqual(["IN_PROGRESS", "DONE"]);
}, 60_000);

test("webhooks of somebody else are refused, and what is replayed changes nothing", async () => {
  const { loja, hook, secrets, turn, shopper, find, until, asked, written } = world;
  const fabio = await shopper("loja");
  await loja.set({ ...QUICK, webhooksLost: true });
  const { id: customerId } = await customerOf(fabio.email);
  const id = await asked(fabio);
  const attributes = { email: "x@example.com", status: "repeat", anonymization_status: "completed" };
  const body = JSON.stringify({ data: { id: customerId, type: "customers", attributes } });
  const before = await written(id);
  const looks = await looksAt(customerId);
  const forged = [sign(body, "not-the-secret-of-any-webhook"), "A".repeat(43), `${"A".repeat(43)}=`, "", null];
  for (const signature of forged) expect(await post(body, signature)).toBe(403);
  const [secret = ""] = secrets;
  expect(await post(`${body} `, sign(body, secret))).toBe(403);
  expect(await post(body, sign(body, secret), hook.replace(/sto_[0-9a-f]{32}/, `sto_${"0".repeat(32)}`))).toBe(403);
  expect(await post(body, Buffer.from(sign(body, secret), "base64").toString("hex"))).toBe(403);
  expect(await written(id)).toBe(before);
  expect(await looksAt(customerId)).toBe(looks);

  // Genuine, and not so: the store is asked, and what it says is what counts.
  expect(await post(body, sign(body, secret))).toBe(200);
  await eventually(
    () => looksAt(customerId),
    (now) => now === looks + 1,
  );
  expect(stepAt(await find(id))).toMatchObject({ status: "IN_PROGRESS" });

  turn(2 * MINUTE_MS);
  await loja.settle();
  turn(HOUR_MS);
  await until(id, ({ status }) => status === "COMPLETED");
  const deliveries = (await loja.held()).deliveries.filter((one) => one.body.includes(customerId));
  expect(deliveries).toHaveLength(2);
  const after = await written(id);
  const seen = await looksAt(customerId);
  const sealed = await Promise.all(
    deliveries.flatMap((one) => secrets.map((each) => post(one.body, sign(one.body, each)))),
  );
  expect(new Set(sealed)).toEqual(new Set([200]));
  turn(HOUR_MS);
  expect(await written(id)).toBe(after);
  expect(await looksAt(customerId)).toBe(seen);
}, 60_000);

test("a store that is down for a day is asked until it is back, once, and followed through another day", async () => {
  const { loja, turn, shopper, forget, find, until, atRest } = world;
  const gil = await shopper("loja");
  const { id: customerId } = await customerOf(gil.email);
  await loja.set({ trouble: "down" });
  const id = await forget(gil);
  turn(GRACE_MS);
  await until(id, (request) => stepAt(request)?.statusReason === "STORE_UNAVAILABLE");
  for (let hour = 0; hour < 24; hour += 1) {
    await atRest(id);
    turn(HOUR_MS);
  }
  await atRest(id);
  // Nothing is shredded before the store was told: without the address nobody could tell it any more.
  expect(await find(id)).toMatchObject({ status: "IN_PROGRESS", shreddedAt: null });
  expect(await show(gil.externalId)).toMatchObject({
    consumer: { profile: { buyer: { email: "s•••@example.com" } } },
  });
  await loja.set({});
  turn(HOUR_MS);
  await until(id, ({ shreddedAt }) => shreddedAt !== null);
  expect(await loja.byId(customerId)).toMatchObject({ anonymization: "requested" });
  await loja.set({ trouble: "down" });
  for (let hour = 0; hour < 24; hour += 6) {
    await atRest(id);
    turn(6 * HOUR_MS);
  }
  await atRest(id);
  expect(stepAt(await find(id))).toMatchObject({ status: "IN_PROGRESS" });
  await loja.set({});
  turn(12 * HOUR_MS);
  await loja.settle();
  await until(id, ({ status }) => status === "COMPLETED");
  expect(await asksOf("PATCH", customerId, 200)).toBe(1);
}, 120_000);

test("webhooks that come while the store hangs are taken at once, and what they tell is asked for by whoever can", async () => {
  const { loja, turn, shopper, find, until, asked } = world;
  const ines = await shopper("loja");
  await loja.set(QUICK);
  const { id: customerId } = await customerOf(ines.email);
  const id = await asked(ines);
  await loja.set({ ...QUICK, trouble: "hang" });
  turn(HOUR_MS);
  // A gateway waits for an answer that does not come.
  await eventually(
    () => asksOf("GET", customerId, 0),
    (hanging) => hanging > 0,
  );
  await loja.settle();
  // The store waits for five seconds, and would have come again: each was taken the first time.
  await told(customerId);
  const deliveries = (await loja.held()).deliveries.filter(({ body }) => body.includes(customerId));
  expect(deliveries.map(({ attempts }) => attempts)).toEqual([1, 1]);
  expect(stepAt(await find(id))).toMatchObject({ status: "IN_PROGRESS" });
  // It is back, and whoever still waits for it has had the request for long enough.
  await loja.set(QUICK);
  turn(3 * MINUTE_MS);
  await until(id, ({ status }) => status === "COMPLETED");
  expect(await changesOf(customerId)).toBe(1);
}, 60_000);

test("a store that gives up is left to a person", async () => {
  const { loja, turn, shopper, until, asked } = world;
  const hugo = await shopper("loja");
  await loja.set({ ...QUICK, anonymizationFails: true });
  const failed = await asked(hugo);
  turn(2 * MINUTE_MS);
  await loja.settle();
  const given = await until(failed, (request) => stepAt(request)?.status === "AWAITING_OPERATOR");
  expect(stepAt(given)).toMatchObject({ statusReason: "FAILED_AT_STORE" });
}, 60_000);

test("two gateways at once ask each store once, and every shopper is forgotten", async () => {
  const { admin, loja, turn, shopper, forget, until } = world;
  const shoppers = await Promise.all(Array.from({ length: 4 }, () => shopper("loja")));
  const customers = await Promise.all(shoppers.map(({ email }) => customerOf(email)));
  await loja.set(QUICK);
  const ids = await Promise.all(shoppers.map(forget));
  // What both are told to do at the same moment, one of them does.
  turn(GRACE_MS);
  for (const id of ids) await until(id, ({ shreddedAt }) => shreddedAt !== null);
  turn(2 * MINUTE_MS);
  await loja.settle();
  const ended = await Promise.all(ids.map((id) => until(id, ({ status }) => status === "COMPLETED")));
  for (const { id } of customers) expect(await changesOf(id)).toBe(1);
  const sequences = ended.map(({ receipt }) => receipt?.sequence ?? 0).sort((one, other) => one - other);
  expect(new Set(sequences).size).toBe(4);
  expect((sequences.at(-1) ?? 0) - (sequences[0] ?? 0)).toBe(3);
  const { rows } = await admin.query(
    "select max(attempts)::int as most from anonymization_step where name = 'STORE' and anonymization_id = any($1)",
    [ids.map((id) => id.slice(4))],
  );
  expect(rows).toEqual([{ most: 1 }]);
}, 120_000);

test("no log line held a shopper's value, a credential or a webhook's secret", () => {
  const { gateway, replica, secrets } = world;
  const told = [...gateway.logLines, ...replica.logLines].join("\n");
  for (const canary of ["@example.com", "secret_loja", "eyJ", ANA.address.street, ACQUIRED_EMAIL, ...secrets])
    expect(told.split(canary).length - 1).toBe(0);
});
