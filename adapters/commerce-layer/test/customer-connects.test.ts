import { describe, expect, test } from "@jest/globals";
import { ACQUIRED_EMAIL, REPEAT_EMAIL } from "@shopkey/adapter-commerce-layer/sandbox";
import { customersCalled, heldBy, type openBench, stepsOf } from "./bench.js";
import { openShop } from "./shop.js";

const shop = openShop();
const { connect } = shop.adapter;

const start = (bench: ReturnType<typeof openBench>, email: string, shopperReference?: string) =>
  connect.start(bench.call, {
    identity: { "buyer.email": email },
    ...(shopperReference === undefined ? {} : { shopperReference }),
  });

describe("a shopper whom the store knows", () => {
  test.each([
    [REPEAT_EMAIL, "cstRitaRep", "repeat", ["vip"]],
    [ACQUIRED_EMAIL, "cstAldoAcq", "acquired", []],
  ])("%s is found with standing, reference and groups", async (email, id, standing, groups) => {
    const bench = shop.open();
    const step = await start(bench, email.toUpperCase());
    expect(step).toEqual({
      kind: "connected",
      secret: { kind: "customer", customerId: id },
      account: { id, label: null, standing, groups, shopperReference: `shp_${id}` },
    });
    expect(stepsOf(bench)).toEqual(["POST /oauth/token", "GET /api/customers"]);
    expect(JSON.stringify([step, bench.logged]).toLowerCase()).not.toContain(email);
  });

  test("keeps the store's reference unless the org chose one; then it is pushed, once", async () => {
    await start(shop.open(), REPEAT_EMAIL);
    expect(heldBy(shop.sandbox).customers.cstRitaRep).toMatchObject({ shopperReference: "shp_cstRitaRep" });
    const step = await start(shop.open(), REPEAT_EMAIL, "csm-chosen-by-the-org");
    expect(step).toMatchObject({ account: { shopperReference: "csm-chosen-by-the-org" } });
    expect(heldBy(shop.sandbox).customers.cstRitaRep).toMatchObject({ shopperReference: "csm-chosen-by-the-org" });
    const again = shop.open();
    await start(again, REPEAT_EMAIL, "csm-chosen-by-the-org");
    expect(stepsOf(again)).toEqual(["GET /api/customers"]);
  });

  test("a reference that the store does not take is refused by the field's name", async () => {
    const refused = start(shop.open(), REPEAT_EMAIL, "ab");
    await expect(refused).rejects.toMatchObject({ code: "REFUSED_BY_STORE", fields: ["shopperReference"] });
  });
});

describe("a shopper whom the store does not know", () => {
  test("becomes a customer, once, however often they are connected", async () => {
    const first = await start(shop.open(), "nova@example.com", "csm-nova");
    const second = await start(shop.open(), "Nova@example.com");
    expect(first).toMatchObject({ account: { standing: "prospect", shopperReference: "csm-nova" } });
    expect(second).toMatchObject({ secret: first.kind === "connected" ? first.secret : null });
    expect(customersCalled(shop.sandbox, "nova@example.com")).toBe(1);
  });

  test("is one customer when somebody else creates the same one a moment before", async () => {
    shop.sandbox.switches.set(null, { raceOnCreate: true });
    const bench = shop.open();
    const step = await start(bench, "corrida@example.com");
    expect(step.kind).toBe("connected");
    expect(stepsOf(bench).slice(1)).toEqual(["GET /api/customers", "POST /api/customers", "GET /api/customers"]);
    expect(customersCalled(shop.sandbox, "corrida@example.com")).toBe(1);
  });

  test("is one customer when twenty connect at once", async () => {
    const steps = await Promise.all(Array.from({ length: 20 }, () => start(shop.open(), "vinte@example.com")));
    const ids = steps.map((step) => (step.kind === "connected" ? step.secret.customerId : step.kind));
    expect(new Set(ids).size).toBe(1);
    expect(customersCalled(shop.sandbox, "vinte@example.com")).toBe(1);
  });

  test("is refused without an address, or with one that is none", async () => {
    await expect(connect.start(shop.open().call, { identity: {} })).rejects.toMatchObject({
      code: "IDENTITY_INCOMPLETE",
      fields: ["buyer.email"],
    });
    await expect(start(shop.open(), "no address")).rejects.toMatchObject({
      code: "IDENTITY_INCOMPLETE",
      fields: ["buyer.email"],
    });
  });

  test("is not mistaken for another one when the store answers with everybody", async () => {
    shop.sandbox.switches.set(null, { filterIgnored: true });
    await expect(start(shop.open(), "ana@example.com")).rejects.toMatchObject({ code: "STORE_CHANGED" });
    expect(customersCalled(shop.sandbox, "ana@example.com")).toBe(0);
  });
});

describe("verifying", () => {
  const rita = { kind: "customer", customerId: "cstRitaRep" } as const;

  test("tells how the customer stands now", async () => {
    expect(await connect.verify(shop.open().call, rita)).toMatchObject({
      kind: "live",
      account: { id: "cstRitaRep", standing: "repeat" },
    });
  });

  test("a record that is gone is revoked; a page that says 404 is not", async () => {
    const gone = { kind: "customer", customerId: "nobodyHere" } as const;
    expect(await connect.verify(shop.open().call, gone)).toEqual({ kind: "revoked" });
    shop.sandbox.switches.set(null, { trouble: "htmlNotFound" });
    expect(await connect.verify(shop.open().call, gone)).toMatchObject({ kind: "inconclusive" });
  });

  test("a key that the store refuses says nothing about the shopper", async () => {
    const wrong = { integration: { clientId: "integration_loja", clientSecret: "wrong" } };
    const { credentials } = shop.open().call.store;
    const { call } = shop.open({ credentials: credentials && { ...credentials, ...wrong } });
    expect(await connect.verify(call, rita)).toMatchObject({ kind: "inconclusive" });
  });

  test("another name of the org's is told, twice is fine; what the store does not take, or has no record for, is said", async () => {
    const bench = shop.open();
    for (const _time of [1, 2]) {
      const told = await connect.rename?.(bench.call, rita, "club-0042");
      expect(told).toMatchObject({ id: "cstRitaRep", shopperReference: "club-0042" });
    }
    expect(stepsOf(bench)).toEqual(["POST /oauth/token", "PATCH /api/customers/{id}", "PATCH /api/customers/{id}"]);
    expect(heldBy(shop.sandbox).customers.cstRitaRep).toMatchObject({ shopperReference: "club-0042" });
    await expect(connect.rename?.(shop.open().call, rita, "x")).rejects.toMatchObject({
      ...{ code: "REFUSED_BY_STORE", fields: ["shopperReference"] },
    });
    const gone = { kind: "customer", customerId: "nobodyHere" } as const;
    await expect(connect.rename?.(shop.open().call, gone, "club-1")).rejects.toMatchObject({
      code: "REFUSED_BY_STORE",
    });
  });

  test("ending a connection leaves the record alone", async () => {
    const bench = shop.open();
    expect(await connect.disconnect(bench.call, rita)).toMatchObject({ storeAgreed: true });
    expect(bench.sent).toEqual([]);
  });
});
