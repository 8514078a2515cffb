/** Tokens that an org issues itself, beside API keys: what they carry, and all the ways in which one is nobody's. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import type { Caller } from "../../src/identity/index.js";
import { toWire } from "../../src/kernel/ids.js";
import { codesOf, openTestHouse, type TestHouse } from "./house.js";

let house: TestHouse;
let caller: Caller;
let stranger: Caller;
const secret = randomBytes(48);
const keys = await generateKeyPair("EdDSA");
beforeAll(async () => {
  house = await openTestHouse();
  [caller, stranger] = [await house.org(), await house.org()];
  await house.identity.setTokenIssuer(caller, { secret, issuer: "https://auth.example" });
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "one", alg: "EdDSA" }] };
  await house.identity.setTokenIssuer(stranger, { jwks });
});
afterAll(() => house.close());

const now = () => Math.floor(Date.now() / 1_000);
const claimsOf = (of: Caller, more: object = {}): JWTPayload => ({
  organization: { id: toWire("org", of.scope.orgId), slug: "a-shop", enterprise: true },
  application: { id: "lpEsdeBsNK", kind: "integration", public: false },
  owner: { id: "aqwDFvELOz", type: "User" },
  ...{ scope: "consumers:read consumers:write anonymizations:write market:all", test: true, rand: 0.35 },
  ...{ iss: "https://auth.example", iat: now(), exp: now() + 3_600 },
  ...more,
});
const bySecret = (claims: JWTPayload, key: Uint8Array = secret) =>
  new SignJWT(claims).setProtectedHeader({ alg: "HS512" }).sign(key);
const byKey = (claims: JWTPayload) =>
  new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", kid: "one" }).sign(keys.privateKey);
const enter = (token: string) =>
  house.identity.authenticate(`Bearer ${token}`, { requestId: "r", signal: new AbortController().signal });

describe("a token", () => {
  test("carries org, environment, owner and the scopes that there are", async () => {
    const standing = await enter(await bySecret(claimsOf(caller)));
    expect(standing.scope).toEqual(caller.scope);
    expect(standing).toMatchObject({ actorKind: "TOKEN", keyId: null, owner: { kind: "USER", name: "aqwDFvELOz" } });
    expect([...standing.scopes].sort()).toEqual(["anonymizations:write", "consumers:read", "consumers:write"]);
    const live = await enter(await byKey(claimsOf(stranger, { test: false }))).catch(() => null);
    expect(live).toBeNull();
    expect((await enter(await byKey(claimsOf(stranger)))).scope).toEqual(stranger.scope);
  });

  test("of a person may have a shopper forgotten, and the ledger names its owner by id", async () => {
    const standing = await enter(await bySecret(claimsOf(caller)));
    await house.identity.createConsumer(standing, { externalId: "ana" });
    const asked = await house.identity.requestAnonymization(standing, { consumer: { externalId: "ana" } });
    expect(asked.request).toMatchObject({ status: "REQUESTED", requestedById: null });
    const { rows } = await house.admin.query(
      "select actor_kind, facts ->> 'owner' as owner from audit_event where action = 'anonymization.requested' and org_id = $1",
      [caller.scope.orgId],
    );
    expect(rows).toEqual([{ actor_kind: "TOKEN", owner: "aqwDFvELOz" }]);
    expect((await house.identity.viewer(standing)).apiKey).toBeNull();
  });

  test("without an owner is a program's, and of a shop's page may do less", async () => {
    const program = await enter(await bySecret(claimsOf(caller, { owner: undefined })));
    expect(program.owner).toEqual({ kind: "SERVICE", name: "token" });
    const consumer = { externalId: "ana" };
    expect(await codesOf(house.identity.requestAnonymization(program, { consumer }))).toEqual(["FORBIDDEN"]);
    const page = await enter(await bySecret(claimsOf(caller, { application: { kind: "sales_channel" } })));
    expect([...page.scopes].sort()).toEqual(["consumers:read", "consumers:write"]);
  });

  test.each<[string, () => Promise<string>]>([
    ["signed with another secret", () => bySecret(claimsOf(caller), randomBytes(48))],
    ["of one org signed by another", () => byKey(claimsOf(caller))],
    ["signed with nothing", async () => new UnsecuredJWT(claimsOf(caller)).setExpirationTime("1h").encode()],
    ["that has ended", () => bySecret(claimsOf(caller, { iat: now() - 7_200, exp: now() - 3_600 }))],
    ["without an end", () => bySecret(claimsOf(caller, { exp: undefined }))],
    ["that is good for a week", () => bySecret(claimsOf(caller, { exp: now() + 7 * 86_400 }))],
    ["of another issuer", () => bySecret(claimsOf(caller, { iss: "https://other.example" }))],
    ["of a shopper", () => bySecret(claimsOf(caller, { owner: { type: "Customer", id: "x" } }))],
    ["of no known kind", () => bySecret(claimsOf(caller, { application: { kind: "dashboard" } }))],
    ["of no org", () => bySecret(claimsOf(caller, { organization: { id: "org_0" } }))],
    ["of the other environment", () => bySecret(claimsOf(caller, { test: false }))],
    [
      "whose owner's id is an address",
      () => bySecret(claimsOf(caller, { owner: { type: "User", id: "a@b.example" } })),
    ],
  ])("%s is nobody's", async (_why, make) => {
    expect(await codesOf(enter(await make()))).toEqual(["UNAUTHENTICATED"]);
  });

  test("checked by a public key is not made from it", async () => {
    const { x } = await exportJWK(keys.publicKey);
    const forged = new SignJWT(claimsOf(stranger)).setProtectedHeader({ alg: "HS256", kid: "one" });
    expect(await codesOf(enter(await forged.sign(Buffer.from(String(x), "base64url"))))).toEqual(["UNAUTHENTICATED"]);
  });

  test("is accepted no more once the org's issuer is gone; the secret outlives a key epoch until then", async () => {
    await house.identity.rotateKeys({ settleMs: 0, org: caller.scope.orgId });
    const token = await bySecret(claimsOf(caller, { rand: 1 }));
    expect((await enter(token)).scope).toEqual(caller.scope);
    expect(await house.identity.removeTokenIssuer(caller)).toBe(true);
    let codes: readonly string[] = [];
    for (let looks = 0; looks < 200 && codes.length === 0; looks += 1) {
      codes = await codesOf(enter(token)).catch(() => []);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(codes).toEqual(["UNAUTHENTICATED"]);
  });
});

test("what is no key set, holds private parts or is too short is refused", async () => {
  const privateJwk = await exportJWK((await generateKeyPair("EdDSA", { extractable: true })).privateKey);
  for (const given of [{ jwks: { keys: [] } }, { jwks: { keys: [privateJwk] } }, { secret: randomBytes(31) }, {}])
    expect(await codesOf(house.identity.setTokenIssuer(caller, given))).toEqual(["INVALID"]);
});
