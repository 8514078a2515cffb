/** A login at a checkout, stores that doubt, and processes that die between the beats of connecting. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pretend } from "@shopkey/adapter-pretend";
import { AdapterError, type AnyAdapter, type Health } from "@shopkey/adapter-sdk";
import type { Caller } from "../../src/identity/index.js";
import { tendDueConnections } from "../../src/jobs/index.js";
import { openLog } from "../../src/kernel/log.js";
import { ANA } from "../support/story.js";
import { codesOf, openCorner, openGrave, openTestHouse, type TestHouse } from "./house.js";

type Beat = "never" | "before the store" | "after the store";
/** Where the process dies in a call of the adapter; it does not come back from there while the tests run. */
let dies: Beat = "never";
let reached = () => {};
const dead = openGrave();
let health: Health | null = null;
let refusal: AdapterError | null = null;
let startsWith: "form" | "redirect" | "connected" | "nonsense" = "form";
const secrets: unknown[] = [];
/** Logins that the store was asked about. */
const asked: string[] = [];

async function mortal<T>(work: () => Promise<T>): Promise<T> {
  const die = () => {
    reached();
    return dead.rest;
  };
  if (dies === "before the store") return die();
  const done = await work();
  return dies === "after the store" ? die() : done;
}

/** The corner shop's adapter, seen from inside. */
function watched(): AnyAdapter {
  const real = pretend() as AnyAdapter;
  return {
    ...real,
    connect: {
      start: (call, hint) =>
        mortal(async () => {
          if (startsWith === "redirect")
            return { kind: "redirect", url: "https://ana.corner.example/in", pending: { login: "l" } };
          if (startsWith === "connected")
            return { kind: "connected", secret: { kind: "member", token: "t" }, account: { id: null, label: null } };
          if (startsWith === "nonsense") return { kind: "form", fields: [], pending: { login: "l" } };
          return real.connect.start(call, hint);
        }),
      finish: (call, pending, answer) => mortal(() => real.connect.finish(call, pending, answer)),
      verify: async (call, secret) => {
        asked.push(JSON.stringify(secret));
        return health ?? real.connect.verify(call, secret);
      },
      disconnect: (call, secret) => mortal(() => real.connect.disconnect(call, secret)),
    },
    checkoutIdentity: {
      ...real.checkoutIdentity,
      readiness: async (call, secret, identity) => {
        secrets.push(secret);
        if (refusal !== null) throw refusal;
        return real.checkoutIdentity.readiness(call, secret, identity);
      },
      apply: async (call, secret, identity, cart) => {
        secrets.push(secret);
        if (refusal !== null) throw refusal;
        return real.checkoutIdentity.apply(call, secret, identity, cart);
      },
    },
  };
}

const MINUTE = 60_000;
const log = openLog({ level: "silent" });
let house: TestHouse;
let caller: Caller;
let store: { slug: string };
let consumer: { externalId: string };
let count = 0;
let shifted = 0;

beforeAll(async () => {
  house = await openTestHouse({ adapter: watched(), deadlineMs: 3_600_000 });
  caller = await house.org();
  store = await openCorner(house, caller);
});
afterAll(async () => {
  dead.clear();
  await house.close();
}, 30_000);
beforeEach(async () => {
  count += 1;
  consumer = { externalId: `shopper_${count}` };
  dies = "never";
  health = null;
  refusal = null;
  startsWith = "form";
  secrets.length = 0;
  await house.identity.saveProfile(caller, { ...consumer, profile: ANA });
});

const start = (more: object = {}) => house.identity.startConnection(caller, { consumer, store, ...more });
const answer = [
  { name: "card", value: "1000200030" },
  { name: "pin", value: "2468" },
];
const finish = (connection: string) => house.identity.finishConnection(caller, { connection, answer });
const connect = async () => (await finish((await start()).connection.id)).connection;
const find = (id: string) => house.identity.findConnection(caller, id);
const checkout = () =>
  house.identity.applyCheckoutIdentity(caller, { consumer, store, cart: { items: [{ id: "coffee" }] } });
const turn = (ms: number) => {
  shifted += ms;
  house.turnClock(ms);
};
const tick = () => {
  const now = new Date(Date.now() + shifted);
  return tendDueConnections(house.identity, house.data.dueConnections, now, log, new AbortController().signal);
};

/** The process that does this dies at that beat; its lease runs out. */
async function crash(at: Beat, work: () => Promise<unknown>): Promise<void> {
  dies = at;
  const arrived = new Promise<void>((resolve) => {
    reached = resolve;
  });
  void work().catch(() => {});
  await arrived;
  dies = "never";
  turn(2 * MINUTE);
}

