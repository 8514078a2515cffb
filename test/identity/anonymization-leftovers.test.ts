/** What lies beside a consumer's own rows when they are forgotten: answers kept for repetitions, and all that still waits to be done. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { AnonymizationView, Caller } from "../../src/identity/index.js";
import { ANA } from "../support/story.js";
import { openCorner, openTestHouse, type TestHouse } from "./house.js";

const HOUR_MS = 3_600_000;
let house: TestHouse;
let caller: Caller;
beforeAll(async () => {
  house = await openTestHouse();
  caller = await house.org();
});
afterAll(() => house.close());

const answer = [
  { name: "card", value: "1000200030" },
  { name: "pin", value: "2468" },
];

/** Everything that can be asked about a consumer, each with an idempotency key that begins with `once`. */
async function doAll(externalId: string, email: string, document: string): Promise<void> {
  const { identity } = house;
  // A shop of their own: who is forgotten there has no card any more.
  const store = await openCorner(house, caller, externalId);
  const consumer = { externalId };
  const key = (name: string) => ({ idempotencyKey: `once-${externalId}-${name}` });
  const profile = { ...ANA, buyer: { ...ANA.buyer, email, document } };
  await identity.createConsumer(caller, { externalId, ...key("create") });
  await identity.saveProfile(caller, { externalId, profile, ...key("save") });
  await identity.updateConsumer(caller, { consumer, shopperReference: `club-${externalId}`, ...key("update") });
  const { connection } = await identity.startConnection(caller, { consumer, store, ...key("start") });
  const wrong = [
    { name: "card", value: "1000200030" },
    { name: "pin", value: "0000" },
  ];
  const refused = identity.finishConnection(caller, {
    connection: connection.id,
    answer: wrong,
    ...key("finish-wrong"),
  });
  await refused.catch(() => undefined);
  await identity.finishConnection(caller, { connection: connection.id, answer, ...key("finish") });
  await identity.verifyConnection(caller, { connection: connection.id, ...key("verify") });
  const cart = { items: [{ id: "coffee", quantity: 1 }] };
  await identity.applyCheckoutIdentity(caller, { consumer, store, cart, ...key("apply") });
  await identity.reportOrder(caller, { consumer, orderReference: `order-${externalId}`, store, ...key("order") });
  const customer = { consumer };
  const { impersonationSession: seat } = await identity.startImpersonation(caller, {
    ...{ store, customer, reason: "telephone order", ...key("seat") },
  });
  await identity.endImpersonation(caller, { impersonationSession: seat.id, ...key("seat-end") });
  await identity.disconnect(caller, { connection: connection.id, ...key("disconnect") });
  await identity.startConnection(caller, { consumer, store, ...key("start-again") });
  await identity.cancelConnection(caller, { connection: connection.id, ...key("cancel") });
  // And one attempt that is open.
  await identity.startConnection(caller, { consumer, store, ...key("start-open") });
}

async function untilEnded(id: string): Promise<AnonymizationView> {
  for (let turn = 0; turn < 60; turn += 1) {
    await house.identity.tendAnonymization(caller.scope, id);
    const view = await house.identity.findAnonymization(caller, id);
    if (view?.endedAt) return view;
    house.turnClock(HOUR_MS);
  }
  throw new Error("it does not end");
}

const keysOf = async (externalId: string): Promise<readonly string[]> => {
  const { rows } = await house.admin.query<{ key: string }>(
    "select key from idempotency where key like $1 order by 1",
    [`once-${externalId}-%`],
  );
  return rows.map(({ key }) => key.slice(`once-${externalId}-`.length));
};

test("every answer goes, whatever it named; the request's own are kept, without what a person wrote", async () => {
  await doAll("ana", "ana@example.com", "11144477735");
  await doAll("bia", "bia@example.com", "52998224725");
  const given = await keysOf("ana");
  expect(given.length).toBe(15);
  const wish = { consumer: { externalId: "ana" }, idempotencyKey: "once-ana-wish" };
  const { request } = await house.identity.requestAnonymization(caller, {
    ...wish,
    note: "called about Ana",
  });
  await untilEnded(request.id);
  expect(await keysOf("ana")).toEqual(["wish"]);
  expect(await keysOf("bia")).toEqual(given);
  // It stands for the wish, and nothing in it for the note.
  const again = await house.identity.requestAnonymization(caller, { ...wish, note: "another note" });
  expect(again.request).toMatchObject({ id: request.id, status: "COMPLETED" });
});

/** Times at which somebody would do something, of every table that speaks of consumers. */
const WAITS = `select c.table_name as table, c.column_name as column from information_schema.columns c
  where c.table_schema = 'public' and c.column_name ~ '(due_at|lease_until|farewell_at|expires_at)$'
    and exists (select from information_schema.columns o where o.table_schema = 'public' and o.table_name = c.table_name
      and o.column_name = 'consumer_id')`;

test("nothing waits to be done for them any more, and nothing that waited holds a value of theirs", async () => {
  await doAll("caio", "caio.canario@example.com", "39053344705");
  const found = await house.admin.query<{ id: string }>("select id from consumer where external_id = 'caio'");
  const consumerId = found.rows[0]?.id;
  const { rows: columns } = await house.admin.query<{ table: string; column: string }>(WAITS);
  expect(columns.length).toBeGreaterThan(5);
  const waiting = async () => {
    const names: string[] = [];
    for (const { table, column } of columns) {
      const isMoment =
        table === "impersonation" && column === "expires_at" ? "state in ('VERIFYING', 'ACTIVE')" : "true";
      const { rowCount } = await house.admin.query(
        `select from ${table} where consumer_id = $1 and ${column} is not null and ${isMoment}
         ${table === "checkout" ? "and state = 'PENDING'" : ""}`,
        [consumerId],
      );
      if (rowCount !== 0) names.push(`${table}.${column}`);
    }
    return names.filter((name) => !name.startsWith("anonymization.cancell"));
  };
  expect(await waiting()).not.toEqual([]);
  const { request } = await house.identity.requestAnonymization(caller, { consumer: { externalId: "caio" } });
  await untilEnded(request.id);
  expect(await waiting()).toEqual([]);

  const { rows: tables } = await house.admin.query<{ name: string }>(
    "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
  );
  const hits: string[] = [];
  for (const { name } of tables) {
    for (const value of ["caio.canario", "39053344705", "club-caio", "once-caio", "order-caio"]) {
      const { rowCount } = await house.admin.query(`select from ${name} t where row_to_json(t)::text like $1 limit 1`, [
        `%${value}%`,
      ]);
      if (rowCount !== 0) hits.push(`${name}: ${value}`);
    }
  }
  expect(hits).toEqual([]);
});
