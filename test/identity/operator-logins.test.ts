/** Operators' own logins behind the desk: whose they are, what ends them, two gateways, and a live view that fails. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pretend } from "@shopkey/adapter-pretend";
import type { AnyAdapter, OperatorProof, Page } from "@shopkey/adapter-sdk";
import { type BrowserLayer, LayerRefused, type SessionEvent } from "../../src/browser/index.js";
import type { Caller, Identity } from "../../src/identity/index.js";
import { tendDueOperatorLogins } from "../../src/jobs/index.js";
import { openLog } from "../../src/kernel/log.js";
import { codesOf, ledgerOf, openCorner, openTestHouse, type TestHouse } from "./house.js";

const HOUR = 60 * 60_000;
const TOKEN = "what-the-store-gave-the-operator";
const log = openLog({ level: "silent" });

/** What the store and the browser layer answer, and what they were told. */
const scene = {
  proof: null as OperatorProof | null,
  isRejected: false,
  isBusy: false,
  /** Waits here before a login is proven. */
  held: null as Promise<void> | null,
  tokens: [] as (string | null)[],
  notices: [] as string[],
  ends: [] as string[],
  proofs: 0,
};
const listeners: ((event: SessionEvent) => Promise<void>)[] = [];
let sessions = 0;

/** The corner shop, with operators who log in. */
function withLogin(): AnyAdapter {
  const real = pretend() as AnyAdapter;
  const seats = real.impersonate as NonNullable<AnyAdapter["impersonate"]>;
  return {
    ...real,
    impersonate: {
      ...seats,
      start: (call, request) => {
        scene.tokens.push(request.operator.token);
        if (!scene.isRejected) return seats.start(call, request);
        return Promise.resolve({ kind: "denied", code: "OPERATOR_REJECTED", why: "It has run out." });
      },
      login: {
        browser: {
          locale: () => "pt-BR",
          timezone: () => "America/Sao_Paulo",
          loginUrl: () => "https://corner.example/",
          looksDone: () => "false",
        },
        finish: async () => {
          scene.proofs += 1;
          await scene.held;
          return scene.proof ?? { kind: "in", token: TOKEN, expiresAt: null };
        },
      },
    },
  };
}

/** A layer whose sessions end when the test says so. */
function layer(): BrowserLayer {
  const parts: Pick<BrowserLayer, "openSession" | "withSessionPage" | "resumeSession" | "endSession" | "watch"> = {
    openSession: async () => {
      if (scene.isBusy) throw new LayerRefused("busy", 1_000);
      sessions += 1;
      const ends = new Date(now() + 20 * 60_000);
      const sessionId = `bs_${sessions}`;
      return { sessionId, liveViewUrl: `https://live.example/${sessionId}`, linkExpiresAt: ends, expiresAt: ends };
    },
    withSessionPage: (_sessionId, _signal, use) => use({} as Page),
    resumeSession: async (_sessionId, { code }) => void scene.notices.push(code),
    endSession: async (sessionId, outcome) => void scene.ends.push(`${sessionId} ${outcome}`),
    watch: (listener) => {
      listeners.push(listener);
      return () => undefined;
    },
  };
  return parts as BrowserLayer;
}

let house: TestHouse;
let caller: Caller;
let store: { slug: string };
let shifted = 0;
const now = () => Date.now() + shifted;

