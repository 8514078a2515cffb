import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Caller, FinishConnectionInput } from "../../src/identity/index.js";
import { tendDueConnections } from "../../src/jobs/index.js";
import { openLog } from "../../src/kernel/log.js";
import { ANA } from "../support/story.js";
import {
  codesOf,
  ledgerOf,
  openCorner,
  openTestHouse,
  refusalsOf,
  type TestHouse,
  wanted,
  withoutScope,
} from "./house.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ANAS = { card: "1000200030", pin: "2468" };
const BRUNOS = { card: "1000200031", pin: "1357" };
const log = openLog({ level: "silent" });

let house: TestHouse;
let caller: Caller;
let store: { slug: string };
let count = 0;
let consumer: { externalId: string };

beforeAll(async () => {
  house = await openTestHouse();
  caller = await house.org();
  store = await openCorner(house, caller);
});
afterAll(() => house.close());
beforeEach(async () => {
  count += 1;
  consumer = { externalId: `shopper_${count}` };
  await house.identity.saveProfile(caller, { ...consumer, profile: ANA });
  await switches(null);
});

const start = (more: object = {}) => house.identity.startConnection(caller, { consumer, store, ...more });
const answerOf = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }));
const finish = (connection: string, values = ANAS, more: Partial<FinishConnectionInput> = {}) =>
  house.identity.finishConnection(caller, { connection, answer: answerOf(values), ...more });
const connect = async (values = ANAS, more: Partial<FinishConnectionInput> = {}) => {
  const { connection } = await start();
  return (await finish(connection.id, values, more)).connection;
};
const find = (id: string) => house.identity.findConnection(caller, id);
const tokens = () => [...house.sandbox.shop("ana").tokens];
const revokeAll = () => tokens().map(([, token]) => (token.state = "revoked"));
const tick = () => {
  const now = new Date(Date.now() + shifted);
  return tendDueConnections(house.identity, house.data.dueConnections, now, log, new AbortController().signal);
};
let shifted = 0;
const turn = (ms: number) => {
  shifted += ms;
  house.turnClock(ms);
};

/** The sandbox's failure switches; null turns them all off. */
async function switches(set: object | null): Promise<void> {
  const init =
    set === null
      ? { method: "DELETE" }
      : { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(set) };
  await fetch(`${house.sandbox.url}/_sandbox/switches`, init);
}
const rowOf = async (id: string) => {
  const { rows } = await house.admin.query("select * from connection where id = $1", [uuidOf(id)]);
  return rows[0];
};
const ledger = async (id: string): Promise<readonly string[]> => {
  const { rows } = await house.admin.query<{ line: string }>(
    "select action || ' ' || outcome as line from audit_event where subject_id = $1 order by id",
    [uuidOf(id)],
  );
  return rows.map(({ line }) => line);
};

