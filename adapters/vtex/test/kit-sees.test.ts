/** What the kit asks of an impersonation can fail: each broken adapter turns its own check red. */
import { describe, expect, test } from "@jest/globals";
import type { AnyAdapter, Impersonate, Kept } from "@shopkey/adapter-sdk";
import { adapterConformance } from "@shopkey/adapter-sdk/conformance";
import { vtex } from "@shopkey/adapter-vtex";
import { startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { settingsSchema } from "../src/settings.js";
import { itemsOf } from "./bench.js";
import { impersonation } from "./impersonation.js";

type Seats = Impersonate<Kept>;
const real = vtex() as AnyAdapter;
const seats = real.impersonate as Seats;

/** The kit's checks of one adapter, by name, to be run one by one. */
function checksOf(broken: Partial<Seats>): ReadonlyMap<string, () => Promise<void>> {
  const checks = new Map<string, () => Promise<void>>();
  adapterConformance((name, body) => void checks.set(/ · (\w+\/[\w-]+)/.exec(name)?.[1] ?? name, body), {
    adapter: { ...real, impersonate: { ...seats, ...broken } },
    startSandbox,
    settings: settingsSchema.parse({ account: "cobasi" }),
    credentials: null,
    cart: () => itemsOf("1001"),
    holds: () => false,
    forgetting: { none: "of no interest here" },
    login: { none: "of no interest here" },
    impersonation: impersonation as never,
  });
  return checks;
}

const BROKEN: readonly (readonly [string, string, Partial<Seats>])[] = [
  [
    "keeps nothing",
    "impersonates/cut",
    { start: (call, request) => seats.start({ ...call, keep: async () => {} }, request) },
  ],
  ["calls what is lost alive", "impersonates/renew", { check: async () => ({ kind: "live" }) }],
  [
    "believes whoever it is told",
    "impersonates/webstore",
    {
      start: (call, request) =>
        seats.start(call, { ...request, operator: { id: "x", token: "operator-cobasi-operadora" } }),
    },
  ],
  ["claims an end that never was", "impersonates/stop", { stop: async () => ({ storeAgreed: true, note: "" }) }],
];

describe("the kit sees an adapter that", () => {
  test.each(BROKEN)("%s", async (_what, name, broken) => {
    await expect(checksOf(broken).get(name)?.()).rejects.toThrow();
    await expect(checksOf({}).get(name)?.()).resolves.toBeUndefined();
  });
});