const onlyConnection = async () => {
  const { nodes } = await house.identity.listConnections(caller, { first: 2, filter: { consumer } });
  expect(nodes).toHaveLength(1);
  return nodes[0]?.id ?? "";
};

describe.each(["before the store", "after the store"] as const)("killed %s", (at) => {
  test("while starting: the same request takes it up", async () => {
    const key = { idempotencyKey: `start ${at}` };
    await crash(at, () => start(key));
    const { connection, form } = await start(key);
    expect([connection.id, connection.status, form?.fields.length]).toEqual([await onlyConnection(), "PENDING", 2]);
    expect((await finish(connection.id)).connection.status).toBe("ACTIVE");
  });

  test("while starting: another start takes its place, and nobody's is ended by the clock", async () => {
    await crash(at, () => start());
    const id = await onlyConnection();
    expect(await codesOf(finish(id))).toEqual(["INVALID"]);
    expect(await connect()).toMatchObject({ id, status: "ACTIVE" });
    consumer = { externalId: `${consumer.externalId}_2` };
    await house.identity.saveProfile(caller, { ...consumer, profile: ANA });
    await crash(at, () => start());
    turn(15 * MINUTE);
    await tick();
    expect(await find(await onlyConnection())).toMatchObject({ status: "FAILED", statusReason: "NOT_FINISHED" });
  });

  test("while answering: the shopper answers again, or begins again where the store took the answer", async () => {
    const { connection } = await start();
    await crash(at, () => finish(connection.id));
    if (at === "before the store") expect((await finish(connection.id)).connection.status).toBe("ACTIVE");
    else {
      expect(await codesOf(finish(connection.id))).toEqual(["ANSWER_INVALID"]);
      expect(await connect()).toMatchObject({ id: connection.id, status: "ACTIVE" });
    }
  });

  test("while disconnecting: it is over for us, and the clock tells the store", async () => {
    const { id } = await connect();
    await crash(at, () => house.identity.disconnect(caller, { connection: id }));
    expect(await find(id)).toMatchObject({ status: "DISCONNECTED" });
    await tick();
    const { rows } = await house.admin.query("select secret, store_agreed, farewell_at from connection where id = $1", [
      uuidOf(id),
    ]);
    expect(rows).toEqual([{ secret: null, store_agreed: true, farewell_at: null }]);
  });
});

describe("a checkout", () => {
  test("is handed the opened login, and marks it used", async () => {
    const { id } = await connect();
    expect(await house.identity.readiness(caller, consumer, store)).toMatchObject({ state: "READY" });
    await checkout();
    expect(secrets).toEqual(Array(2).fill({ kind: "member", token: expect.stringMatching(/^member-/) }));
    expect((await find(id))?.lastUsedAt).toBeInstanceOf(Date);
  });

  test("without a login goes by the profile, and does not count as a login's use", async () => {
    await checkout();
    expect(secrets).toEqual([null]);
    expect(await find(await onlyConnection())).toMatchObject({ via: "PROFILE", status: "ACTIVE" });
    const { connection } = await start();
    expect(connection).toMatchObject({ via: "PROFILE", status: "ACTIVE" });
    expect((await finish(connection.id)).connection).toMatchObject({ via: "LOGIN", status: "ACTIVE" });
    await house.identity.disconnect(caller, { connection: connection.id });
    await checkout();
    expect(secrets).toEqual([null, null]);
    expect(await find(connection.id)).toMatchObject({ via: "LOGIN", status: "DISCONNECTED" });
  });

  test.each([
    ["CONNECTION_EXPIRED", "EXPIRED"],
    ["CONNECTION_REVOKED", "DISCONNECTED"],
  ] as const)("that the store refuses as %s leaves the connection %s", async (code, status) => {
    const { id } = await connect();
    refusal = new AdapterError(code, "The login is over.");
    expect(await codesOf(checkout())).toEqual([code]);
    expect(await find(id)).toMatchObject({ status, statusReason: code, nextAction: expect.any(String) });
  });

  test("readiness says that a login is needed, and the connection's status follows", async () => {
    const { id } = await connect();
    refusal = new AdapterError("CONNECTION_EXPIRED", "The login is over.");
    expect(await house.identity.readiness(caller, consumer, store)).toMatchObject({ state: "LOGIN_REQUIRED" });
    expect(await find(id)).toMatchObject({ status: "EXPIRED" });
  });

  test.each(["STORE_UNAVAILABLE", "CHALLENGE_REQUIRED"] as const)("%s says nothing about the login", async (code) => {
    const { id } = await connect();
    refusal = new AdapterError(code, "Not now.");
    expect(await codesOf(checkout())).toEqual([code]);
    expect(await find(id)).toMatchObject({ status: "ACTIVE", statusReason: null });
  });
});

