import { describe, expect, test } from "@jest/globals";
import { ANONYMIZATION_MS, REPEAT_EMAIL } from "@shopkey/adapter-commerce-layer/sandbox";
import { ANA, heldBy, itemsOf } from "./bench.js";
import { forgettingAt, HOUR_MS, openShop, RITA } from "./shop.js";

const shop = openShop();
const { adapter, book, open, wait } = shop;
const { request, status, customer, patches } = forgettingAt(shop);
const { anonymize, checkoutIdentity } = adapter;

describe("a request", () => {
  test("is made by the organization's user, once, and followed to its end", async () => {
    await checkoutIdentity.apply(open().call, null, { ...ANA, "buyer.email": REPEAT_EMAIL }, itemsOf("CANECA-300"));
    const bench = open();
    const asked = await anonymize.request(bench.call, RITA);
    expect(asked).toMatchObject({ kind: "requested", reference: "cstRitaRep", checkAfterMs: HOUR_MS });
    expect(patches(bench).map(({ body }) => body)).toEqual([
      { data: { type: "customers", id: "cstRitaRep", attributes: { _request_anonymization: true } } },
    ]);
    wait(13 * HOUR_MS);
    const begun = await status(asked);
    expect(begun.kind).toBe("inProgress");
    wait(ANONYMIZATION_MS);
    const done = await status(begun);
    expect(done).toMatchObject({ kind: "completed", reference: "cstRitaRep" });
    expect(done.checkAfterMs).toBeUndefined();
    const held = JSON.stringify(heldBy(shop.sandbox));
    for (const value of [REPEAT_EMAIL, "Paulista", "12345678900", "Lima", "999999999"])
      expect(held).not.toContain(value);
    const after = open();
    expect(await anonymize.status(after.call, RITA, done)).toBe(done);
    expect(after.sent).toEqual([]);
  });

  test("tells nothing of the operator who is named in the store's answer", async () => {
    const bench = open();
    const asked = await anonymize.request(bench.call, RITA);
    expect(JSON.stringify(customer())).toContain("olga.operadora@example.com");
    expect(JSON.stringify([asked, bench.saved, bench.logged])).not.toMatch(/olga/i);
  });

  test.each(["requested", "started", "completed"])("that somebody made before is taken as it is: %s", async (state) => {
    await request();
    wait(state === "requested" ? HOUR_MS : state === "started" ? 13 * HOUR_MS : ANONYMIZATION_MS);
    const bench = open();
    const again = await anonymize.request(bench.call, RITA);
    expect(again.kind).toBe(state === "started" ? "inProgress" : state);
    expect(patches(bench)).toEqual([]);
  });

  test.each(["failed", "cancelled"])("may be made anew after an earlier one %s", async (end) => {
    const first = await request();
    if (end === "cancelled") await anonymize.cancel(open().call, RITA, first);
    if (end === "failed") {
      shop.sandbox.switches.set(null, { anonymizationFails: true });
      wait(ANONYMIZATION_MS);
      expect(await status(first)).toMatchObject({ kind: "failed" });
      shop.sandbox.switches.clear(null);
    }
    const bench = open();
    expect(await anonymize.request(bench.call, RITA)).toMatchObject({ kind: "requested" });
    expect(patches(bench)).toHaveLength(1);
  });

  test("for somebody whom the store does not know is complete, and makes nobody", async () => {
    const before = Object.keys(heldBy(shop.sandbox).customers);
    const nobody = { identity: { "buyer.email": "ninguem@example.com" }, secret: null };
    expect(await anonymize.request(open().call, nobody)).toMatchObject({ kind: "completed", reference: null });
    expect(Object.keys(heldBy(shop.sandbox).customers)).toEqual(before);
    await expect(anonymize.request(open().call, { identity: {}, secret: null })).rejects.toMatchObject({
      code: "IDENTITY_INCOMPLETE",
    });
  });

  test("covers the connected customer and the one whom the address leads to now", async () => {
    await checkoutIdentity.apply(open().call, null, ANA, itemsOf("CANECA-300"));
    const both = { identity: { "buyer.email": "ana@example.com" }, secret: RITA.secret };
    const asked = await anonymize.request(open().call, both);
    expect(asked.reference?.split(" ")).toHaveLength(2);
    expect(asked.reference).toMatch(/^cstRitaRep /);
    wait(ANONYMIZATION_MS);
    expect(await anonymize.status(open().call, both, asked)).toMatchObject({ kind: "completed" });
    expect(JSON.stringify(heldBy(shop.sandbox))).not.toMatch(/rita\.|ana@/);
  });
});