beforeAll(async () => {
  house = await openTestHouse({ adapter: withLogin(), browser: layer() });
  const other = await house.neighbour();
  house.identity.watchSessions();
  other.identity.watchSessions();
  caller = await house.org();
  store = await openCorner(house, caller);
}, 60_000);
afterAll(() => house.close(), 30_000);
beforeEach(() => {
  Object.assign(scene, { proof: null, isRejected: false, isBusy: false, held: null, proofs: 0 });
  for (const list of [scene.tokens, scene.notices, scene.ends]) list.length = 0;
});
afterEach(async () => {
  const alive = await house.identity.listImpersonations(caller, { first: 100, filter: { alive: true } });
  for (const { id } of alive.nodes) await house.identity.endImpersonation(caller, { impersonationSession: id });
  const { nodes } = await house.identity.listOperatorLogins(caller, { first: 100 });
  for (const { id, state } of nodes)
    if (state === "ACTIVE" || state === "PENDING")
      await house.identity.disconnectOperator(caller, { operatorLogin: id });
  const { rows } = await house.admin.query(
    "select id from operator_login where coalesce(wrapped, secret, question) is not null or session_id is not null or due_at is not null",
  );
  expect(rows).toEqual([]);
});

const connect = (who = caller, more: object = {}) => house.identity.connectOperator(who, { store, ...more });
const find = (id: string) => house.identity.findOperatorLogin(caller, id);
const tell = async (sessionId: string | null, kind: SessionEvent["kind"] = "done", at = 0) =>
  listeners[at]?.({ sessionId: sessionId ?? "", kind });
const start = async (who = caller, more: object = {}) => {
  const given = { store, customer: { email: "ana@example.com" }, reason: "phone order", ...more };
  return (await house.identity.startImpersonation(who, given)).impersonationSession;
};
const connected = async (who = caller, more: object = {}) => {
  const { operatorLogin, sessionId } = await connect(who, more);
  await tell(sessionId);
  return operatorLogin.id;
};
const turn = (ms: number) => {
  shifted += ms;
  house.turnClock(ms);
};
const tick = () =>
  tendDueOperatorLogins(
    house.identity,
    house.data.dueOperatorLogins,
    new Date(now()),
    log,
    new AbortController().signal,
  );
const keyOf = async (ownerName: string, more: object = {}) => {
  const wanted = { name: "k", scopes: ["impersonations:write", "impersonations:read"], ownerKind: "USER" } as const;
  const made = await house.identity.createApiKey(caller, { ...wanted, ownerName, ...more });
  const request = { requestId: "r", signal: new AbortController().signal };
  return { id: made.apiKey.id, caller: await house.identity.authenticate(`Bearer ${made.secret}`, request) };
};