describe("a store that doubts", () => {
  const verify = async (id: string) => (await house.identity.verifyConnection(caller, { connection: id })).health;

  test("is believed the third time in a row, and a login that lives again is ACTIVE again", async () => {
    const { id } = await connect();
    const suspicion: Health = { kind: "inconclusive", why: "It looks like a logout.", suspect: true };
    const plain: Health = { kind: "inconclusive", why: "It does not answer." };
    for (const said of [suspicion, suspicion, null, suspicion, plain, suspicion]) {
      health = said;
      expect(await verify(id)).toBe(said === null ? "LIVE" : "INCONCLUSIVE");
      expect(await find(id)).toMatchObject({ status: "ACTIVE" });
    }
    health = suspicion;
    expect(await verify(id)).toBe("EXPIRED");
    expect(await find(id)).toMatchObject({ status: "EXPIRED", statusReason: "CONNECTION_EXPIRED" });
    health = null;
    expect(await verify(id)).toBe("LIVE");
    expect(await find(id)).toMatchObject({ status: "ACTIVE", statusReason: null });
  });

  test("the clock asks a store that is down again in an hour, not before", async () => {
    const { id } = await connect();
    turn(25 * 60 * MINUTE);
    health = { kind: "inconclusive", why: "It does not answer." };
    expect(await tick()).toBeGreaterThan(0);
    const due = async () => {
      const { rows } = await house.admin.query<{ due_at: Date }>("select due_at from connection where id = $1", [
        uuidOf(id),
      ]);
      return (rows[0]?.due_at.getTime() ?? 0) - (Date.now() + shifted);
    };
    expect(await due()).toBeGreaterThan(58 * MINUTE);
    expect(await due()).toBeLessThan(61 * MINUTE);
    expect(await find(id)).toMatchObject({ status: "ACTIVE" });
  });

  test("two clocks ask once", async () => {
    await connect();
    turn(25 * 60 * MINUTE);
    asked.length = 0;
    await Promise.all([tick(), tick(), tick()]);
    expect(asked.length).toBeGreaterThan(0);
    expect(new Set(asked).size).toBe(asked.length);
  });
});

describe("a store may", () => {
  test("send the shopper to a page of its own, which in the test environment is the sandbox's", async () => {
    startsWith = "redirect";
    expect(await start()).toMatchObject({ form: null, redirectUrl: expect.stringContaining(house.sandbox.url) });
  });

  test("connect at once, without the shopper: that rests on the profile", async () => {
    startsWith = "connected";
    expect(await start()).toMatchObject({
      connection: { status: "ACTIVE", via: "PROFILE", accountLabel: null },
      ...{ form: null, redirectUrl: null, expiresAt: null },
    });
  });

  test("not ask what nobody can answer: that is a bug of its adapter", async () => {
    startsWith = "nonsense";
    await expect(start()).rejects.toThrow("the adapter's step");
    expect(await find(await onlyConnection())).toMatchObject({ status: "PENDING" });
  });
});

test("a Store that is removed takes the logins at it along: nobody uses them, and the clock destroys them", async () => {
  const gone = await openCorner(house, caller, "gone");
  const { connection } = await house.identity.startConnection(caller, { consumer, store: gone });
  await finish(connection.id);
  await house.identity.removeStore(caller, { store: gone });
  expect(await find(connection.id)).toMatchObject({ status: "DISCONNECTED", statusReason: "STORE_DISABLED" });
  turn(MINUTE);
  await tick();
  const { rows } = await house.admin.query("select secret, account_label, farewell_at from connection where id = $1", [
    uuidOf(connection.id),
  ]);
  expect(rows).toEqual([{ secret: null, account_label: null, farewell_at: null }]);
});

test("a gateway that hosts no browser says so, and the attempt is over", async () => {
  const shop = pretend();
  const connect = { ...shop.connect, start: async () => ({ kind: "liveView", pending: { code: "1" } }) };
  const other = await openTestHouse({ adapter: { ...shop, connect } as unknown as AnyAdapter });
  try {
    const org = await other.org();
    const given = { consumer, store: await openCorner(other, org) };
    await other.identity.saveProfile(org, { ...consumer, profile: ANA });
    expect(await codesOf(other.identity.startConnection(org, given))).toEqual(["BROWSER_UNAVAILABLE"]);
    const { nodes } = await other.identity.listConnections(org, { first: 2 });
    expect(nodes.map(({ status, statusReason }) => [status, statusReason])).toEqual([
      ["FAILED", "BROWSER_UNAVAILABLE"],
    ]);
  } finally {
    await other.close();
  }
});

const uuidOf = (wire: string): string => wire.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
