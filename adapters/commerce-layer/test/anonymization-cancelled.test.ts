import { describe, expect, test } from "@jest/globals";
import { ANONYMIZATION_MS, REPEAT_EMAIL } from "@shopkey/adapter-commerce-layer/sandbox";
import { type BenchOptions, stepsOf } from "./bench.js";
import { forgettingAt, HOUR_MS, openShop, RITA } from "./shop.js";

const shop = openShop();
const { adapter, book, open, wait } = shop;
const { request, status, customer, patches } = forgettingAt(shop);
const { anonymize } = adapter;

/** What a person does in the store's dashboard. */
async function inDashboard(attributes: Record<string, unknown>): Promise<number> {
  const bench = open();
  const token = await book.obtain(bench.call, "requester");
  const headers = {
    accept: "application/vnd.api+json",
    "content-type": "application/vnd.api+json",
    authorization: `Bearer ${token}`,
  };
  const body = JSON.stringify({ data: { type: "customers", id: "cstRitaRep", attributes } });
  const url = "https://loja.commercelayer.io/api/customers/cstRitaRep";
  return (await bench.call.fetch(url, { method: "PATCH", headers, body })).status;
}

describe("cancelling", () => {
  test("stops what has not begun; twice is fine, and it stays cancelled", async () => {
    const asked = await request();
    const cancelled = await anonymize.cancel(open().call, RITA, asked);
    expect(cancelled).toMatchObject({ kind: "cancelled", reference: "cstRitaRep" });
    expect(customer()).toMatchObject({ anonymization: "cancelled" });
    expect(await anonymize.cancel(open().call, RITA, cancelled)).toBe(cancelled);
    const again = open();
    expect(await anonymize.cancel(again.call, RITA, asked)).toMatchObject({ kind: "cancelled" });
    expect(patches(again)).toEqual([]);
    wait(ANONYMIZATION_MS);
    expect(await status(asked)).toMatchObject({ kind: "cancelled" });
  });

  test("what has begun is tried, and may be too late", async () => {
    const asked = await request();
    wait(13 * HOUR_MS);
    await expect(anonymize.cancel(open().call, RITA, asked)).rejects.toMatchObject({ code: "TOO_LATE" });
    shop.sandbox.switches.set(null, { cancelStarted: true });
    expect(await anonymize.cancel(open().call, RITA, asked)).toMatchObject({ kind: "cancelled" });
  });

  test("what has ended is too late", async () => {
    const asked = await request();
    shop.sandbox.switches.set(null, { anonymizationFails: true });
    wait(ANONYMIZATION_MS);
    await expect(anonymize.cancel(open().call, RITA, asked)).rejects.toMatchObject({ code: "TOO_LATE" });
    const done = { ...asked, kind: "completed" } as const;
    await expect(anonymize.cancel(open().call, RITA, done)).rejects.toMatchObject({ code: "TOO_LATE" });
  });

  test("an answer that was lost is found out", async () => {
    const asked = await request();
    shop.sandbox.switches.set(null, { trouble: "lostAnswer", method: "PATCH", times: 1 });
    await expect(anonymize.cancel(open().call, RITA, asked)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await anonymize.cancel(open().call, RITA, asked)).toMatchObject({ kind: "cancelled" });
  });
});

describe("without a user of the organization", () => {
  const settings = { userId: undefined };

  test("a person requests it in the Dashboard, and what the store then does is followed", async () => {
    const bench = open({ settings });
    const asked = await anonymize.request(bench.call, RITA);
    expect(asked).toMatchObject({ kind: "awaitingOperator", reference: "cstRitaRep" });
    expect(asked.note).toMatch(/Dashboard/);
    expect(patches(bench)).toEqual([]);
    expect(await anonymize.status(open({ settings }).call, RITA, asked)).toMatchObject({ kind: "awaitingOperator" });
    expect(await inDashboard({ _request_anonymization: true })).toBe(200);
    const begun = await anonymize.status(open({ settings }).call, RITA, asked);
    expect(begun.kind).toBe("inProgress");
    await expect(anonymize.cancel(open({ settings }).call, RITA, begun)).rejects.toMatchObject({
      code: "NOT_CANCELLABLE",
    });
    wait(ANONYMIZATION_MS);
    expect(await anonymize.status(open({ settings }).call, RITA, begun)).toMatchObject({ kind: "completed" });
  });

  test("what nobody requested is cancelled without a word to the store", async () => {
    const asked = await anonymize.request(open({ settings }).call, RITA);
    const bench = open({ settings });
    expect(await anonymize.cancel(bench.call, RITA, asked)).toMatchObject({ kind: "cancelled" });
    expect(patches(bench)).toEqual([]);
  });
});

describe("refused by name", () => {
  test("a user whom the organization does not have", async () => {
    await expect(request({ settings: { userId: "user_another" } })).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
    expect(customer()).toMatchObject({ anonymization: null });
  });

  test("a plan without owners' tokens", async () => {
    shop.sandbox.switches.set(null, { notEnterprise: true });
    await expect(request()).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
  });

  test("an integration without the permission: not taken for a token that ran out", async () => {
    const problem = { errors: [{ title: "Unauthorized", code: "UNAUTHORIZED", status: "401" }] };
    const bench = open({
      answer: (_url, { method }) => (method === "PATCH" ? Response.json(problem, { status: 401 }) : undefined),
    });
    await expect(anonymize.request(bench.call, RITA)).rejects.toMatchObject({ code: "PERMISSION_MISSING" });
    expect(stepsOf(bench).filter((step) => step === "POST /oauth/token")).toHaveLength(2);
    expect(patches(bench)).toHaveLength(1);
  });

  test("a store that accepts and does nothing", async () => {
    const shown = {
      data: { id: "cstRitaRep", type: "customers", attributes: { email: REPEAT_EMAIL, status: "repeat" } },
    };
    const answer: BenchOptions["answer"] = (_url, { method }) =>
      method === "PATCH" ? Response.json(shown) : undefined;
    await expect(request({ answer })).rejects.toMatchObject({ code: "STORE_CHANGED" });
  });
});
