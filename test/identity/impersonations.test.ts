/** Operators in customers' places behind the desk: two gateways on one database, races, time, and stores that doubt. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { pretend } from "@shopkey/adapter-pretend";
import { AdapterError, type AnyAdapter, type ImpersonationHealth } from "@shopkey/adapter-sdk";
import type { Caller, Identity } from "../../src/identity/index.js";
import { tendDueImpersonations } from "../../src/jobs/index.js";
import { openLog } from "../../src/kernel/log.js";
import { codesOf, ledgerOf, openCorner, openTestHouse, type TestHouse } from "./house.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const log = openLog({ level: "silent" });

/** While it is there, a start waits here before it asks the store. */
let held: { readonly entered: () => void; readonly released: Promise<void> } | null = null;
let health: ImpersonationHealth | null = null;
let refusesToStop = false;
let stops = 0;

/** The corner shop's adapter, seen from inside. */
function watched(): AnyAdapter {
  const real = pretend() as AnyAdapter;
  const seats = real.impersonate as NonNullable<AnyAdapter["impersonate"]>;
  return {
    ...real,
    impersonate: {
      start: async (call, request) => {
        if (held !== null) {
          held.entered();
          await held.released;
        }
        const begun = await seats.start(call, request);
        if (begun.kind === "active") await call.keep(begun.secret).catch(() => {});
        return begun;
      },
      check: (call, secret) => (health === null ? seats.check(call, secret) : Promise.resolve(health)),
      stop: (call, secret) => {
        stops += 1;
        if (refusesToStop) throw new AdapterError("STORE_UNAVAILABLE", "The shop is closed.");
        return seats.stop(call, secret);
      },
    },
  };
}

let house: TestHouse;
let caller: Caller;
let store: { slug: string };
let other: { identity: Identity; data: TestHouse["data"] };
let shifted = 0;

beforeAll(async () => {
  house = await openTestHouse({ adapter: watched(), deadlineMs: 3_600_000 });
  other = await house.neighbour();
  caller = await house.org();
  store = await openCorner(house, caller);
}, 60_000);
afterAll(() => house.close(), 30_000);
afterEach(async () => {
  held = null;
  health = null;
  refusesToStop = false;
  const { nodes } = await house.identity.listImpersonations(caller, { first: 100, filter: { alive: true } });
  for (const { id } of nodes) await end(id);
  expect(seats()).toBe(0);
  stops = 0;
});

const seats = () =>
  [...house.sandbox.shop("ana").tokens.values()].filter(({ kind, state }) => kind === "seat" && state === "live")
    .length;
const input = (more: object = {}) => ({
  store,
  customer: { email: "ana@example.com" },
  reason: "phone order",
  ...more,
});
const start = async (more: object = {}, at: Identity = house.identity, who = caller) =>
  (await at.startImpersonation(who, input(more))).impersonationSession;
const end = (impersonationSession: string, at: Identity = house.identity) =>
  at.endImpersonation(caller, { impersonationSession });
const find = (id: string) => house.identity.findImpersonation(caller, id);
const turn = (ms: number) => {
  shifted += ms;
  house.turnClock(ms);
};
const tick = (at: { identity: Identity; data: TestHouse["data"] } = house) =>
  tendDueImpersonations(
    at.identity,
    at.data.dueImpersonations,
    new Date(Date.now() + shifted),
    log,
    new AbortController().signal,
  );
const count = async (action: string) =>
  (await ledgerOf(house, caller.scope.orgId)).filter((line) => line === action).length;

/** A start that has come as far as the store's door. */
async function knocking(more: object = {}) {
  let enter = () => {};
  let release = () => {};
  const entered = new Promise<void>((resolve) => {
    enter = resolve;
  });
  held = {
    entered: enter,
    released: new Promise<void>((resolve) => {
      release = resolve;
    }),
  };
  const started = start(more);
  started.catch(() => {});
  await entered;
  held = null;
  const { nodes } = await house.identity.listImpersonations(caller, { first: 1 });
  return { id: nodes[0]?.id ?? "", state: nodes[0]?.state, started, release };
}

