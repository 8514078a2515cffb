import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { AdapterError, type AnyAdapter, type Call } from "@shopkey/adapter-sdk";
import { z } from "zod";
import { systemClock } from "../../src/kernel/clock.js";
import { openLog } from "../../src/kernel/log.js";
import { Refusal, type Refusals } from "../../src/kernel/refusal.js";
import { openStores, type StoreTarget } from "../../src/stores/index.js";

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url !== "/hang") response.end("{}");
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** As much of an adapter as the quay itself looks at. */
const corner = {
  id: "corner",
  title: "Corner",
  contract: 1,
  hosts: (settings: { host: string }) => [settings.host],
  keeps: {
    settings: z.object({ host: z.string() }),
    credentials: z.object({ key: z.string() }),
    secret: z.unknown(),
    pending: z.unknown(),
  },
  needs: { checkout: { required: ["buyer.email"], optional: [] }, readiness: [], anonymize: [] },
  checkoutIdentity: {},
} as unknown as AnyAdapter;

const target: StoreTarget = {
  adapterId: "corner",
  id: "sto_1",
  environment: "test",
  settings: { host: "corner.example" },
  credentials: null,
};

async function lend<T>(
  use: (call: Call) => Promise<T>,
  options: { deadlineMs?: number; signal?: AbortSignal; checkpoint?: (value: string) => Promise<void> } = {},
) {
  const stores = openStores({
    adapters: [corner],
    sandboxes: new Map([["corner", url]]),
    clock: systemClock,
    log: openLog({ level: "silent" }),
    deadlineMs: options.deadlineMs ?? 5_000,
  });
  const signal = options.signal ?? new AbortController().signal;
  try {
    return await stores.call(
      target,
      { idempotencyKey: "k", signal, ...(options.checkpoint ? { checkpoint: options.checkpoint } : {}) },
      (_, call) => use(call),
    );
  } finally {
    await stores.close();
  }
}

describe("a call", () => {
  test("speaks to the store and hands back what the adapter made of it", async () => {
    const status = await lend(async (call) => (await call.fetch("https://corner.example/")).status);
    expect(status).toBe(200);
  });

  test("turns the adapter's errors into refusals with a next action", async () => {
    const refusal = await lend(() =>
      Promise.reject(new AdapterError("RATE_LIMITED", "Slow down.", { retryAfterMs: 7_000 })),
    ).catch((e: unknown) => e);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({
      code: "RATE_LIMITED",
      retryAfterMs: 7_000,
      retry: "later",
      nextAction: expect.stringContaining("idempotency key"),
    });
  });

  test("tells every field that the store did not accept", async () => {
    const error = new AdapterError("IDENTITY_INCOMPLETE", "Not accepted.", {
      fields: ["address.postalCode", "buyer.phone"],
    });
    const refusals = await lend(() => Promise.reject(error)).catch((e: unknown) => e);
    expect((refusals as Refusals).refusals.map(({ field }) => field)).toEqual([
      ["address", "postalCode"],
      ["buyer", "phone"],
    ]);
  });

  test("leaves a bug a bug", async () => {
    await expect(lend(() => Promise.reject(new TypeError("x is undefined")))).rejects.toThrow(TypeError);
  });

  test("ends at the deadline though the store hangs", async () => {
    await expect(lend((call) => call.fetch("https://corner.example/hang"), { deadlineMs: 100 })).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
  });

  test("ends at the deadline though the adapter ignores its signal", async () => {
    await expect(lend(() => new Promise(() => undefined), { deadlineMs: 100 })).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
  });

  test("ends when the caller is gone", async () => {
    const caller = new AbortController();
    const ended = lend((call) => call.fetch("https://corner.example/hang"), { signal: caller.signal });
    caller.abort();
    await expect(ended).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  test("keeps checkpoints small", async () => {
    const kept: string[] = [];
    const checkpoint = async (value: string) => void kept.push(value);
    await lend((call) => call.checkpoint("cart-1"), { checkpoint });
    await expect(lend((call) => call.checkpoint("x".repeat(1_025)), { checkpoint })).rejects.toThrow("1 KB");
    expect(kept).toEqual(["cart-1"]);
  });
});

describe("the registry", () => {
  const stores = () =>
    openStores({
      adapters: [corner],
      sandboxes: new Map(),
      clock: systemClock,
      log: openLog({ level: "silent" }),
      deadlineMs: 1_000,
    });

  test("describes an adapter by what it has", () => {
    expect(stores().adapter("corner")).toMatchObject({
      capabilities: ["CHECKOUT_IDENTITY", "ANONYMIZATION"],
      requiredFields: ["buyer.email"],
      settingsSchema: { type: "object", properties: { host: { type: "string" } } },
    });
  });

  test("judges settings by path and never repeats a value", async () => {
    const refusals = await stores()
      .judgeSettings("corner", { host: 12345678900 })
      .catch((e: unknown) => e);
    expect((refusals as Refusals).refusals[0]).toMatchObject({ code: "INVALID", field: ["settings", "host"] });
    expect(JSON.stringify(refusals)).not.toContain("12345678900");
  });

  test.each(["127.0.0.1", "localhost", "corner.example:8080", "[::1]", "a b", ""])(
    "refuses the host %j",
    async (host) => {
      await expect(stores().judgeSettings("corner", { host })).rejects.toMatchObject({ code: "INVALID" });
    },
  );

  test("refuses an unknown adapter, a wrong contract and a doubled id", async () => {
    expect(() => stores().adapter("nope")).toThrow(Refusal);
    const open = (adapters: AnyAdapter[]) => () =>
      openStores({
        adapters,
        sandboxes: new Map(),
        clock: systemClock,
        log: openLog({ level: "silent" }),
        deadlineMs: 1,
      });
    expect(open([{ ...corner, contract: 2 } as unknown as AnyAdapter])).toThrow("contract 2");
    expect(open([corner, corner])).toThrow("two adapters");
    expect(open([{ ...corner, id: "Corner Shop" }])).toThrow("kebab-case");
  });
});
