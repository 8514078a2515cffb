/** What an impersonation hangs on: nobody stays in a customer's place longer than what they came with is good for. */
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { Caller } from "../../src/identity/index.js";
import { tendDueImpersonations } from "../../src/jobs/index.js";
import { toWire } from "../../src/kernel/ids.js";
import { openLog } from "../../src/kernel/log.js";
import { codesOf, openCorner, openTestHouse, type TestHouse } from "./house.js";

const MINUTE = 60_000;
const log = openLog({ level: "silent" });
const secret = randomBytes(48);

let house: TestHouse;
let caller: Caller;
let store: { slug: string };
let shifted = 0;

beforeAll(async () => {
  house = await openTestHouse();
  caller = await house.org();
  store = await openCorner(house, caller);
}, 60_000);
afterAll(() => house.close(), 30_000);
afterEach(async () => {
  const { nodes } = await house.identity.listImpersonations(caller, { first: 100, filter: { alive: true } });
  for (const { id } of nodes) await house.identity.endImpersonation(caller, { impersonationSession: id });
  await house.identity.removeTokenIssuer(caller);
});

const now = () => Date.now() + shifted;
const start = async (who: Caller) => {
  const given = { store, customer: { email: "ana@example.com" }, reason: "phone order", ttl: 3_600 };
  return (await house.identity.startImpersonation(who, given)).impersonationSession;
};
const find = (id: string) => house.identity.findImpersonation(caller, id);
const tick = () =>
  tendDueImpersonations(
    house.identity,
    house.data.dueImpersonations,
    new Date(now()),
    log,
    new AbortController().signal,
  );
const enter = (token: string) =>
  house.identity.authenticate(`Bearer ${token}`, { requestId: "r", signal: new AbortController().signal });

/** A person of the org, by a token that is good for five minutes. */
const claims = () => {
  const iat = Math.floor(now() / 1_000);
  return {
    ...{ organization: { id: toWire("org", caller.scope.orgId) }, application: { kind: "user" } },
    ...{ owner: { id: "olivia", type: "User" }, scope: "impersonations:read impersonations:write", test: true },
    ...{ iat, exp: iat + 300 },
  };
};
const bySecret = async (key: Uint8Array = secret) =>
  enter(await new SignJWT(claims()).setProtectedHeader({ alg: "HS512" }).sign(key));

describe("begun with a token that the org issued, it ends", () => {
  test("with the token, and says so", async () => {
    await house.identity.setTokenIssuer(caller, { secret });
    const olivia = await bySecret();
    const { id, expiresAt } = await start(olivia);
    expect(expiresAt).toEqual(olivia.proof?.endsAt);
    shifted += 6 * MINUTE;
    house.turnClock(6 * MINUTE);
    expect(await find(id)).toMatchObject({ state: "ENDING" });
    await tick();
    expect(await find(id)).toMatchObject({ state: "EXPIRED", endReason: "TOKEN_EXPIRED", storeAgreed: true });
  });

  test("with the issuer", async () => {
    await house.identity.setTokenIssuer(caller, { secret });
    const { id } = await start(await bySecret());
    await house.identity.removeTokenIssuer(caller);
    expect(await find(id)).toMatchObject({ state: "ENDING", endReason: "ISSUER_REVOKED" });
    await tick();
    expect(await find(id)).toMatchObject({ state: "ENDED", endReason: "ISSUER_REVOKED" });
  });

  test("with another issuer in its place, and not with one more key beside the others", async () => {
    const keys = [await generateKeyPair("EdDSA"), await generateKeyPair("EdDSA")];
    const [one, two] = await Promise.all(
      keys.map(async ({ publicKey }, at) => ({ ...(await exportJWK(publicKey)), kid: `k${at}`, alg: "EdDSA" })),
    );
    await house.identity.setTokenIssuer(caller, { jwks: { keys: [one] } });
    const key = keys[0]?.privateKey;
    if (key === undefined) throw new Error("no key");
    const token = await new SignJWT(claims()).setProtectedHeader({ alg: "EdDSA", kid: "k0" }).sign(key);
    const { id } = await start(await enter(token));
    await house.identity.setTokenIssuer(caller, { jwks: { keys: [two, one] } });
    expect(await find(id)).toMatchObject({ state: "ACTIVE" });
    await house.identity.setTokenIssuer(caller, { jwks: { keys: [two] } });
    expect(await find(id)).toMatchObject({ state: "ENDING", endReason: "ISSUER_REVOKED" });
    await tick();
  });

  test("and one that is begun while the issuer goes is not begun", async () => {
    await house.identity.setTokenIssuer(caller, { secret });
    const olivia = await bySecret();
    await house.identity.setTokenIssuer(caller, { secret: randomBytes(48) });
    expect(await codesOf(start(olivia))).toEqual(["CONFLICT"]);
    expect(await codesOf(bySecret())).toEqual(["UNAUTHENTICATED"]);
  });

  test("and what others began goes on", async () => {
    await house.identity.setTokenIssuer(caller, { secret });
    const { id } = await start(caller);
    await house.identity.removeTokenIssuer(caller);
    expect(await find(id)).toMatchObject({ state: "ACTIVE" });
  });
});

test("begun with a key, it ends with the key's own time, and says so", async () => {
  const expiresAt = new Date(now() + 5 * MINUTE);
  const made = await house.identity.createApiKey(caller, {
    ...{ name: "short", scopes: ["impersonations:write"], ownerKind: "USER", ownerName: "Otto", expiresAt },
  });
  const { id } = await start(await enter(made.secret ?? ""));
  shifted += 6 * MINUTE;
  house.turnClock(6 * MINUTE);
  await tick();
  expect(await find(id)).toMatchObject({ state: "EXPIRED", endReason: "KEY_EXPIRED" });
});