describe("two gateways", () => {
  test("that start for one operator at one moment begin one; with the same key it is the same one", async () => {
    const both = await Promise.allSettled([start(), start({}, other.identity)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(seats()).toBe(1);
    for (const one of both) if (one.status === "fulfilled") await end(one.value.id);
    const key = { idempotencyKey: "same" };
    const [one, two] = await Promise.all([start(key), start(key, other.identity)]);
    expect(one.id).toBe(two.id);
    expect(seats()).toBe(1);
  });

  test("end it from either side, once", async () => {
    const { id } = await start();
    const said = await Promise.all([end(id), end(id, other.identity)]);
    expect(said.some(({ storeAgreed }) => storeAgreed)).toBe(true);
    expect([stops, await find(id)]).toMatchObject([1, { state: "ENDED" }]);
  });

  test("look at the same expiry, and one of them ends it", async () => {
    const { id } = await start({ ttl: 60 });
    const before = await count("impersonation.expired");
    turn(2 * MINUTE);
    expect(await find(id)).toMatchObject({ state: "ENDING" });
    await Promise.all([tick(), tick(other)]);
    expect([stops, (await count("impersonation.expired")) - before, (await find(id))?.state]).toEqual([
      1,
      1,
      "EXPIRED",
    ]);
  });
});

describe("while the store is being asked", () => {
  test("an end is kept in mind, and done as soon as the store has answered", async () => {
    const { id, state, started, release } = await knocking();
    expect(state).toBe("VERIFYING");
    expect(await end(id, other.identity)).toMatchObject({
      storeAgreed: false,
      impersonationSession: { state: "ENDING" },
    });
    release();
    expect(await started).toMatchObject({ id, state: "ENDED", endReason: "ENDED_BY_CALLER" });
    expect(seats()).toBe(0);
  });

  test("a gateway that was taken for dead, and was not, takes back what the store then gave it", async () => {
    const { id, started, release } = await knocking();
    turn(2 * MINUTE);
    await tick(other);
    expect(await find(id)).toMatchObject({ state: "ENDED", endReason: "INTERRUPTED" });
    release();
    expect(await started).toMatchObject({ state: "ENDED" });
    expect(seats()).toBe(0);
  });

  test("the org's switch waits for nobody, and nobody slips through", async () => {
    const { id, started, release } = await knocking();
    expect(await other.identity.switchImpersonations(caller, { on: false })).toEqual({ on: false, ending: 1 });
    expect(await codesOf(start({ operator: { name: "Otto" } }))).toEqual(["FORBIDDEN"]);
    release();
    expect(await started).toMatchObject({ id, state: "ENDED", endReason: "SWITCHED_OFF" });
    await house.identity.switchImpersonations(caller, { on: true });
  });
});

describe("time", () => {
  test("no session outlives the key that began it", async () => {
    const expiresAt = new Date(Date.now() + shifted + 5 * MINUTE);
    const made = await house.identity.createApiKey(caller, {
      ...{
        name: "short",
        scopes: ["impersonations:write", "impersonations:read"],
        ownerKind: "USER",
        ownerName: "Olivia",
        expiresAt,
      },
    });
    const request = { requestId: "r", signal: new AbortController().signal };
    const olivia = await house.identity.authenticate(`Bearer ${made.secret}`, request);
    expect(await start({ ttl: 3_600 }, house.identity, olivia)).toMatchObject({
      expiresAt,
      operator: { name: "Olivia", vouched: false },
    });
  });

  test("a store that never agrees is asked for a day; then the key is gone, and it stays BROKEN", async () => {
    const { id } = await start();
    refusesToStop = true;
    expect(await end(id)).toMatchObject({
      storeAgreed: false,
      impersonationSession: { state: "BROKEN", endedAt: null },
    });
    turn(2 * HOUR);
    await tick();
    expect(await find(id)).toMatchObject({ state: "BROKEN", endedAt: null });
    turn(23 * HOUR);
    await tick();
    expect(await find(id)).toMatchObject({
      state: "BROKEN",
      stateReason: "STORE_UNAVAILABLE",
      storeAgreed: false,
      endedAt: expect.any(Date),
    });
    const { rows } = await house.admin.query(
      "select wrapped, secret, customer, due_at from impersonation where id = $1",
      [id.slice(4)],
    );
    expect(rows).toEqual([{ wrapped: null, secret: null, customer: null, due_at: null }]);
    house.sandbox.shop("ana").tokens.clear();
  });
});

describe("the clock's look at the store", () => {
  const look = async (answer: ImpersonationHealth) => {
    const { id } = await start();
    health = answer;
    turn(2 * MINUTE);
    await tick();
    return find(id);
  };

  test("a store that cannot be asked changes nothing", async () => {
    expect(await look({ kind: "inconclusive", why: "down" })).toMatchObject({ state: "ACTIVE" });
  });

  test("a place that is lost is BROKEN and waits to be renewed; where that is no such thing, it goes on as it was", async () => {
    const lost = await look({ kind: "lost", why: "an order" });
    expect(lost).toMatchObject({ state: "BROKEN", stateReason: "IMPERSONATION_LOST", endReason: null });
    await end(lost?.id ?? "");
    health = null;
    const { id } = await start();
    expect(await codesOf(house.identity.renewImpersonation(caller, { impersonationSession: id }))).toEqual([
      "NOT_SUPPORTED",
    ]);
    expect(await find(id)).toMatchObject({ state: "ACTIVE" });
  });

  test.each([
    ["expired", "CONNECTION_EXPIRED"],
    ["revoked", "CONNECTION_REVOKED"],
  ] as const)("one that the store calls %s is over", async (kind, endReason) => {
    expect(await look({ kind })).toMatchObject({ state: "ENDED", endReason });
  });
});

describe("somebody without a key of the org's", () => {
  const person = (name: string): Caller => ({
    ...caller,
    actorKind: "API_KEY",
    keyId: null,
    owner: { kind: "USER", name },
  });

  test("acts under their own session, not under another's, and vouches for nobody", async () => {
    const { id } = await start({}, house.identity, person("Olivia"));
    const renew = (who: Caller) => codesOf(house.identity.renewImpersonation(who, { impersonationSession: id }));
    expect(await renew(person("Otto"))).toEqual(["FORBIDDEN"]);
    expect(await renew(person("OLIVIA"))).toEqual(["NOT_SUPPORTED"]);
    const vouching = start({ operator: { name: "Olga" } }, house.identity, person("Otto"));
    expect(await codesOf(vouching)).toEqual(["INVALID"]);
  });
});

describe("another org", () => {
  test("sees none of it, and ends none of it", async () => {
    const { id } = await start();
    const stranger = await house.org();
    expect(await house.identity.findImpersonation(stranger, id)).toBeNull();
    expect((await house.identity.listImpersonations(stranger, { first: 10 })).nodes).toEqual([]);
    expect(await codesOf(house.identity.endImpersonation(stranger, { impersonationSession: id }))).toEqual([
      "NOT_FOUND",
    ]);
    expect(await codesOf(house.identity.renewImpersonation(stranger, { impersonationSession: id }))).toEqual([
      "NOT_FOUND",
    ]);
    expect(await house.identity.switchImpersonations(stranger, { on: false })).toEqual({ on: false, ending: 0 });
    expect(await find(id)).toMatchObject({ state: "ACTIVE" });
  });
});