describe("cut off and taken up again", () => {
  /** Token, reading, reading by address, the user's token, the change. */
  test.each([0, 1, 2, 3, 4])(
    "after request %i was done and not answered, the store is asked once in all",
    async (skip) => {
      const first = open();
      shop.sandbox.switches.set(null, { trouble: "lostAnswer", skip, times: 1 });
      await expect(anonymize.request(first.call, RITA)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      shop.sandbox.switches.clear(null);
      const second = open({ resume: first.saved.at(-1) ?? null });
      expect(await anonymize.request(second.call, RITA)).toMatchObject({ kind: "requested", reference: "cstRitaRep" });
      expect(
        shop.sandbox.journal.slice(-10).filter(({ method, status: code }) => method === "PATCH" && code > 300),
      ).toEqual([]);
      expect(patches(first).length + patches(second).length).toBe(1);
    },
  );

  test("a request of ours that was cancelled meanwhile is not made a second time", async () => {
    const first = open();
    const asked = await anonymize.request(first.call, RITA);
    wait(HOUR_MS);
    await anonymize.cancel(open().call, RITA, asked);
    const second = open({ resume: first.saved.at(-1) ?? null });
    expect(await anonymize.request(second.call, RITA)).toMatchObject({ kind: "cancelled" });
    expect(patches(second)).toEqual([]);
  });

  test("after an earlier cancelled request, one that was never sent is sent", async () => {
    await anonymize.cancel(open().call, RITA, await request());
    wait(HOUR_MS);
    const first = open();
    shop.sandbox.switches.set(null, { trouble: "down", method: "PATCH" });
    await expect(anonymize.request(first.call, RITA)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    shop.sandbox.switches.clear(null);
    const second = open({ resume: first.saved.at(-1) ?? null });
    expect(await anonymize.request(second.call, RITA)).toMatchObject({ kind: "requested" });
    expect(patches(second)).toHaveLength(1);
  });

  test("after the store was done and the address leads nowhere, the answer is still found", async () => {
    const first = open();
    await anonymize.request(first.call, RITA);
    wait(ANONYMIZATION_MS);
    const second = open({ resume: first.saved.at(-1) ?? null });
    expect(await anonymize.request(second.call, RITA)).toMatchObject({ kind: "completed", reference: "cstRitaRep" });
  });

  test("two replicas at the same moment make one request", async () => {
    const both = await Promise.all([request(), request()]);
    expect(both.map(({ kind }) => kind)).toEqual(["requested", "requested"]);
    expect(customer()).toMatchObject({ anonymization: "requested" });
  });
});

describe("states only move forward", () => {
  test("whatever order polls come in", async () => {
    const asked = await request();
    const later = { ...asked, kind: "inProgress" } as const;
    expect(await status(later)).toMatchObject({ kind: "inProgress" });
    wait(ANONYMIZATION_MS);
    expect(await status(later)).toMatchObject({ kind: "completed" });
    expect(await status(asked)).toMatchObject({ kind: "completed" });
  });

  test("a customer who was deleted is no customer who was forgotten: a person has to look", async () => {
    const asked = await request();
    const { call } = open();
    const token = await book.obtain(call, "integration");
    await call.fetch("https://loja.commercelayer.io/api/customers/cstRitaRep", {
      method: "DELETE",
      headers: { accept: "application/vnd.api+json", authorization: `Bearer ${token}` },
    });
    expect(await status({ ...asked, kind: "inProgress" })).toMatchObject({ kind: "awaitingOperator" });
  });

  test("a store that is down for a day changes nothing", async () => {
    const asked = await request();
    shop.sandbox.switches.set(null, { trouble: "down" });
    for (let hour = 0; hour < 24; hour++) {
      wait(HOUR_MS);
      await expect(status(asked)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    }
    shop.sandbox.switches.clear(null);
    wait(ANONYMIZATION_MS);
    expect(await status(asked)).toMatchObject({ kind: "completed" });
  });
});
