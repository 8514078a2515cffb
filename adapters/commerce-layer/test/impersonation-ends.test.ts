import { describe, expect, test } from "@jest/globals";
import { ACQUIRED_EMAIL, REPEAT_EMAIL } from "@shopkey/adapter-commerce-layer/sandbox";
import { ANA, type BenchOptions, heldBy, itemsOf, stepsOf, tokenCalls } from "./bench.js";
import { HOUR_MS, openShop } from "./shop.js";

const shop = openShop();
const { adapter, book, open, wait } = shop;
const { impersonate, checkoutIdentity, anonymize } = adapter;
if (impersonate === undefined) throw new Error("the adapter does not impersonate");
const { start, check, stop } = impersonate;

const requested = {
  customer: { "buyer.email": REPEAT_EMAIL },
  operator: { id: "operator-17", token: null },
  reason: "Order by telephone",
};
const ritaAsBuyer = { ...ANA, "buyer.email": REPEAT_EMAIL } as const;
/** Tokens that put somebody in a customer's place. */
const seats = () => shop.sandbox.tokens.lens().live.filter(({ owner }) => owner?.type === "Customer");

async function sitDown(options: BenchOptions = {}) {
  const bench = open(options);
  const started = await start(bench.call, requested);
  if (started.kind !== "active" || started.secret.kind !== "seat") throw new Error(`not started: ${started.kind}`);
  return { ...started, seat: started.secret, bench };
}

describe("starting", () => {
  test("asks for a token that the customer owns, with operator and reason in it, and tries it", async () => {
    const { bench, seat, storeUserId, expiresAt, account } = await sitDown();
    expect({ storeUserId, account }).toEqual({ storeUserId: "cstRitaRep", account: "loja" });
    expect(expiresAt).toEqual(new Date(shop.now().getTime() + 4 * HOUR_MS));
    expect(seats()).toEqual([
      expect.objectContaining({
        owner: { type: "Customer", id: "cstRitaRep" },
        custom_claim: { shopkey: { operator: "operator-17", reason: "Order by telephone" } },
      }),
    ]);
    expect(stepsOf(bench)).toEqual([
      "POST /oauth/token",
      "GET /api/customers",
      "POST /oauth/token",
      "POST /oauth/revoke",
      "GET /api/customers/{id}",
    ]);
    expect(bench.kept).toEqual([seat]);
  });

  test("gives the refresh token back at once, and keeps none", async () => {
    const { seat } = await sitDown();
    expect(shop.sandbox.tokens.lens().refreshable).toEqual([]);
    expect(Object.keys(seat).sort()).toEqual(["customerId", "endsAt", "kind", "token"]);
  });

  test("never takes an assertion from anybody: what a caller gives as a token is not sent", async () => {
    const bench = open();
    await start(bench.call, { ...requested, operator: { id: "operator-17", token: "forged.assertion.of-somebody" } });
    expect(JSON.stringify(bench.sent)).not.toContain("forged.assertion");
  });

  test("logs and tells nothing of customer, token or reason", async () => {
    const { bench, seat } = await sitDown();
    const told = JSON.stringify([bench.logged, bench.saved]);
    for (const value of [REPEAT_EMAIL, seat.token, "telephone", "operator-17"]) expect(told).not.toContain(value);
  });

  test("cuts a reason that is too long for the store; half a letter is not left over", async () => {
    await start(open().call, { ...requested, reason: "😀".repeat(4000) });
    const [{ custom_claim } = { custom_claim: null }] = seats();
    expect(custom_claim).toEqual({ shopkey: { operator: "operator-17", reason: "😀".repeat(500) } });
  });

  test("who is unknown, or asked to be forgotten, is denied", async () => {
    const stranger = { ...requested, customer: { "buyer.email": "ninguem@example.com" } };
    expect(await start(open().call, stranger)).toMatchObject({ kind: "denied", code: "CUSTOMER_UNKNOWN" });
    const aldo = { identity: { "buyer.email": ACQUIRED_EMAIL }, secret: null };
    await anonymize.request(open().call, aldo);
    const leaving = { ...requested, customer: aldo.identity };
    expect(await start(open().call, leaving)).toMatchObject({ kind: "denied", code: "CUSTOMER_UNKNOWN" });
    expect(seats()).toEqual([]);
    await expect(start(open().call, { ...requested, customer: {} })).rejects.toMatchObject({
      code: "IDENTITY_INCOMPLETE",
    });
  });

  test("a plan without it, or a sales channel without its secret, is told apart", async () => {
    shop.sandbox.switches.set(null, { notEnterprise: true });
    await expect(start(open().call, requested)).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
    shop.sandbox.switches.clear(null);
    const { credentials } = open().call.store;
    const secretless = credentials && { ...credentials, salesChannel: { clientId: credentials.salesChannel.clientId } };
    await expect(start(open({ credentials: secretless }).call, requested)).rejects.toMatchObject({
      code: "SETTINGS_INVALID",
    });
  });
});

