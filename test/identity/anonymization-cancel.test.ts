/** Taking a wish back in time restores everything, byte for byte; later it cannot be taken back. And what the law's months are. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Caller } from "../../src/identity/index.js";
import { ANA } from "../support/story.js";
import { codesOf, openCorner, openTestHouse, type TestHouse, wanted } from "./house.js";

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const CARD = [
  { name: "card", value: "1000200030" },
  { name: "pin", value: "2468" },
];
let house: TestHouse;
let caller: Caller;
let store: { slug: string };
beforeAll(async () => {
  house = await openTestHouse({ graceMs: HOUR_MS });
  caller = await house.org();
  store = await openCorner(house, caller);
}, 60_000);
afterAll(() => house.close());

/** Everything that is kept of them, without what counts and dates changes. */
async function rowsOf(externalId: string): Promise<readonly unknown[]> {
  const kept: unknown[] = [];
  const { rows } = await house.admin.query<{ id: string }>("select id from consumer where external_id = $1", [
    externalId,
  ]);
  for (const [table, key, but] of TABLES) {
    const found = await house.admin.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(t) as row from ${table} t where t.${key} = $1 order by to_jsonb(t)::text`,
      [rows[0]?.id],
    );
    kept.push([table, found.rows.map(({ row }) => Object.entries(row).filter(([name]) => !but.includes(name)))]);
  }
  return kept;
}
const TABLES: readonly (readonly [table: string, key: string, but: readonly string[]])[] = [
  ["consumer", "id", ["updated_at"]],
  ["profile", "consumer_id", ["revision", "updated_at"]],
  ["consumer_key", "consumer_id", []],
  ["consumer_index", "consumer_id", []],
  ["connection", "consumer_id", ["updated_at", "due_at"]],
  ["checkout", "consumer_id", []],
  ["order_report", "consumer_id", []],
];

async function regular(externalId: string): Promise<{ readonly connection: string }> {
  const consumer = { externalId };
  await house.identity.saveProfile(caller, { ...consumer, profile: ANA });
  const { connection } = await house.identity.startConnection(caller, { consumer, store });
  await house.identity.finishConnection(caller, { connection: connection.id, answer: CARD });
  const cart = { items: [{ id: "coffee", quantity: 1 }] };
  await house.identity.applyCheckoutIdentity(caller, { consumer, store, cart, purpose: "weekly order" });
  await house.identity.reportOrder(caller, { consumer, orderReference: `order-of-${externalId}` });
  return { connection: connection.id };
}

describe("taken back", () => {
  test("in time: every row is what it was, and everything works on", async () => {
    const consumer = { externalId: "thinks-better" };
    const { connection } = await regular(consumer.externalId);
    const before = await rowsOf(consumer.externalId);
    const seen = await house.identity.findConsumer(caller, consumer, wanted);
    expect(seen).toMatchObject({ status: "ACQUIRED", connections: [{ status: "ACTIVE" }] });
    expect(JSON.stringify(before)).toContain("wrapped");

    const { request } = await house.identity.requestAnonymization(caller, { consumer });
    expect(await rowsOf(consumer.externalId)).not.toEqual(before);
    expect(await codesOf(house.identity.saveProfile(caller, { ...consumer, profile: ANA }))).toEqual([
      "CONSUMER_ANONYMIZED",
    ]);
    house.turnClock(HOUR_MS / 2);
    await house.identity.tendAnonymization(caller.scope, request.id);
    const { request: cancelled } = await house.identity.cancelAnonymization(caller, { request: request.id });
    expect(cancelled).toMatchObject({ status: "CANCELLED", receipt: null, shreddedAt: null });
    expect(cancelled.steps.every(({ endedAt }) => endedAt !== null)).toBe(true);

    expect(await rowsOf(consumer.externalId)).toEqual(before);
    const after = await house.identity.findConsumer(caller, consumer, wanted);
    expect({ ...after, updatedAt: 0, profile: 0 }).toEqual({ ...seen, updatedAt: 0, profile: 0 });
    expect(after?.profile?.buyer).toEqual(seen?.profile?.buyer);
    expect(after?.profile?.address).toEqual(seen?.profile?.address);
    expect(await house.identity.verifyConnection(caller, { connection })).toMatchObject({ health: "LIVE" });
    const filter = { email: ANA.buyer.email };
    const found = await house.identity.listConsumers(caller, { first: 5, filter }, { ...wanted, totalCount: false });
    expect(found.nodes.map(({ externalId }) => externalId)).toEqual([consumer.externalId]);
    await house.identity.saveProfile(caller, { ...consumer, profile: { buyer: { firstName: "Aninha" } } });
    // Long after the grace the clock has nothing to do for it.
    house.turnClock(2 * DAY_MS);
    await house.identity.tendAnonymization(caller.scope, request.id);
    expect((await house.identity.findConsumer(caller, consumer, wanted))?.status).toBe("ACQUIRED");
  }, 120_000);

  test("after the decision to shred, though nothing is shredded yet, it is too late", async () => {
    const consumer = { externalId: "too-late" };
    await regular(consumer.externalId);
    const { request } = await house.identity.requestAnonymization(caller, { consumer, stores: [] });
    house.turnClock(2 * HOUR_MS);
    // The gateway died between the decision and the shred.
    await house.admin.query(
      "update anonymization set state = 'IN_PROGRESS', started_at = now(), committed_at = now() where id = $1",
      [request.id.slice(4)],
    );
    expect(await codesOf(house.identity.cancelAnonymization(caller, { request: request.id }))).toEqual(["TOO_LATE"]);
    await house.identity.tendAnonymization(caller.scope, request.id);
    const ended = await house.identity.findAnonymization(caller, request.id);
    expect(ended?.status).toBe("COMPLETED");
    expect(await codesOf(house.identity.cancelAnonymization(caller, { request: request.id }))).toEqual(["TOO_LATE"]);
    expect(await house.identity.findConsumer(caller, consumer, wanted)).toBeNull();
  }, 120_000);
});

describe("the deadline under the GDPR", () => {
  test.each([
    ["2031-01-15T08:30:00.000Z", "2031-02-15T08:30:00.000Z"],
    ["2031-01-31T08:30:00.000Z", "2031-02-28T08:30:00.000Z"],
    ["2032-01-31T08:30:00.000Z", "2032-02-29T08:30:00.000Z"],
    ["2032-03-31T23:59:59.000Z", "2032-04-30T23:59:59.000Z"],
    ["2032-12-31T00:00:00.000Z", "2033-01-31T00:00:00.000Z"],
  ])("of a request of %s is %s", async (asked, deadline) => {
    const consumer = { externalId: `month-${asked}` };
    await house.identity.createConsumer(caller, consumer);
    house.turnClock(Date.parse(asked) - house.now().getTime());
    const { request } = await house.identity.requestAnonymization(caller, { consumer, regulation: "GDPR", stores: [] });
    const late = request.requestedAt.getTime() - Date.parse(asked);
    expect(request.deadline.getTime() - late).toBe(Date.parse(deadline));
  });
});