describe("a shopper connects", () => {
  test("by a form, and the connection holds only what is sealed", async () => {
    const step = await start();
    expect(step).toMatchObject({
      connection: { status: "PENDING", via: "LOGIN", accountLabel: null, nextAction: expect.any(String) },
      form: {
        fields: [
          { name: "card", title: expect.any(String), kind: "TEXT" },
          { name: "pin", kind: "PASSWORD" },
        ],
      },
      ...{ redirectUrl: null, liveViewUrl: null, sessionId: null, contextId: null },
    });
    expect(step.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 14 * MINUTE);
    const done = await finish(step.connection.id);
    expect(done).toMatchObject({
      connection: { id: step.connection.id, status: "ACTIVE", via: "LOGIN", accountLabel: "•••30", nextAction: null },
      ...{ form: null, expiresAt: null },
    });
    expect(done.connection.lastVerifiedAt).toBeInstanceOf(Date);
    const text = JSON.stringify(await rowOf(step.connection.id), (_, part) =>
      part?.type === "Buffer" ? Buffer.from(part.data).toString("latin1") : part,
    );
    for (const [token] of tokens()) expect(text).not.toContain(token);
    expect(await ledger(step.connection.id)).toEqual(["connection.started done", "connection.connected done"]);
    const seen = await house.identity.findConsumer(caller, consumer, wanted);
    expect(seen?.connections).toMatchObject([{ id: step.connection.id, accountLabel: "•••30", consumerId: seen?.id }]);
  });

  test("after a wrong code, which leaves the question standing", async () => {
    const { connection } = await start();
    expect(await codesOf(finish(connection.id, { ...ANAS, pin: "0000" }))).toEqual(["ANSWER_INVALID"]);
    expect(await find(connection.id)).toMatchObject({ status: "PENDING" });
    expect((await finish(connection.id)).connection.status).toBe("ACTIVE");
    expect(await ledger(connection.id)).toEqual([
      ...["connection.started done", "connection.failed ANSWER_INVALID", "connection.connected done"],
    ]);
  });

  test("but does not guess for ever", async () => {
    const { connection } = await start();
    const wrong = () => codesOf(finish(connection.id, { ...ANAS, pin: "0000" }));
    for (let guess = 1; guess <= 10; guess += 1) expect(await wrong()).toEqual(["ANSWER_INVALID"]);
    expect(await codesOf(finish(connection.id))).toEqual(["INVALID"]);
    expect(await find(connection.id)).toMatchObject({ status: "FAILED", statusReason: "ANSWER_INVALID" });
  });

  test("in time: a question that is too old takes no answer", async () => {
    const { connection } = await start();
    turn(16 * MINUTE);
    const [refusal] = await refusalsOf(finish(connection.id));
    expect(refusal).toMatchObject({ code: "INVALID", field: ["connection"], message: "The time to answer is over." });
    await tick();
    expect(await find(connection.id)).toMatchObject({ status: "FAILED", statusReason: "NOT_FINISHED" });
    expect(await ledger(connection.id)).toContain("connection.failed NOT_FINISHED");
    expect(await codesOf(finish(connection.id))).toEqual(["INVALID"]);
    expect(await connect()).toMatchObject({ id: connection.id, status: "ACTIVE" });
  });

  test("with answers that are text, each of them asked for, and none of them repeated", async () => {
    const { connection } = await start();
    const odd = [
      { name: "pin", value: 7_777_777 },
      { name: "pin", value: "7777777" },
      { name: "7777777", value: "7777777" },
    ];
    for (const answer of [[odd[0]], [odd[1], odd[1]], [odd[2]], [{ name: "pin", value: "7777777".repeat(500) }]]) {
      const refusals = await refusalsOf(
        house.identity.finishConnection(caller, { connection: connection.id, answer: answer as never }),
      );
      expect(refusals.map(({ code }) => code)).toEqual(["INVALID"]);
      expect(JSON.stringify(refusals.map(({ message, field }) => [message, field]))).not.toContain("7777777");
    }
    expect((await finish(connection.id)).connection.status).toBe("ACTIVE");
  });

  test("not at all when they give up", async () => {
    const { connection } = await start();
    const cancelled = await house.identity.cancelConnection(caller, { connection: connection.id });
    expect(cancelled.connection).toMatchObject({ status: "FAILED", statusReason: "CANCELLED" });
    expect(await codesOf(finish(connection.id))).toEqual(["INVALID"]);
    await house.identity.cancelConnection(caller, { connection: connection.id });
    expect(await ledger(connection.id)).toEqual(["connection.started done", "connection.cancelled done"]);
  });

  test("a store that is down fails the start, which may be repeated with the same key", async () => {
    await switches({ trouble: "down" });
    const key = { idempotencyKey: `down ${count}` };
    expect(await codesOf(start(key))).toEqual(["STORE_UNAVAILABLE"]);
    await switches(null);
    const { connection, form } = await start(key);
    expect([connection.status, form?.fields.length]).toEqual(["PENDING", 2]);
    expect(await start(key)).toMatchObject({ connection: { id: connection.id }, form: { fields: form?.fields } });
    expect(await codesOf(start({ ...key, store: { slug: "other" } }))).toEqual(["IDEMPOTENCY_KEY_REUSED"]);
  });

  test("a store that is down while the shopper answers leaves the question standing", async () => {
    const { connection } = await start();
    await switches({ trouble: "down" });
    expect(await codesOf(finish(connection.id, ANAS, { idempotencyKey: `later ${count}` }))).toEqual([
      "STORE_UNAVAILABLE",
    ]);
    await switches(null);
    expect((await finish(connection.id, ANAS, { idempotencyKey: `later ${count}` })).connection.status).toBe("ACTIVE");
  });
});