describe("a token that is not the one that was asked for", () => {
  test.each([
    ["otherOwner", "STORE_CHANGED"],
    ["otherOrganization", "SETTINGS_INVALID"],
    ["liveTokens", "SETTINGS_INVALID"],
  ])("%s: refused as %s before it is used, and given back", async (name, code) => {
    const bench = open();
    await book.obtain(bench.call, "integration"); // the org's own token is judged, too, and was good
    shop.sandbox.switches.set(null, { [name]: true });
    await expect(start(bench.call, requested)).rejects.toMatchObject({ code });
    expect(seats()).toEqual([]);
    expect(shop.sandbox.tokens.lens().refreshable).toEqual([]);
    expect(stepsOf(bench).at(-1)).toBe("POST /oauth/revoke");
  });

  test("one that opens another customer's record is given back", async () => {
    const other = { data: { id: "cstAldoAcq", type: "customers", attributes: { email: ACQUIRED_EMAIL } } };
    const answer: BenchOptions["answer"] = (url) =>
      url.pathname.endsWith("/cstRitaRep") ? Response.json(other) : undefined;
    await expect(start(open({ answer }).call, requested)).rejects.toMatchObject({ code: "STORE_CHANGED" });
    expect(seats()).toEqual([]);
  });

  test("one whose refresh token the store does not take back is not used", async () => {
    shop.sandbox.switches.set(null, { trouble: "down", path: "/oauth/revoke", times: 1 });
    await expect(start(open().call, requested)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(seats()).toEqual([]);
  });
});

describe("while it lasts", () => {
  test("an order is the customer's, made with the customer's own token", async () => {
    const { seat } = await sitDown();
    const bench = open();
    const applied = await checkoutIdentity.apply(bench.call, seat, ritaAsBuyer, itemsOf("CANECA-300"));
    expect(applied.remarks).toEqual([]);
    expect(heldBy(shop.sandbox).orders[applied.cart.id]).toMatchObject({ customerId: "cstRitaRep", guest: false });
    const own = bench.sent.filter(({ path }) => path.startsWith("/api/"));
    expect(own.every(({ headers }) => headers.authorization === `Bearer ${seat.token}`)).toBe(true);
    expect(tokenCalls(bench)).toEqual([]);
  });

  test("an order is made for nobody else", async () => {
    const { seat } = await sitDown();
    const bench = open();
    const other = checkoutIdentity.apply(bench.call, seat, ANA, itemsOf("CANECA-300"));
    await expect(other).rejects.toMatchObject({ code: "REFUSED_BY_STORE", fields: ["buyer.email"] });
    expect(JSON.stringify(bench.sent)).not.toContain("ana@example.com");
    const { cart } = await checkoutIdentity.apply(open().call, null, ANA, itemsOf("CANECA-300"));
    const others = checkoutIdentity.apply(open().call, seat, ritaAsBuyer, { kind: "existing", id: cart.id });
    await expect(others).rejects.toMatchObject({ code: "CART_INVALID" });
  });

  test("an order that has become another customer's, once it is filled in, is a lost place", async () => {
    const { seat } = await sitDown();
    let reads = 0;
    const aldo = { customer: { data: { type: "customers", id: "cstAldoAcq" } } };
    const answer: BenchOptions["answer"] = ({ pathname }, { method }) => {
      const [, id] = /^\/api\/orders\/(\w+)$/.exec(pathname) ?? [];
      if (id === undefined || method !== "GET" || ++reads === 1) return undefined;
      return Response.json({ data: { id, type: "orders", attributes: { status: "pending" }, relationships: aldo } });
    };
    const lost = checkoutIdentity.apply(open({ answer }).call, seat, ritaAsBuyer, itemsOf("CANECA-300"));
    await expect(lost).rejects.toMatchObject({ code: "IMPERSONATION_LOST" });
  });

  test("a token that stopped working is never renewed", async () => {
    const { seat } = await sitDown();
    shop.sandbox.tokens.revoke(seat.token);
    const bench = open();
    const late = checkoutIdentity.apply(bench.call, seat, ritaAsBuyer, itemsOf("CANECA-300"));
    await expect(late).rejects.toMatchObject({ code: "CONNECTION_EXPIRED" });
    expect(tokenCalls(bench)).toEqual([]);
    expect(await check(bench.call, seat)).toEqual({ kind: "revoked" });
  });

  test("one that ran out is expired, without asking anybody", async () => {
    const { seat } = await sitDown();
    expect(await check(open().call, seat)).toEqual({ kind: "live" });
    wait(4 * HOUR_MS);
    const bench = open();
    expect(await check(bench.call, seat)).toEqual({ kind: "expired" });
    expect(await stop(bench.call, seat)).toMatchObject({ storeAgreed: true });
    const late = checkoutIdentity.apply(bench.call, seat, ritaAsBuyer, itemsOf("CANECA-300"));
    await expect(late).rejects.toMatchObject({ code: "CONNECTION_EXPIRED" });
    expect(await checkoutIdentity.readiness(bench.call, seat, {})).toMatchObject({ code: "LOGIN_REQUIRED" });
    expect(bench.sent).toEqual([]);
  });

  test("a store in trouble is no end", async () => {
    const { seat } = await sitDown();
    for (const trouble of ["down", "rateLimited", "htmlNotFound", "garbage", "reset", "cut"] as const) {
      shop.sandbox.switches.set(null, { trouble });
      expect(await check(open().call, seat)).toMatchObject({ kind: "inconclusive" });
    }
  });
});

describe("the end", () => {
  test("is believed once the token opens nothing any more; again is fine", async () => {
    const { seat } = await sitDown();
    const bench = open();
    expect(await stop(bench.call, seat)).toMatchObject({ storeAgreed: true });
    expect(stepsOf(bench)).toEqual(["POST /oauth/revoke", "GET /api/customers/{id}"]);
    expect(seats()).toEqual([]);
    expect(await stop(open().call, seat)).toMatchObject({ storeAgreed: true });
  });

  test("that the store only says is told as it is", async () => {
    const { seat } = await sitDown();
    shop.sandbox.switches.set(null, { revokeIgnored: true });
    const farewell = await stop(open().call, seat);
    expect(farewell.storeAgreed).toBe(false);
    expect(farewell.note).toContain(new Date(seat.endsAt).toISOString());
    expect(seats()).toHaveLength(1);
  });

  test("of somebody else's session is refused by the store", async () => {
    const { seat } = await sitDown();
    const { credentials } = open().call.store;
    const other = credentials && {
      ...credentials,
      salesChannel: { clientId: "sales_channel_outra", clientSecret: "secret_outra" },
    };
    await expect(stop(open({ credentials: other }).call, seat)).rejects.toMatchObject({ code: "PERMISSION_MISSING" });
    expect(seats()).toHaveLength(1);
  });

  test("of a connection that is no session is refused", async () => {
    const customer = { kind: "customer", customerId: "cstRitaRep" } as const;
    await expect(stop(open().call, customer)).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
  });

  test("a hundred begun and ended leave nothing at the store", async () => {
    for (let round = 0; round < 100; round++) {
      const { seat } = await sitDown();
      expect(await stop(open().call, seat)).toMatchObject({ storeAgreed: true });
    }
    expect(seats()).toEqual([]);
    expect(shop.sandbox.tokens.lens().refreshable).toEqual([]);
  });
});
