/** A Call as the gateway makes it in the test environment, without the gateway. */
import { randomUUID } from "node:crypto";
import type { CommerceLayerKept } from "@shopkey/adapter-commerce-layer";
import type { CommerceLayerSandbox } from "@shopkey/adapter-commerce-layer/sandbox";
import type { Identity, ImpersonationCall } from "@shopkey/adapter-sdk";
import { settingsSchema } from "../src/settings.js";
import { credentials, SLUG, settings } from "./fixtures.js";

interface Recorded {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}
export interface Bench {
  readonly call: ImpersonationCall<CommerceLayerKept>;
  readonly sent: Recorded[];
  readonly saved: string[];
  readonly kept: CommerceLayerKept["secret"][];
  readonly logged: unknown[];
}
export interface BenchOptions {
  readonly settings?: Record<string, unknown>;
  readonly credentials?: CommerceLayerKept["credentials"] | null;
  readonly resume?: string | null;
  readonly key?: string;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
  readonly environment?: "test" | "live";
  /** Instead of the sandbox; undefined lets the request through. */
  readonly answer?: (url: URL, init: { readonly method?: string }) => Response | undefined;
}

export function openBench(sandbox: CommerceLayerSandbox, options: BenchOptions = {}): Bench {
  const bench: Omit<Bench, "call"> = { sent: [], saved: [], kept: [], logged: [] };
  const call: Bench["call"] = {
    store: {
      id: "sto_test",
      settings: settingsSchema.parse({ ...settings, ...options.settings }),
      credentials: options.credentials === undefined ? credentials : options.credentials,
    },
    environment: options.environment ?? "test",
    signal: options.signal ?? new AbortController().signal,
    now: options.now ?? (() => new Date()),
    log: (event, facts) => bench.logged.push({ event, ...facts }),
    fetch: async (url, init = {}) => {
      const to = new URL(url);
      const headers = new Headers(init.headers);
      const body = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
      const { hostname: host, pathname, search } = to;
      bench.sent.push({
        method: init.method ?? "GET",
        host,
        path: pathname + search,
        headers: Object.fromEntries(headers),
        body,
      });
      const answered = options.answer?.(to, init);
      if (answered !== undefined) return answered;
      headers.set("x-forwarded-host", host);
      return fetch(sandbox.url + pathname + search, { ...init, headers, redirect: "manual" });
    },
    idempotencyKey: options.key ?? randomUUID(),
    checkpoint: async (value) => void bench.saved.push(value),
    resume: options.resume ?? null,
    keep: async (secret) => void bench.kept.push(secret),
    page: () => Promise.reject(new Error("no browser here")),
  };
  return { ...bench, call };
}

/** What was asked, in short: method and path without ids and query. */
export const stepsOf = ({ sent }: Bench): string[] =>
  sent.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "").replace(/\/(api\/[a-z_]+)\/.+/, "/$1/{id}")}`);

export const tokenCalls = ({ sent }: Bench): Recorded[] => sent.filter(({ path }) => path === "/oauth/token");

/** The shopper of every test, as the gateway hands it over. */
export const ANA = {
  "buyer.firstName": "Ana",
  "buyer.lastName": "Lima",
  "buyer.email": "ana@example.com",
  "buyer.document": "12345678900",
  "buyer.phone": "+5511999999999",
  "address.postalCode": "01310100",
  "address.street": "Av. Paulista",
  "address.number": "1000",
  "address.neighborhood": "Bela Vista",
  "address.city": "São Paulo",
  "address.state": "SP",
} as const satisfies Identity;

export function itemsOf(...ids: string[]) {
  return { kind: "items", items: ids.map((id) => ({ id, quantity: 1 })) } as const;
}

interface Held {
  readonly customers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly orders: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly addresses: Readonly<Record<string, { readonly attributes: Readonly<Record<string, unknown>> }>>;
  readonly lineItems: Readonly<Record<string, unknown>>;
  readonly webhooks: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly deliveries: readonly Readonly<Record<string, unknown>>[];
}

/** The plain values that the store holds. */
export const heldBy = (sandbox: CommerceLayerSandbox): Held => JSON.parse(JSON.stringify(sandbox.state(SLUG))) as Held;

export const customersCalled = (sandbox: CommerceLayerSandbox, email: string): number =>
  Object.values(heldBy(sandbox).customers).filter((one) => one.email === email).length;
