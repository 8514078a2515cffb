/** Being forgotten, as the org asks for it and the clock does it: a real database, a real vault, the corner shop. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type AnonymizationView, type Caller, isScope } from "../../src/identity/index.js";
import { verifyReceipt } from "../../src/vault/index.js";
import { ANA } from "../support/story.js";
import { codesOf, ledgerOf, openCorner, openTestHouse, type TestHouse, wanted, withoutScope } from "./house.js";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
let house: TestHouse;
let caller: Caller;
let shop: { slug: string };
beforeAll(async () => {
  house = await openTestHouse();
  caller = await house.org();
  shop = await openCorner(house, caller);
});
afterAll(() => house.close());

let count = 0;
async function shopper(): Promise<{ externalId: string }> {
  count += 1;
  const consumer = { externalId: `shopper-${count}` };
  const buyer = { ...ANA.buyer, document: String(10_000_000_000 + count * 7) };
  await house.identity.saveProfile(caller, { ...consumer, profile: { ...ANA, buyer } });
  return consumer;
}
const ids = (view: AnonymizationView) => view.id;
const find = async (id: string): Promise<AnonymizationView> => {
  const view = await house.identity.findAnonymization(caller, id);
  if (view === null) throw new Error("the request is not there");
  return view;
};
const tend = (id: string) => house.identity.tendAnonymization(caller.scope, id);
const statusOf = (view: AnonymizationView, name: string) => view.steps.find((step) => step.name === name)?.status;
const ask = async (consumer: { externalId: string }, more: object = {}) =>
  (await house.identity.requestAnonymization(caller, { consumer, ...more })).request;
async function untilEnded(id: string): Promise<AnonymizationView> {
  for (let turn = 0; turn < 40; turn += 1) {
    await tend(id);
    const view = await find(id);
    if (view.endedAt !== null) return view;
    house.turnClock(61 * MINUTE_MS);
  }
  throw new Error(`it does not end: ${JSON.stringify(await find(id))}`);
}
const rowsOf = async (consumerId: string) => {
  const id = consumerId.slice(4);
  const { rows } = await house.admin.query(
    `select (select count(*)::int from profile where consumer_id = $1) as profile,
       (select count(*)::int from consumer_index where consumer_id = $1) as index,
       (select count(*)::int from consumer_key where consumer_id = $1) as key,
       (select count(*)::int from connection where consumer_id = $1) as connection,
       (select status from consumer where id = $1) as status`,
    [id],
  );
  return rows[0];
};

describe("a request", () => {
  test("freezes at once and is refused to programs and to keys without the scope", async () => {
    const consumer = await shopper();
    const program = { ...caller, owner: { kind: "SERVICE", name: "backend" } } as const;
    expect(await codesOf(house.identity.requestAnonymization(program, { consumer }))).toEqual(["FORBIDDEN"]);
    const mute = withoutScope(caller, "anonymizations:write");
    expect(await codesOf(house.identity.requestAnonymization(mute, { consumer }))).toEqual(["FORBIDDEN"]);
    expect(isScope("anonymizations:write")).toBe(true);

    const request = await ask(consumer, { regulation: "GDPR", note: "asked by telephone" });
    expect(request).toMatchObject({ status: "REQUESTED", regulation: "GDPR", note: "asked by telephone" });
    expect(await codesOf(house.identity.saveProfile(caller, { ...consumer, profile: ANA }))).toEqual([
      "CONSUMER_ANONYMIZED",
    ]);
    expect(await codesOf(house.identity.startConnection(caller, { consumer, store: shop }))).toEqual([
      "CONSUMER_ANONYMIZED",
    ]);
    const cart = { items: [{ id: "coffee", quantity: 1 }] };
    expect(await codesOf(house.identity.applyCheckoutIdentity(caller, { consumer, store: shop, cart }))).toEqual([
      "CONSUMER_ANONYMIZED",
    ]);
    expect(await codesOf(house.identity.updateConsumer(caller, { consumer, shopperReference: "another" }))).toEqual([
      "CONSUMER_ANONYMIZED",
    ]);
    const view = await house.identity.findConsumer(caller, consumer, wanted);
    expect(view).toMatchObject({ status: "PROSPECT", profile: { buyer: { email: "a•••@example.com" } } });
    expect(await house.identity.anonymizationsOf(caller, [view?.id ?? ""])).toMatchObject([{ status: "REQUESTED" }]);
    // A second wish is the first one.
    expect(ids(await ask(consumer))).toBe(request.id);
  });

  test("is done by the clock, step by step, and ends with a receipt", async () => {
    const consumer = await shopper();
    const before = await house.identity.findConsumer(caller, consumer, wanted);
    const cart = { items: [{ id: "coffee", quantity: 1 }] };
    await house.identity.applyCheckoutIdentity(caller, { consumer, store: shop, cart, purpose: "weekly order" });
    const request = await ask(consumer);
    expect(request.steps.map(({ name }) => name)).toEqual([
      ...["FREEZE", "STORE", "LOGINS", "SUPPRESS", "SHRED", "PURGE", "RECEIPT"],
    ]);
    expect(request.steps[1]?.store?.slug).toBe(shop.slug);
    await tend(request.id);
    const shredded = await find(request.id);
    expect(shredded).toMatchObject({ status: "IN_PROGRESS", note: null });
    expect(shredded.shreddedAt).not.toBeNull();
    expect(statusOf(shredded, "STORE")).toBe("IN_PROGRESS");
    expect(statusOf(shredded, "SHRED")).toBe("DONE");
    expect(await rowsOf(before?.id ?? "")).toEqual({
      ...{ profile: 0, index: 0, key: 0, connection: 0, status: "ANONYMIZED" },
    });
    expect(await codesOf(house.identity.cancelAnonymization(caller, { request: request.id }))).toEqual(["TOO_LATE"]);
    expect(await codesOf(house.identity.saveProfile(caller, { ...consumer, profile: ANA }))).toEqual([
      "CONSUMER_ANONYMIZED",
    ]);
    expect(await house.identity.findConsumer(caller, consumer, wanted)).toBeNull();

    const ended = await untilEnded(request.id);
    expect(ended).toMatchObject({ status: "COMPLETED", overdue: false });
    expect(ended.steps.every(({ status }) => status === "DONE" || status === "SKIPPED")).toBe(true);
    const document = ended.receipt?.document ?? "";
    expect(verifyReceipt(Buffer.from(document))).toMatchObject({ kind: "genuine", digest: ended.receipt?.digest });
    for (const value of [...Object.values(ANA.buyer), ANA.address.street, consumer.externalId])
      expect(document).not.toContain(value);
    const actions = await ledgerOf(house, caller.scope.orgId);
    for (const action of ["requested", "started", "settled", "shredded", "ended"])
      expect(actions).toContain(`anonymization.${action}`);
  });

  test("asks the store with what it needs, once, and the store knows it", async () => {
    const asked = () => Object.keys((house.sandbox.state(shop.slug) as unknown as { forgets: object }).forgets).length;
    const before = asked();
    const request = await ask(await shopper(), { stores: [shop] });
    expect(asked()).toBe(before);
    await tend(request.id);
    await tend(request.id);
    expect(asked()).toBe(before + 1);
    expect((await untilEnded(request.id)).steps.find(({ name }) => name === "STORE")?.attempts).toBe(1);
  });

  test("may ask no store at all", async () => {
    const request = await ask(await shopper(), { stores: [] });
    expect(request.steps.some(({ name }) => name === "STORE")).toBe(false);
    expect((await untilEnded(request.id)).status).toBe("COMPLETED");
  });

  test("of an unknown, a foreign or an erased consumer is one answer", async () => {
    const stranger = await house.org();
    const consumer = await shopper();
    expect(await codesOf(house.identity.requestAnonymization(stranger, { consumer }))).toEqual(["NOT_FOUND"]);
    await untilEnded((await ask(consumer, { stores: [] })).id);
    expect(await codesOf(house.identity.requestAnonymization(caller, { consumer }))).toEqual(["NOT_FOUND"]);
    const never = { externalId: "never" };
    expect(await codesOf(house.identity.requestAnonymization(caller, { consumer: never }))).toEqual(["NOT_FOUND"]);
  });
});

describe("cancelling", () => {
  test("within the time to think better of it restores everything, and asks no store", async () => {
    const patient = await house.identity.consoleCaller(caller.scope.orgId, "live");
    const consumer = { externalId: "patient" };
    await house.identity.saveProfile(patient, { ...consumer, profile: ANA });
    const before = await house.identity.findConsumer(patient, consumer, wanted);
    const { request } = await house.identity.requestAnonymization(patient, { consumer });
    expect(request.cancellableUntil.getTime() - request.requestedAt.getTime()).toBe(DAY_MS);
    expect(statusOf(request, "FREEZE")).toBe("DONE");
    await house.identity.tendAnonymization(patient.scope, request.id);
    expect((await house.identity.findAnonymization(patient, request.id))?.status).toBe("REQUESTED");
    const cancelled = await house.identity.cancelAnonymization(patient, { request: request.id });
    expect(cancelled.request).toMatchObject({ status: "CANCELLED", receipt: null });
    const after = await house.identity.findConsumer(patient, consumer, wanted);
    expect({ ...after, updatedAt: 0, profile: after?.profile?.buyer }).toEqual({
      ...{ ...before, updatedAt: 0, profile: before?.profile?.buyer },
    });
    await house.identity.saveProfile(patient, { ...consumer, profile: ANA });
    // Cancelled is cancelled, however often; and another wish is another request.
    await house.identity.cancelAnonymization(patient, { request: request.id });
    const again = await house.identity.requestAnonymization(patient, { consumer });
    expect(again.request.id).not.toBe(request.id);
    house.turnClock(DAY_MS + MINUTE_MS);
    await house.identity.tendAnonymization(patient.scope, again.request.id);
    expect((await house.identity.findAnonymization(patient, again.request.id))?.status).toBe("COMPLETED");
  });

  test("while another store is down lets the store that was asked stop, and restores everything", async () => {
    const down = await openCorner(house, caller, `down-${Date.now() % 100_000}`);
    const consumer = await shopper();
    house.sandbox.switches.set(down.slug, { trouble: "down" });
    const request = await ask(consumer, { stores: [shop, down] });
    await tend(request.id);
    const waiting = await find(request.id);
    expect(waiting.steps.filter(({ name }) => name === "STORE").map(({ status }) => status)).toEqual([
      ...["IN_PROGRESS", "WAITING"],
    ]);
    expect(waiting.shreddedAt).toBeNull();
    const { request: cancelled } = await house.identity.cancelAnonymization(caller, { request: request.id });
    expect(cancelled.status).toBe("CANCELLED");
    expect((await house.identity.findConsumer(caller, consumer, wanted))?.profile?.buyer.email).toBe(
      "a•••@example.com",
    );
  });
});

describe("a store that is down", () => {
  test("is asked again until a person has to, and the rest goes on", async () => {
    const down = await openCorner(house, caller, `gone-${Date.now() % 100_000}`);
    house.sandbox.switches.set(down.slug, { trouble: "down" });
    const request = await ask(await shopper(), { stores: [down] });
    for (let day = 0; day < 9; day += 1) {
      await tend(request.id);
      house.turnClock(DAY_MS);
    }
    await tend(request.id);
    const waiting = await find(request.id);
    expect(waiting.shreddedAt).not.toBeNull();
    const step = waiting.steps.find(({ name }) => name === "STORE");
    expect(step).toMatchObject({ status: "AWAITING_OPERATOR", statusReason: "STORE_UNAVAILABLE" });
    const settle = { request: request.id, store: down, outcome: "DONE" } as const;
    expect(await codesOf(house.identity.settleAnonymizationStep(caller, settle))).toEqual(["INVALID"]);
    await house.identity.settleAnonymizationStep(caller, { ...settle, reference: "ticket-1" });
    await tend(request.id);
    expect(await find(request.id)).toMatchObject({ status: "COMPLETED" });
  });
});

describe("an import that did not hear of it", () => {
  test("brings nobody back, under whatever id; the shopper's own will does, and time", async () => {
    const org = await house.org();
    const buyer = { ...ANA.buyer, email: "back@example.com", document: "11144477735" };
    const profile = { ...ANA, buyer };
    await house.identity.saveProfile(org, { externalId: "first", profile });
    const { request } = await house.identity.requestAnonymization(org, { consumer: { externalId: "first" } });
    await house.identity.tendAnonymization(org.scope, request.id);
    const save = (externalId: string, more: object) =>
      house.identity.saveProfile(org, { externalId, profile: { ...ANA, buyer: { ...ANA.buyer, ...more } } });
    expect(await codesOf(save("first", { email: "new@example.com" }))).toEqual(["CONSUMER_ANONYMIZED"]);
    const byAddress = { buyer: { email: " BACK@example.com" } };
    expect(await codesOf(house.identity.saveProfile(org, { externalId: "second", profile: byAddress }))).toEqual([
      "CONSUMER_ANONYMIZED",
    ]);
    expect(await codesOf(save("second", { email: "new@example.com", document: "111.444.777-35" }))).toEqual([
      "CONSUMER_ANONYMIZED",
    ]);
    await save("second", { email: "new@example.com", document: "52998224725" });
    const other = await house.org();
    await house.identity.saveProfile(other, { externalId: "first", profile });
    await house.identity.createConsumer(org, { externalId: "returned" });
    await house.identity.saveProfile(org, { consumer: { externalId: "returned" }, profile });
    const { rows } = await house.admin.query(
      "select field, length(digest) as bytes from suppression where org_id = $1",
      [org.scope.orgId],
    );
    expect(rows).toHaveLength(2);
    house.turnClock(181 * DAY_MS);
    await save("later", buyer);
  });
});

describe("receipts", () => {
  test("are a chain in each org, and no byte of one can be altered", async () => {
    const org = await house.org();
    const documents: string[] = [];
    for (const name of ["one", "two"]) {
      await house.identity.createConsumer(org, { externalId: name });
      const { request } = await house.identity.requestAnonymization(org, { consumer: { externalId: name } });
      await house.identity.tendAnonymization(org.scope, request.id);
      const view = await house.identity.findAnonymization(org, request.id);
      documents.push(view?.receipt?.document ?? "");
    }
    const [first, second] = documents.map((document) => verifyReceipt(Buffer.from(document)));
    expect(first).toMatchObject({ kind: "genuine", sequence: 1, previous: null });
    expect(second).toMatchObject({ kind: "genuine", sequence: 2, previous: (first as { digest: string }).digest });
    const bytes = Buffer.from(documents[1] ?? "");
    for (let at = 0; at < bytes.length; at += 1) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect({ at, ...verifyReceipt(altered) }).toMatchObject({ at, kind: "refused" });
    }
  });
});

describe("deadlines", () => {
  test.each([
    ["LGPD", 15],
    ["CCPA", 45],
  ])("%s: %i days", async (regulation, days) => {
    const { requestedAt, deadline } = await ask(await shopper(), { regulation, stores: [] });
    expect(deadline.getTime() - requestedAt.getTime()).toBe(days * DAY_MS);
  });
});
