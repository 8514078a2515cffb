import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Caller, SCOPES } from "../../src/identity/index.js";
import { codesOf, openTestHouse, refusalsOf, type TestHouse, withScopes } from "./house.js";

let house: TestHouse;
let caller: Caller;
beforeAll(async () => {
  house = await openTestHouse();
  caller = await house.org();
});
afterAll(() => house.close());

const request = { requestId: "r-1", signal: new AbortController().signal };
const authenticate = (key: string | undefined, identity = house.identity) =>
  identity.authenticate(key === undefined ? undefined : `Bearer ${key}`, request);
async function makeKey(more: object = {}, by = caller): Promise<{ id: string; secret: string }> {
  const given = { name: "key", scopes: ["consumers:read"], ownerKind: "SERVICE", ownerName: "shop" } as const;
  const { apiKey, secret } = await house.identity.createApiKey(by, { ...given, ...more });
  return { id: apiKey.id, secret: secret ?? "" };
}

describe("a key", () => {
  test("has its environment, 256 bits and a checksum, and is kept as its hash", async () => {
    const { secret } = await makeKey();
    expect(secret).toMatch(/^shk_test_[0-9A-Za-z]{49}$/);
    const { rows } = await house.admin.query<{ all: string }>("select string_agg(k::text, '') as all from api_key k");
    expect(rows[0]?.all).not.toContain(secret.slice(9));
    const live = await house.identity.consoleCaller(caller.scope.orgId, "live");
    expect((await makeKey({}, live)).secret).toMatch(/^shk_live_/);
  });

  test("makes a caller of its org, environment and scopes", async () => {
    const { secret } = await makeKey({ scopes: ["profiles:read", "audit:read"] });
    const found = await authenticate(secret);
    expect(found).toMatchObject({
      scope: caller.scope,
      actorKind: "API_KEY",
      owner: { kind: "SERVICE", name: "shop" },
      org: { name: "Test", cpfPolicy: "FORMAT", emailDomainPolicy: "SHOW" },
      requestId: "r-1",
    });
    expect([...found.scopes].sort()).toEqual(["audit:read", "profiles:read"]);
    expect(await house.identity.viewer(found)).toMatchObject({
      environment: "test",
      apiKey: { last4: secret.slice(-4), revokedAt: null },
    });
  });

  test("that is not one gets the same answer, whatever is wrong with it", async () => {
    const { secret } = await makeKey();
    const unknown = (await makeKey({}, await house.org())).secret;
    await house.admin.query("delete from api_key where last4 = $1", [unknown.slice(-4)]);
    const expired = await makeKey({ expiresAt: new Date(Date.now() + 60_000) });
    await house.admin.query("update api_key set expires_at = now() where last4 = $1", [expired.secret.slice(-4)]);
    const typo = secret.slice(0, 20) + (secret[20] === "a" ? "b" : "a") + secret.slice(21);
    const other = secret.replace("shk_test_", "shk_live_");
    const said = [];
    for (const key of [undefined, "", "nonsense", typo, other, unknown, expired.secret, `${secret}0`])
      said.push(...(await refusalsOf(authenticate(key))).map(({ code, message, field }) => ({ code, message, field })));
    expect(said[0]?.code).toBe("UNAUTHENTICATED");
    expect(new Set(said.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test("with one character wrong never passes the checksum", async () => {
    const { secret } = await makeKey();
    const character = fc.constantFrom(..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    const typo = fc.tuple(fc.integer({ min: 9, max: secret.length - 1 }), character);
    await fc.assert(
      fc.asyncProperty(typo, async ([at, other]) => {
        fc.pre(secret[at] !== other);
        expect(await codesOf(authenticate(secret.slice(0, at) + other + secret.slice(at + 1)))).toEqual([
          "UNAUTHENTICATED",
        ]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a revocation", () => {
  test("reaches every gateway at once", async () => {
    const neighbour = await house.neighbour();
    const { id, secret } = await makeKey();
    for (const { identity } of [house, neighbour]) await authenticate(secret, identity);
    const { apiKey } = await house.identity.revokeApiKey(caller, { id });
    expect(apiKey.revokedAt).toBeInstanceOf(Date);
    const until = Date.now() + 5_000;
    const isGone = async () => (await codesOf(authenticate(secret, neighbour.identity)).catch(() => [])).length > 0;
    while (!(await isGone()) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await isGone()).toBe(true);
    expect(await codesOf(authenticate(secret))).toEqual(["UNAUTHENTICATED"]);
  });

  test("of a revoked key changes nothing, and a foreign key is not found", async () => {
    const { id } = await makeKey();
    const first = await house.identity.revokeApiKey(caller, { id });
    expect(await house.identity.revokeApiKey(caller, { id })).toEqual(first);
    const stranger = await house.org();
    expect(await codesOf(house.identity.revokeApiKey(stranger, { id }))).toEqual(["NOT_FOUND"]);
    expect(await codesOf(house.identity.revokeApiKey(caller, { id: "key_nonsense" }))).toEqual(["NOT_FOUND"]);
  });
});

test("an expired key is refused although it is remembered", async () => {
  const { secret } = await makeKey({ expiresAt: new Date(Date.now() + 3_600_000) });
  await authenticate(secret);
  house.turnClock(3_600_001);
  expect(await codesOf(authenticate(secret))).toEqual(["UNAUTHENTICATED"]);
  house.turnClock(-3_600_001);
});

test("the last use is written later, for many requests at once", async () => {
  const { id, secret } = await makeKey();
  for (let times = 0; times < 5; times += 1) await authenticate(secret);
  const lastUsedAt = async () => {
    const { nodes } = await house.identity.listApiKeys(caller, { first: 100 });
    return nodes.find((key) => key.id === id)?.lastUsedAt ?? null;
  };
  expect(await lastUsedAt()).toBeNull();
  await house.identity.writeKeyUses();
  expect(await lastUsedAt()).toBeInstanceOf(Date);
});

describe("making a key", () => {
  test("gives no scope that the maker lacks", async () => {
    const poor = withScopes(caller, "keys:write", "consumers:read");
    expect(await codesOf(makeKey({ scopes: SCOPES }, poor))).toEqual(["FORBIDDEN"]);
    await makeKey({ scopes: ["consumers:read"] }, poor);
    expect(await codesOf(makeKey({}, withScopes(caller, "consumers:read")))).toEqual(["FORBIDDEN"]);
  });

  test("refuses the past, no scope and unknown ones", async () => {
    expect(await codesOf(makeKey({ expiresAt: new Date(0) }))).toEqual(["INVALID"]);
    expect(await codesOf(makeKey({ scopes: [] }))).toEqual(["INVALID"]);
    expect(await codesOf(makeKey({ scopes: ["everything"] }))).toEqual(["INVALID"]);
  });

  test("shows the secret once, even to a repetition", async () => {
    const given = {
      name: "once",
      scopes: ["keys:read"],
      ownerKind: "USER",
      ownerName: "Ana",
      idempotencyKey: "key-1",
    } as const;
    const first = await house.identity.createApiKey(caller, given);
    const second = await house.identity.createApiKey(caller, given);
    expect(first.secret).not.toBeNull();
    expect(second).toEqual({ apiKey: first.apiKey, secret: null });
  });
});
