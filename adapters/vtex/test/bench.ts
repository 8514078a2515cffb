/** A Call as the gateway makes it in the test environment, without the gateway. */
import { randomUUID } from "node:crypto";
import type { Identity, ImpersonationCall } from "@shopkey/adapter-sdk";
import type { ServedSandbox } from "@shopkey/adapter-sdk/sandbox";
import type { VtexKept } from "@shopkey/adapter-vtex";
import { settingsSchema } from "../src/settings.js";

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}
export interface Bench {
  readonly call: ImpersonationCall<VtexKept>;
  readonly sent: Recorded[];
  readonly saved: string[];
  /** What an impersonation was kept as. */
  readonly kept: VtexKept["secret"][];
  readonly logged: unknown[];
}
export interface BenchOptions {
  readonly settings?: Record<string, unknown>;
  readonly credentials?: VtexKept["credentials"] | null;
  readonly resume?: string | null;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
}

export function openBench(sandbox: ServedSandbox, options: BenchOptions = {}): Bench {
  const sent: Recorded[] = [];
  const saved: string[] = [];
  const logged: unknown[] = [];
  const settings = settingsSchema.parse({ account: "cobasi", ...options.settings });
  const kept: VtexKept["secret"][] = [];
  const call: ImpersonationCall<VtexKept> = {
    store: { id: "sto_test", settings, credentials: options.credentials ?? null },
    environment: "test",
    signal: options.signal ?? new AbortController().signal,
    now: options.now ?? (() => new Date()),
    log: (event, facts) => logged.push({ event, ...facts }),
    fetch: async (url, init = {}) => {
      const { hostname, pathname, search } = new URL(url);
      const headers = new Headers(init.headers);
      const body = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
      sent.push({ method: init.method ?? "GET", path: pathname + search, headers: Object.fromEntries(headers), body });
      headers.set("x-forwarded-host", hostname);
      return fetch(sandbox.url + pathname + search, { ...init, headers, redirect: "manual" });
    },
    idempotencyKey: randomUUID(),
    checkpoint: async (value) => void saved.push(value),
    resume: options.resume ?? null,
    keep: async (secret) => void kept.push(secret),
    page: () => Promise.reject(new Error("no browser here")),
  };
  return { call, sent, saved, kept, logged };
}

/** The shopper of every test, as the gateway hands it over. */
export const ANA: Identity = {
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
};

export function itemsOf(...ids: string[]) {
  return { kind: "items", items: ids.map((id) => ({ id, quantity: 1 })) } as const;
}

/** The plain values that the store holds of a cart. */
export async function heldCart(sandbox: ServedSandbox, id: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${sandbox.url}/_sandbox/carts/${id}`);
  return (await response.json()) as Record<string, unknown>;
}