describe("a login", () => {
  test("is shown a live view once for one idempotency key, and is used when it is made", async () => {
    const first = await connect(caller, { idempotencyKey: "once" });
    expect(first).toMatchObject({ operatorLogin: { state: "PENDING" }, liveViewUrl: expect.any(String) });
    expect(await connect(caller, { idempotencyKey: "once" })).toEqual(first);
    await tell(first.sessionId);
    expect(await find(first.operatorLogin.id)).toMatchObject({ state: "ACTIVE", operator: { name: "command line" } });
    expect(scene.ends).toEqual([`${first.sessionId} connected`]);
    expect(await connect(caller, { idempotencyKey: "once" })).toMatchObject({ liveViewUrl: null, sessionId: null });
    expect(await start()).toMatchObject({ state: "ACTIVE" });
    await house.identity.endImpersonation(caller, { impersonationSession: (await newest()).id });
    expect(await start(caller, { operator: { token: "given" } })).toMatchObject({ state: "ACTIVE" });
    expect(scene.tokens).toEqual([TOKEN, "given"]);
  });

  test("goes on while the store says that nobody is in, and tells why", async () => {
    const { operatorLogin, sessionId } = await connect();
    scene.proof = { kind: "out", why: "Not yet." };
    await tell(sessionId);
    expect([await find(operatorLogin.id), scene.notices]).toMatchObject([{ state: "PENDING" }, ["NOT_LOGGED_IN"]]);
    scene.proof = null;
    await tell(sessionId);
    expect(await find(operatorLogin.id)).toMatchObject({ state: "ACTIVE" });
  });

  test("takes the place of the one before; one that is only begun does not", async () => {
    const first = await connected();
    const begun = await connect();
    expect(await find(first)).toMatchObject({ state: "ACTIVE" });
    const third = await connected();
    expect(await find(begun.operatorLogin.id)).toMatchObject({ state: "FAILED", stateReason: "STARTED_AGAIN" });
    expect(await find(first)).toMatchObject({ state: "DISCONNECTED", stateReason: "REPLACED" });
    expect(await find(third)).toMatchObject({ state: "ACTIVE" });
    // A live view of before comes to nothing any more.
    await tell(begun.sessionId);
    expect(await find(third)).toMatchObject({ state: "ACTIVE" });
  });

  test("without a browser is refused, and taken up with the same key", async () => {
    scene.isBusy = true;
    const key = { idempotencyKey: "busy" };
    expect(await codesOf(connect(caller, key))).toEqual(["BROWSER_UNAVAILABLE"]);
    scene.isBusy = false;
    expect(await connect(caller, key)).toMatchObject({ operatorLogin: { state: "PENDING" } });
  });

  test.each([
    ["cancelled", "CANCELLED"],
    ["expired", "NOT_FINISHED"],
    ["failed", "SESSION_ENDED"],
  ] as const)("whose live view has %s is FAILED", async (kind, reason) => {
    const { operatorLogin, sessionId } = await connect();
    await tell(sessionId, kind);
    expect(await find(operatorLogin.id)).toMatchObject({ state: "FAILED", stateReason: reason });
    expect(scene.ends).toEqual([`${sessionId} ${kind}`]);
  });

  test("is proven by one of two gateways that hear of it", async () => {
    const { operatorLogin, sessionId } = await connect();
    let release = () => {};
    scene.held = new Promise((resolve) => {
      release = resolve;
    });
    const both = [tell(sessionId, "done", 0), tell(sessionId, "done", 1)];
    // The second one is told to come again.
    await expect(Promise.race(both)).rejects.toMatchObject({ code: "CONFLICT" });
    release();
    await Promise.allSettled(both);
    expect([scene.proofs, await find(operatorLogin.id)]).toMatchObject([1, { state: "ACTIVE" }]);
  });
});

describe("nobody else uses it", () => {
  test("no other key, no other operator of the same key, no other org", async () => {
    const id = await connected();
    const olivia = await keyOf("Olivia");
    await start(olivia.caller, { operator: { name: "command line" } });
    await start(caller, { operator: { name: "Otto" } });
    expect(scene.tokens).toEqual([null, null]);
    const stranger = await house.org();
    expect(await house.identity.findOperatorLogin(stranger, id)).toBeNull();
    expect((await house.identity.listOperatorLogins(stranger, { first: 10 })).nodes).toEqual([]);
    expect(await codesOf(house.identity.disconnectOperator(stranger, { operatorLogin: id }))).toEqual(["NOT_FOUND"]);
    expect(await find(id)).toMatchObject({ state: "ACTIVE" });
  });

  test("and a key without a person, or without the scope, connects none", async () => {
    const service = await keyOf("till", { ownerKind: "SERVICE" });
    expect(await codesOf(connect(service.caller))).toEqual(["FORBIDDEN"]);
    const reader = await keyOf("Rita", { scopes: ["impersonations:read"] });
    expect(await codesOf(connect(reader.caller))).toEqual(["FORBIDDEN"]);
  });
});

