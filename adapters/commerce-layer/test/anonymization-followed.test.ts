import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { commerceLayer } from "@shopkey/adapter-commerce-layer";
import {
  ANONYMIZATION_MS,
  type CommerceLayerSandbox,
  REPEAT_EMAIL,
  startSandbox,
} from "@shopkey/adapter-commerce-layer/sandbox";
import type { Progress } from "@shopkey/adapter-sdk";
import { openTokenBook } from "../src/token-book.js";
import { ANA, type BenchOptions, heldBy, itemsOf, openBench } from "./bench.js";

const book = openTokenBook({ callsPerMinute: 1e6 });
const { anonymize, checkoutIdentity } = commerceLayer(book);
const HOUR_MS = 3_600_000;
let now = new Date("2026-08-20T12:00:00Z");
let sandbox: CommerceLayerSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => now, tokenCallsPerMinute: 1e6 });
});
beforeEach(() => {
  book.clear();
  sandbox.switches.clear(null);
  sandbox.reset(null);
});
afterAll(() => sandbox.close());

const wait = (ms: number): void => {
  now = new Date(now.getTime() + ms);
};
const open = (options: BenchOptions = {}) => openBench(sandbox, { now: () => now, ...options });
const secret = { kind: "customer", customerId: "cstRitaRep" } as const;
const rita = { identity: { "buyer.email": REPEAT_EMAIL }, secret };
const request = (options: BenchOptions = {}) => anonymize.request(open(options).call, rita);
const status = (progress: Progress) => anonymize.status(open().call, rita, progress);
const customer = () => heldBy(sandbox).customers.cstRitaRep;
const patches = (bench: ReturnType<typeof open>) => bench.sent.filter(({ method }) => method === "PATCH");

describe("a request", () => {
  test("is made by the organization's user, once, and followed to its end", async () => {
    await checkoutIdentity.apply(open().call, null, { ...ANA, "buyer.email": REPEAT_EMAIL }, itemsOf("CANECA-300"));
    const bench = open();
    const asked = await anonymize.request(bench.call, rita);
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
    const held = JSON.stringify(heldBy(sandbox));
    for (const value of [REPEAT_EMAIL, "Paulista", "12345678900", "Lima", "999999999"])
      expect(held).not.toContain(value);
    const after = open();
    expect(await anonymize.status(after.call, rita, done)).toBe(done);
    expect(after.sent).toEqual([]);
  });

  test("tells nothing of the operator who is named in the store's answer", async () => {
    const bench = open();
    const asked = await anonymize.request(bench.call, rita);
    expect(JSON.stringify(customer())).toContain("olga.operadora@example.com");
    expect(JSON.stringify([asked, bench.saved, bench.logged])).not.toMatch(/olga/i);
  });

  test.each(["requested", "started", "completed"])("that somebody made before is taken as it is: %s", async (state) => {
    await request();
    wait(state === "requested" ? HOUR_MS : state === "started" ? 13 * HOUR_MS : ANONYMIZATION_MS);
    const bench = open();
    const again = await anonymize.request(bench.call, rita);
    expect(again.kind).toBe(state === "started" ? "inProgress" : state);
    expect(patches(bench)).toEqual([]);
  });

  test.each(["failed", "cancelled"])("may be made anew after an earlier one %s", async (end) => {
    const first = await request();
    if (end === "cancelled") await anonymize.cancel(open().call, rita, first);
    if (end === "failed") {
      sandbox.switches.set(null, { anonymizationFails: true });
      wait(ANONYMIZATION_MS);
      expect(await status(first)).toMatchObject({ kind: "failed" });
      sandbox.switches.clear(null);
    }
    const bench = open();
    expect(await anonymize.request(bench.call, rita)).toMatchObject({ kind: "requested" });
    expect(patches(bench)).toHaveLength(1);
  });

  test("for somebody whom the store does not know is complete, and makes nobody", async () => {
    const before = Object.keys(heldBy(sandbox).customers);
    const nobody = { identity: { "buyer.email": "ninguem@example.com" }, secret: null };
    expect(await anonymize.request(open().call, nobody)).toMatchObject({ kind: "completed", reference: null });
    expect(Object.keys(heldBy(sandbox).customers)).toEqual(before);
    await expect(anonymize.request(open().call, { identity: {}, secret: null })).rejects.toMatchObject({
      code: "IDENTITY_INCOMPLETE",
    });
  });

  test("covers the connected customer and the one whom the address leads to now", async () => {
    await checkoutIdentity.apply(open().call, null, ANA, itemsOf("CANECA-300"));
    const both = { identity: { "buyer.email": "ana@example.com" }, secret };
    const asked = await anonymize.request(open().call, both);
    expect(asked.reference?.split(" ")).toHaveLength(2);
    expect(asked.reference).toMatch(/^cstRitaRep /);
    wait(ANONYMIZATION_MS);
    expect(await anonymize.status(open().call, both, asked)).toMatchObject({ kind: "completed" });
    expect(JSON.stringify(heldBy(sandbox))).not.toMatch(/rita\.|ana@/);
  });
});

describe("cut off and taken up again", () => {
  /** Token, reading, reading by address, the user's token, the change. */
  test.each([0, 1, 2, 3, 4])(
    "after request %i was done and not answered, the store is asked once in all",
    async (skip) => {
      const first = open();
      sandbox.switches.set(null, { trouble: "lostAnswer", skip, times: 1 });
      await expect(anonymize.request(first.call, rita)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      sandbox.switches.clear(null);
      const second = open({ resume: first.saved.at(-1) ?? null });
      expect(await anonymize.request(second.call, rita)).toMatchObject({ kind: "requested", reference: "cstRitaRep" });
      expect(sandbox.journal.slice(-10).filter(({ method, status: code }) => method === "PATCH" && code > 300)).toEqual(
        [],
      );
      expect(patches(first).length + patches(second).length).toBe(1);
    },
  );

  test("a request of ours that was cancelled meanwhile is not made a second time", async () => {
    const first = open();
    const asked = await anonymize.request(first.call, rita);
    wait(HOUR_MS);
    await anonymize.cancel(open().call, rita, asked);
    const second = open({ resume: first.saved.at(-1) ?? null });
    expect(await anonymize.request(second.call, rita)).toMatchObject({ kind: "cancelled" });
    expect(patches(second)).toEqual([]);
  });

  test("after an earlier cancelled request, one that was never sent is sent", async () => {
    await anonymize.cancel(open().call, rita, await request());
    wait(HOUR_MS);
    const first = open();
    sandbox.switches.set(null, { trouble: "down", method: "PATCH" });
    await expect(anonymize.request(first.call, rita)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    sandbox.switches.clear(null);
    const second = open({ resume: first.saved.at(-1) ?? null });
    expect(await anonymize.request(second.call, rita)).toMatchObject({ kind: "requested" });
    expect(patches(second)).toHaveLength(1);
  });

  test("after the store was done and the address leads nowhere, the answer is still found", async () => {
    const first = open();
    await anonymize.request(first.call, rita);
    wait(ANONYMIZATION_MS);
    const second = open({ resume: first.saved.at(-1) ?? null });
    expect(await anonymize.request(second.call, rita)).toMatchObject({ kind: "completed", reference: "cstRitaRep" });
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
    sandbox.switches.set(null, { trouble: "down" });
    for (let hour = 0; hour < 24; hour++) {
      wait(HOUR_MS);
      await expect(status(asked)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    }
    sandbox.switches.clear(null);
    wait(ANONYMIZATION_MS);
    expect(await status(asked)).toMatchObject({ kind: "completed" });
  });
});
