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
import { type BenchOptions, heldBy, openBench, stepsOf } from "./bench.js";

const book = openTokenBook({ callsPerMinute: 1e6 });
const { anonymize } = commerceLayer(book);
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
    const cancelled = await anonymize.cancel(open().call, rita, asked);
    expect(cancelled).toMatchObject({ kind: "cancelled", reference: "cstRitaRep" });
    expect(customer()).toMatchObject({ anonymization: "cancelled" });
    expect(await anonymize.cancel(open().call, rita, cancelled)).toBe(cancelled);
    const again = open();
    expect(await anonymize.cancel(again.call, rita, asked)).toMatchObject({ kind: "cancelled" });
    expect(patches(again)).toEqual([]);
    wait(ANONYMIZATION_MS);
    expect(await status(asked)).toMatchObject({ kind: "cancelled" });
  });

  test("what has begun is tried, and may be too late", async () => {
    const asked = await request();
    wait(13 * HOUR_MS);
    await expect(anonymize.cancel(open().call, rita, asked)).rejects.toMatchObject({ code: "TOO_LATE" });
    sandbox.switches.set(null, { cancelStarted: true });
    expect(await anonymize.cancel(open().call, rita, asked)).toMatchObject({ kind: "cancelled" });
  });

  test("what has ended is too late", async () => {
    const asked = await request();
    sandbox.switches.set(null, { anonymizationFails: true });
    wait(ANONYMIZATION_MS);
    await expect(anonymize.cancel(open().call, rita, asked)).rejects.toMatchObject({ code: "TOO_LATE" });
    const done = { ...asked, kind: "completed" } as const;
    await expect(anonymize.cancel(open().call, rita, done)).rejects.toMatchObject({ code: "TOO_LATE" });
  });

  test("an answer that was lost is found out", async () => {
    const asked = await request();
    sandbox.switches.set(null, { trouble: "lostAnswer", method: "PATCH", times: 1 });
    await expect(anonymize.cancel(open().call, rita, asked)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await anonymize.cancel(open().call, rita, asked)).toMatchObject({ kind: "cancelled" });
  });
});

describe("without a user of the organization", () => {
  const settings = { userId: undefined };

  test("a person requests it in the Dashboard, and what the store then does is followed", async () => {
    const bench = open({ settings });
    const asked = await anonymize.request(bench.call, rita);
    expect(asked).toMatchObject({ kind: "awaitingOperator", reference: "cstRitaRep" });
    expect(asked.note).toMatch(/Dashboard/);
    expect(patches(bench)).toEqual([]);
    expect(await anonymize.status(open({ settings }).call, rita, asked)).toMatchObject({ kind: "awaitingOperator" });
    expect(await inDashboard({ _request_anonymization: true })).toBe(200);
    const begun = await anonymize.status(open({ settings }).call, rita, asked);
    expect(begun.kind).toBe("inProgress");
    await expect(anonymize.cancel(open({ settings }).call, rita, begun)).rejects.toMatchObject({
      code: "NOT_CANCELLABLE",
    });
    wait(ANONYMIZATION_MS);
    expect(await anonymize.status(open({ settings }).call, rita, begun)).toMatchObject({ kind: "completed" });
  });

  test("what nobody requested is cancelled without a word to the store", async () => {
    const asked = await anonymize.request(open({ settings }).call, rita);
    const bench = open({ settings });
    expect(await anonymize.cancel(bench.call, rita, asked)).toMatchObject({ kind: "cancelled" });
    expect(patches(bench)).toEqual([]);
  });
});

describe("refused by name", () => {
  test("a user whom the organization does not have", async () => {
    await expect(request({ settings: { userId: "user_another" } })).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
    expect(customer()).toMatchObject({ anonymization: null });
  });

  test("a plan without owners' tokens", async () => {
    sandbox.switches.set(null, { notEnterprise: true });
    await expect(request()).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
  });

  test("an integration without the permission: not taken for a token that ran out", async () => {
    const problem = { errors: [{ title: "Unauthorized", code: "UNAUTHORIZED", status: "401" }] };
    const bench = open({
      answer: (_url, { method }) => (method === "PATCH" ? Response.json(problem, { status: 401 }) : undefined),
    });
    await expect(anonymize.request(bench.call, rita)).rejects.toMatchObject({ code: "PERMISSION_MISSING" });
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
