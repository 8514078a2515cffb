import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { commerceLayer } from "@shopkey/adapter-commerce-layer";
import {
  ACQUIRED_EMAIL,
  type CommerceLayerSandbox,
  REPEAT_EMAIL,
  startSandbox,
} from "@shopkey/adapter-commerce-layer/sandbox";
import { openTokenBook } from "../src/token-book.js";
import { customersCalled, heldBy, openBench, stepsOf } from "./bench.js";

const book = openTokenBook({ callsPerMinute: 1e6 });
const { connect } = commerceLayer(book);
let sandbox: CommerceLayerSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ tokenCallsPerMinute: 1e6 });
});
beforeEach(() => {
  book.clear();
  sandbox.switches.clear(null);
  sandbox.reset(null);
});
afterAll(() => sandbox.close());

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
    const bench = openBench(sandbox);
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
    await start(openBench(sandbox), REPEAT_EMAIL);
    expect(heldBy(sandbox).customers.cstRitaRep).toMatchObject({ shopperReference: "shp_cstRitaRep" });
    const step = await start(openBench(sandbox), REPEAT_EMAIL, "csm-chosen-by-the-org");
    expect(step).toMatchObject({ account: { shopperReference: "csm-chosen-by-the-org" } });
    expect(heldBy(sandbox).customers.cstRitaRep).toMatchObject({ shopperReference: "csm-chosen-by-the-org" });
    const again = openBench(sandbox);
    await start(again, REPEAT_EMAIL, "csm-chosen-by-the-org");
    expect(stepsOf(again)).toEqual(["GET /api/customers"]);
  });

  test("a reference that the store does not take is refused by the field's name", async () => {
    const refused = start(openBench(sandbox), REPEAT_EMAIL, "ab");
    await expect(refused).rejects.toMatchObject({ code: "REFUSED_BY_STORE", fields: ["shopperReference"] });
  });
});

describe("a shopper whom the store does not know", () => {
  test("becomes a customer, once, however often they are connected", async () => {
    const first = await start(openBench(sandbox), "nova@example.com", "csm-nova");
    const second = await start(openBench(sandbox), "Nova@example.com");
    expect(first).toMatchObject({ account: { standing: "prospect", shopperReference: "csm-nova" } });
    expect(second).toMatchObject({ secret: first.kind === "connected" ? first.secret : null });
    expect(customersCalled(sandbox, "nova@example.com")).toBe(1);
  });

  test("is one customer when somebody else creates the same one a moment before", async () => {
    sandbox.switches.set(null, { raceOnCreate: true });
    const bench = openBench(sandbox);
    const step = await start(bench, "corrida@example.com");
    expect(step.kind).toBe("connected");
    expect(stepsOf(bench).slice(1)).toEqual(["GET /api/customers", "POST /api/customers", "GET /api/customers"]);
    expect(customersCalled(sandbox, "corrida@example.com")).toBe(1);
  });

  test("is one customer when twenty connect at once", async () => {
    const steps = await Promise.all(Array.from({ length: 20 }, () => start(openBench(sandbox), "vinte@example.com")));
    const ids = steps.map((step) => (step.kind === "connected" ? step.secret.customerId : step.kind));
    expect(new Set(ids).size).toBe(1);
    expect(customersCalled(sandbox, "vinte@example.com")).toBe(1);
  });

  test("is refused without an address, or with one that is none", async () => {
    await expect(connect.start(openBench(sandbox).call, { identity: {} })).rejects.toMatchObject({
      code: "IDENTITY_INCOMPLETE",
      fields: ["buyer.email"],
    });
    await expect(start(openBench(sandbox), "no address")).rejects.toMatchObject({
      code: "IDENTITY_INCOMPLETE",
      fields: ["buyer.email"],
    });
  });

  test("is not mistaken for another one when the store answers with everybody", async () => {
    sandbox.switches.set(null, { filterIgnored: true });
    await expect(start(openBench(sandbox), "ana@example.com")).rejects.toMatchObject({ code: "STORE_CHANGED" });
    expect(customersCalled(sandbox, "ana@example.com")).toBe(0);
  });
});

describe("verifying", () => {
  const rita = { kind: "customer", customerId: "cstRitaRep" } as const;

  test("tells how the customer stands now", async () => {
    expect(await connect.verify(openBench(sandbox).call, rita)).toMatchObject({
      kind: "live",
      account: { id: "cstRitaRep", standing: "repeat" },
    });
  });

  test("a record that is gone is revoked; a page that says 404 is not", async () => {
    const gone = { kind: "customer", customerId: "nobodyHere" } as const;
    expect(await connect.verify(openBench(sandbox).call, gone)).toEqual({ kind: "revoked" });
    sandbox.switches.set(null, { trouble: "htmlNotFound" });
    expect(await connect.verify(openBench(sandbox).call, gone)).toMatchObject({ kind: "inconclusive" });
  });

  test("a key that the store refuses says nothing about the shopper", async () => {
    const wrong = { integration: { clientId: "integration_loja", clientSecret: "wrong" } };
    const { credentials } = openBench(sandbox).call.store;
    const { call } = openBench(sandbox, { credentials: credentials && { ...credentials, ...wrong } });
    expect(await connect.verify(call, rita)).toMatchObject({ kind: "inconclusive" });
  });

  test("ending a connection leaves the record alone", async () => {
    const bench = openBench(sandbox);
    expect(await connect.disconnect(bench.call, rita)).toMatchObject({ storeAgreed: true });
    expect(bench.sent).toEqual([]);
  });
});
