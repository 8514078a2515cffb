import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ServedSandbox } from "@shopkey/adapter-sdk/sandbox";
import { vtex } from "@shopkey/adapter-vtex";
import { KNOWN_EMAIL, startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { ANA, heldCart, itemsOf, openBench } from "./bench.js";

const adapter = vtex();
const { connect, anonymize } = adapter;
const key = { appKey: "vtexappkey-cobasi-ABCDEF", appToken: "token" };
const keyed = { settings: { userRights: true }, credentials: key };
const subject = { identity: { "buyer.email": "ana@example.com" }, secret: null } as const;
const secret = { storeKnowsEmail: null };
let now = new Date("2026-08-20T12:00:00Z");
let sandbox: ServedSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => now });
});
beforeEach(() => {
  sandbox.switches.clear(null);
  sandbox.reset(null);
});
afterAll(() => sandbox.close());

describe("connecting", () => {
  test.each([
    [{}, null],
    [{ "buyer.email": "new@example.com" }, false],
    [{ "buyer.email": KNOWN_EMAIL }, true],
  ])("%j keeps whether the store knows the e-mail, and nothing else: %s", async (identity, storeKnowsEmail) => {
    const step = await connect.start(openBench(sandbox).call, { identity });
    expect(step).toEqual({ kind: "connected", secret: { storeKnowsEmail }, account: { id: null, label: null } });
  });

  test("verifies as live while the store answers, and as inconclusive when it does not", async () => {
    expect(await connect.verify(openBench(sandbox).call, secret)).toEqual({ kind: "live" });
    for (const trouble of ["down", "rateLimited", "htmlNotFound", "garbage", "reset", "cut"] as const) {
      sandbox.switches.set("cobasi", { trouble });
      expect(await connect.verify(openBench(sandbox).call, secret)).toMatchObject({ kind: "inconclusive" });
    }
  });

  test("ends without a word to the store, as often as one likes", async () => {
    const { call, sent } = openBench(sandbox);
    expect(await connect.disconnect(call, secret)).toMatchObject({ storeAgreed: true });
    expect(await connect.disconnect(call, secret)).toMatchObject({ storeAgreed: true });
    expect(sent).toEqual([]);
  });
});

describe("being forgotten where the store is in the beta", () => {
  test("is a job that is followed to its end, no faster than VTEX likes", async () => {
    const bought = openBench(sandbox);
    const { cart } = await adapter.checkoutIdentity.apply(bought.call, null, ANA, itemsOf("1001"));
    const { call, sent, saved } = openBench(sandbox, keyed);
    const asked = await anonymize.request(call, subject);
    expect(asked).toMatchObject({ kind: "inProgress", checkAfterMs: 30_000 });
    expect(saved).toEqual([asked.reference]);
    expect(sent[0]?.headers).toMatchObject({ "x-vtex-api-appkey": key.appKey, "x-vtex-api-apptoken": key.appToken });
    expect(await anonymize.status(call, subject, asked)).toMatchObject({ kind: "inProgress" });
    now = new Date(now.getTime() + 61_000);
    const done = await anonymize.status(call, subject, asked);
    expect(done).toMatchObject({ kind: "completed", reference: asked.reference });
    expect(await heldCart(sandbox, cart.id)).toMatchObject({ clientProfileData: null, address: null });
    const asks = sent.length;
    expect(await anonymize.status(call, subject, done)).toBe(done);
    expect(sent).toHaveLength(asks);
    await expect(anonymize.cancel(call, subject, done)).rejects.toMatchObject({ code: "TOO_LATE" });
  });

  test("taken up again after a crash is the same job", async () => {
    const first = openBench(sandbox, keyed);
    const { reference } = await anonymize.request(first.call, subject);
    const second = openBench(sandbox, { ...keyed, resume: first.saved[0] ?? null });
    expect((await anonymize.request(second.call, subject)).reference).toBe(reference);
    expect(second.sent.map(({ method, path }) => [method, path])).toEqual([
      ["GET", `/api/user-rights/forget/jobs/${reference}`],
    ]);
  });

  test("may fail for good, cannot be cancelled, and an unknown e-mail is a success", async () => {
    const { call } = openBench(sandbox, keyed);
    sandbox.switches.set("cobasi", { jobMs: 0, jobFails: true });
    const asked = await anonymize.request(call, subject);
    await expect(anonymize.cancel(call, subject, asked)).rejects.toMatchObject({ code: "NOT_CANCELLABLE" });
    const failed = await anonymize.status(call, subject, asked);
    expect(failed.kind).toBe("failed");
    expect(await anonymize.status(call, subject, failed)).toBe(failed);
    sandbox.switches.set("cobasi", { jobMs: 0 });
    const nobody = { identity: { "buyer.email": "nobody@example.com" }, secret: null };
    expect((await anonymize.status(call, nobody, await anonymize.request(call, nobody))).kind).toBe("completed");
  });

  test("says what is missing: the key, the right, the beta, the job", async () => {
    const request = (options: Parameters<typeof openBench>[1]) =>
      anonymize.request(openBench(sandbox, options).call, subject);
    const unkeyed = { settings: { userRights: true } };
    await expect(request(unkeyed)).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
    const wrong = { ...keyed, credentials: { appKey: "vtexappkey-animale-X", appToken: "t" } };
    await expect(request(wrong)).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
    sandbox.switches.set("cobasi", { outsideBeta: true });
    await expect(request(keyed)).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
    sandbox.switches.set("cobasi", { trouble: "htmlNotFound" });
    await expect(request(keyed)).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
    sandbox.switches.clear(null);
    const lost = { kind: "inProgress", reference: "00000000-0000-4000-8000-000000000000", note: "" } as const;
    const status = anonymize.status(openBench(sandbox, keyed).call, subject, lost);
    await expect(status).rejects.toMatchObject({ code: "REFUSED_BY_STORE" });
  });
});

describe("being forgotten elsewhere", () => {
  test("waits for a person of the store, and nothing is sent", async () => {
    const { call, sent } = openBench(sandbox);
    const asked = await anonymize.request(call, subject);
    expect(asked).toMatchObject({ kind: "awaitingOperator", reference: null });
    expect(asked.note).toMatch(/Write user rights requests/);
    expect(await anonymize.status(call, subject, asked)).toBe(asked);
    expect(await anonymize.cancel(call, subject, asked)).toMatchObject({ kind: "cancelled" });
    expect(sent).toEqual([]);
  });
});