describe("a repetition", () => {
  test("of a finished answer is answered as the first time, and asks the store nothing", async () => {
    const { connection } = await start();
    const key = { idempotencyKey: `finish ${count}` };
    await finish(connection.id, ANAS, key);
    const before = tokens().length;
    expect((await finish(connection.id, ANAS, key)).connection.status).toBe("ACTIVE");
    expect((await finish(connection.id)).connection.status).toBe("ACTIVE");
    expect(tokens()).toHaveLength(before);
  });

  test("of a wrong answer is wrong again", async () => {
    const { connection } = await start();
    const key = { idempotencyKey: `wrong ${count}` };
    const wrong = { ...ANAS, pin: "0000" };
    expect(await codesOf(finish(connection.id, wrong, key))).toEqual(["ANSWER_INVALID"]);
    expect(await codesOf(finish(connection.id, wrong, key))).toEqual(["ANSWER_INVALID"]);
    expect((await rowOf(connection.id)).attempt_answers).toBe(1);
  });

  test("at the same moment makes one login", async () => {
    const { connection } = await start();
    const before = tokens().length;
    const ends = await Promise.allSettled([finish(connection.id), finish(connection.id), finish(connection.id)]);
    expect(ends.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    for (const end of ends) if (end.status === "rejected") expect(end.reason).toMatchObject({ code: "CONFLICT" });
    expect(tokens()).toHaveLength(before + 1);
  });

  test("of starts at the same moment makes one connection", async () => {
    const key = { idempotencyKey: `starts ${count}` };
    const ids = (await Promise.all([start(key), start(key), start(key)])).map(({ connection }) => connection.id);
    expect(new Set(ids).size).toBe(1);
    const logins = [...house.sandbox.shop("ana").logins.values()].filter(({ used }) => !used);
    expect(logins.length).toBeGreaterThan(0);
    expect((await finish(ids[0] ?? "")).connection.status).toBe("ACTIVE");
  });
});

describe("connecting again", () => {
  test("mends the same connection, and leaves the old login until the new one is there", async () => {
    const { id } = await connect();
    const step = await start();
    expect(step.connection).toMatchObject({ id, status: "ACTIVE" });
    await house.identity.cancelConnection(caller, { connection: id });
    expect(await find(id)).toMatchObject({ status: "ACTIVE" });
    expect(await connect()).toMatchObject({ id, status: "ACTIVE" });
    expect((await rowOf(id)).generation).toBe(2);
  });

  test("with another account is refused, and its login does not stay at the store", async () => {
    const { id } = await connect();
    const before = tokens().map(([token]) => token);
    const { connection } = await start();
    const [refusal] = await refusalsOf(finish(connection.id, BRUNOS));
    expect(refusal).toMatchObject({ code: "OTHER_ACCOUNT", nextAction: expect.any(String) });
    expect(tokens().map(([token]) => token)).toEqual(before);
    expect(await find(id)).toMatchObject({ status: "ACTIVE", accountLabel: "•••30" });
    expect(await ledger(id)).toContain("connection.failed OTHER_ACCOUNT");
  });

  test("with another account is done when the shopper confirms it, and the account before is logged out", async () => {
    const { id } = await connect();
    const before = tokens().map(([token]) => token);
    expect(await connect(BRUNOS, { confirmOtherAccount: true })).toMatchObject({ id, accountLabel: "•••31" });
    const after = tokens().map(([token]) => token);
    expect(after.filter((token) => before.includes(token))).toHaveLength(before.length - 1);
    expect(await codesOf(connect())).toEqual(["OTHER_ACCOUNT"]);
  });
});

describe("verifying", () => {
  const verify = (id: string, more: object = {}) =>
    house.identity.verifyConnection(caller, { connection: id, ...more });

  test("a living login changes nothing but when it was confirmed", async () => {
    const { id, lastVerifiedAt } = await connect();
    turn(MINUTE);
    const { connection, health } = await verify(id);
    expect([health, connection.status]).toEqual(["LIVE", "ACTIVE"]);
    expect(connection.lastVerifiedAt?.getTime()).toBeGreaterThan(lastVerifiedAt?.getTime() ?? 0);
    expect(await ledger(id)).not.toContain("connection.verified done");
  });

  test("a store that is down is told, and changes nothing", async () => {
    const before = await connect();
    await switches({ trouble: "down" });
    expect(await verify(before.id)).toEqual({
      connection: before,
      health: "INCONCLUSIVE",
      why: expect.any(String),
    });
  });

  test("a login that was revoked outside is over, and its secret destroyed", async () => {
    const { id } = await connect();
    revokeAll();
    expect(await verify(id)).toMatchObject({
      health: "REVOKED",
      connection: { status: "DISCONNECTED", statusReason: "CONNECTION_REVOKED", nextAction: expect.any(String) },
    });
    expect((await rowOf(id)).secret).toBeNull();
    expect(await ledger(id)).toContain("connection.verified CONNECTION_REVOKED");
    expect(await codesOf(verify(id))).toEqual(["INVALID"]);
    expect(await codesOf(connect(BRUNOS))).toEqual(["OTHER_ACCOUNT"]);
    expect(await connect()).toMatchObject({ id, status: "ACTIVE", statusReason: null });
  });

  test("is answered again as the first time, with the same key", async () => {
    const { id } = await connect();
    const key = { idempotencyKey: `verify ${count}` };
    expect((await verify(id, key)).health).toBe("LIVE");
    await switches({ trouble: "down" });
    expect((await verify(id, key)).health).toBe("LIVE");
  });

  test("an old login is verified by the clock, and its end is seen", async () => {
    const { id } = await connect();
    await tick();
    expect((await find(id))?.lastVerifiedAt?.getTime()).toBeLessThan(Date.now() + shifted + 1);
    turn(25 * HOUR);
    expect(await tick()).toBeGreaterThan(0);
    const seen = await find(id);
    expect(seen?.status).toBe("ACTIVE");
    expect(seen?.lastVerifiedAt?.getTime()).toBeGreaterThan(Date.now() + shifted - MINUTE);
    revokeAll();
    turn(25 * HOUR);
    await tick();
    expect(await find(id)).toMatchObject({ status: "DISCONNECTED", statusReason: "CONNECTION_REVOKED" });
  });
});

test("a login outlives the saved profile", async () => {
  const { id } = await connect();
  await house.identity.deleteProfile(caller, { consumer });
  await house.identity.saveProfile(caller, { ...consumer, profile: ANA });
  const { health, connection } = await house.identity.verifyConnection(caller, { connection: id });
  expect([health, connection.accountLabel]).toEqual(["LIVE", "•••30"]);
});

describe("disconnecting", () => {
  const disconnect = (id: string, more: object = {}) => house.identity.disconnect(caller, { connection: id, ...more });

  test("ends the login at the store and destroys what we had, and twice is fine", async () => {
    const { id } = await connect();
    const before = tokens().length;
    expect(await disconnect(id)).toMatchObject({
      connection: { status: "DISCONNECTED", accountLabel: null, nextAction: null },
      ...{ storeAgreed: true, note: "The shop ended the login." },
    });
    expect(tokens()).toHaveLength(before - 1);
    expect(await rowOf(id)).toMatchObject({ secret: null, pending: null, account_digest: null, due_at: null });
    expect(await disconnect(id)).toMatchObject({ connection: { status: "DISCONNECTED" }, storeAgreed: true });
    expect((await ledger(id)).filter((line) => line.startsWith("connection.disconnected"))).toHaveLength(1);
    expect(await connect(BRUNOS)).toMatchObject({ id, status: "ACTIVE" });
  });

  test("while the store is down ends it for us, and the clock tells the store later", async () => {
    const { id } = await connect();
    const before = tokens().length;
    await switches({ trouble: "down" });
    const key = { idempotencyKey: `bye ${count}` };
    const said = await disconnect(id, key);
    expect(said).toMatchObject({ connection: { status: "DISCONNECTED" }, storeAgreed: false });
    expect(await disconnect(id, key)).toMatchObject({ storeAgreed: false, note: said.note });
    turn(6 * MINUTE);
    await tick();
    expect((await rowOf(id)).secret).not.toBeNull();
    await switches(null);
    turn(6 * MINUTE);
    await tick();
    expect(tokens()).toHaveLength(before - 1);
    expect(await rowOf(id)).toMatchObject({ secret: null, store_agreed: true, status_reason: null, farewell_at: null });
    expect((await ledger(id)).filter((line) => line.startsWith("connection.disconnected"))).toEqual([
      ...["connection.disconnected STORE_UNAVAILABLE", "connection.disconnected done"],
    ]);
  });

  test("a store that never comes back is given up after a day, and the login destroyed", async () => {
    const { id } = await connect();
    await switches({ trouble: "down" });
    await disconnect(id);
    turn(25 * HOUR);
    await tick();
    expect(await rowOf(id)).toMatchObject({ secret: null, store_agreed: false, status_reason: "STORE_UNAVAILABLE" });
    expect(await tick()).toBe(0);
  });

  test("gives up an attempt that is under way", async () => {
    const { connection } = await start();
    expect(await disconnect(connection.id)).toMatchObject({ storeAgreed: true });
    expect(await codesOf(finish(connection.id))).toEqual(["INVALID"]);
    expect(await rowOf(connection.id)).toMatchObject({ status: "DISCONNECTED", pending: null });
  });
});

describe("what is not visible", () => {
  test("is unknown, whether it is another org's, another environment's, malformed or nobody's", async () => {
    const { id } = await connect();
    const stranger = await house.org();
    const live = await house.identity.consoleCaller(caller.scope.orgId, "live");
    const nobody = `con_${"0".repeat(32)}`;
    const asks: [Caller, string][] = [
      ...([
        [stranger, id],
        [live, id],
        [caller, nobody],
        [caller, "con_x"],
        [caller, ""],
        [caller, id.replace("con", "csm")],
      ] as const),
    ].map(([who, what]) => [who, what]);
    for (const [who, connection] of asks) {
      expect(await house.identity.findConnection(who, connection)).toBeNull();
      const { finishConnection, cancelConnection, verifyConnection, disconnect } = house.identity;
      for (const act of [finishConnection, cancelConnection, verifyConnection, disconnect]) {
        const [refusal] = await refusalsOf(act(who, { connection }));
        expect([refusal?.code, refusal?.message, refusal?.field]).toEqual([
          ...["NOT_FOUND", "No such connection is visible to this key.", ["connection"]],
        ]);
      }
    }
    expect(await codesOf(house.identity.startConnection(stranger, { consumer, store }))).toEqual(["NOT_FOUND"]);
    const listed = await house.identity.listConnections(stranger, { first: 10 });
    expect(listed.nodes).toEqual([]);
  });

  test("takes the scopes for it", async () => {
    const reader = withoutScope(caller, "connections:write");
    const writer = withoutScope(caller, "connections:read");
    expect(await codesOf(house.identity.startConnection(reader, { consumer, store }))).toEqual(["FORBIDDEN"]);
    expect(await codesOf(house.identity.listConnections(writer, { first: 1 }))).toEqual(["FORBIDDEN"]);
  });
});

describe("the list", () => {
  test("is by consumer, store and status, newest first, in pages", async () => {
    const { id } = await connect();
    const list = (filter: object, first = 10) => house.identity.listConnections(caller, { first, filter });
    expect((await list({ consumer })).nodes.map((node) => node.id)).toEqual([id]);
    expect((await list({ consumer, status: "PENDING" })).nodes).toEqual([]);
    expect((await list({ consumer: { externalId: "nobody" } })).nodes).toEqual([]);
    const all = await list({ store }, 2);
    expect(all).toMatchObject({ nodes: [{ id, accountLabel: "•••30" }, {}], pageInfo: { hasNextPage: true } });
    const next = await house.identity.listConnections(caller, {
      first: 2,
      after: all.pageInfo.endCursor,
      filter: { store },
    });
    expect(next.nodes.map((node) => node.id)).not.toContain(id);
  });
});

test("the ledger of an org knows all of it", async () => {
  expect(new Set(await ledgerOf(house, caller.scope.orgId))).toEqual(
    new Set([
      ...["org.created", "store.registered", "consumer.created", "profile.saved", "profile.deleted"],
      ...["started", "connected", "failed", "verified", "disconnected", "cancelled"].map(
        (verb) => `connection.${verb}`,
      ),
    ]),
  );
});

const uuidOf = (wire: string): string => wire.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