describe("it ends", () => {
  test("with its time, which the store says", async () => {
    scene.proof = { kind: "in", token: TOKEN, expiresAt: new Date(now() + HOUR) };
    const id = await connected();
    turn(HOUR + 1);
    expect(await find(id)).toMatchObject({ state: "EXPIRED" });
    await start();
    expect(scene.tokens).toEqual([null]);
    await tick();
    expect(await find(id)).toMatchObject({ state: "EXPIRED", endedAt: expect.any(Date) });
  });

  test("when nobody logs in", async () => {
    const { operatorLogin, sessionId } = await connect();
    turn(HOUR);
    await tick();
    expect(await find(operatorLogin.id)).toMatchObject({ state: "FAILED", stateReason: "NOT_FINISHED" });
    expect(scene.ends).toEqual([`${sessionId} expired`]);
  });

  test("when the store does not take it any more", async () => {
    const id = await connected();
    scene.isRejected = true;
    expect(await start()).toMatchObject({ state: "DENIED", stateReason: "OPERATOR_REJECTED" });
    expect(await find(id)).toMatchObject({ state: "EXPIRED", stateReason: "OPERATOR_REJECTED" });
  });

  test("with what was begun with it, and with nothing else", async () => {
    const id = await connected();
    const [mine, other] = [await start(), await start(caller, { operator: { name: "Otto", token: "given" } })];
    expect(await house.identity.disconnectOperator(caller, { operatorLogin: id })).toMatchObject({ ending: 1 });
    expect(await house.identity.findImpersonation(caller, mine.id)).toMatchObject({
      ...{ state: "ENDED", endReason: "OPERATOR_DISCONNECTED" },
    });
    expect(await house.identity.findImpersonation(caller, other.id)).toMatchObject({ state: "ACTIVE" });
    expect((await house.identity.disconnectOperator(caller, { operatorLogin: id })).ending).toBe(0);
  });

  test("with the key that connected it", async () => {
    const { id: keyId, caller: olivia } = await keyOf("Olivia");
    const [id, begun] = [await connected(olivia), await connect(olivia, { operator: "Olga" })];
    await house.identity.revokeApiKey(caller, { id: keyId });
    expect(await find(id)).toMatchObject({ state: "DISCONNECTED", stateReason: "KEY_REVOKED" });
    await tell(begun.sessionId);
    expect(await find(begun.operatorLogin.id)).toMatchObject({ state: "FAILED", stateReason: "KEY_REVOKED" });
  });

  test("no later than that key", async () => {
    const expiresAt = new Date(now() + HOUR);
    const { caller: olivia } = await keyOf("Olivia", { expiresAt });
    expect(await find(await connected(olivia))).toMatchObject({ state: "ACTIVE", expiresAt });
  });

  test("with its Store; and while impersonation is switched off none is made", async () => {
    const second = await openCorner(house, caller, "bruno");
    const id = await connected(caller, { store: second });
    await house.identity.removeStore(caller, { store: second });
    expect(await find(id)).toMatchObject({ state: "DISCONNECTED", stateReason: "STORE_REMOVED" });

    const { operatorLogin, sessionId } = await connect();
    await house.identity.switchImpersonations(caller, { on: false });
    expect(await codesOf(connect())).toEqual(["FORBIDDEN"]);
    await tell(sessionId);
    expect(await find(operatorLogin.id)).toMatchObject({ state: "PENDING" });
    await house.identity.switchImpersonations(caller, { on: true });
  });
});

test("every step is in the ledger, and the login is in no row and no line of the log", async () => {
  const id = await connected();
  await house.identity.disconnectOperator(caller, { operatorLogin: id });
  const ledger = await ledgerOf(house, caller.scope.orgId);
  expect(ledger.slice(-3)).toEqual(["operatorLogin.started", "operatorLogin.connected", "operatorLogin.disconnected"]);
  const { rows } = await house.admin.query<{ row: string }>("select o::text as row from operator_login o");
  const haystack = [...rows.map(({ row }) => row), ...house.logLines].join("\n");
  expect(rows.length).toBeGreaterThan(5);
  for (const needle of [TOKEN, Buffer.from(TOKEN).toString("hex"), "live.example"])
    expect(haystack).not.toContain(needle);
});

async function newest(at: Identity = house.identity) {
  const [found] = (await at.listImpersonations(caller, { first: 1 })).nodes;
  if (found === undefined) throw new Error("nothing was begun");
  return found;
}
