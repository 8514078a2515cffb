import type { Kept, Sandbox } from "../contract.js";
import { AdapterError } from "../errors.js";
import type { ImpersonationCall } from "../impersonation.js";
import type { RouteCall } from "../routes.js";
import type { AnyOptions } from "./bench.js";
import { type Known, meetAmong } from "./meet.js";

/** What differs from one call to the next. */
export interface CallTerms {
  readonly key?: string;
  readonly resume?: string | null;
  readonly signal?: AbortSignal;
  /** Whom `call.meet` knows. */
  readonly known?: readonly Known[];
}

interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A `Call` as the gateway's test environment makes it, and all that the adapter did with it. */
export interface Stage {
  readonly call: ImpersonationCall<Kept> & RouteCall<Kept>;
  readonly requests: readonly SentRequest[];
  /** Why the gateway would have refused a request; no URL. */
  readonly strays: readonly string[];
  readonly logs: readonly unknown[];
  readonly checkpoints: readonly string[];
  /** What an impersonation was kept as, oldest first. */
  readonly kept: readonly unknown[];
  /** How many pages were lent: what is done in them is not among the requests. */
  readonly lends: () => number;
}

const MAX_CHECKPOINT_BYTES = 1024;
/** Kept from the start: a check may forbid the global one. */
const plainFetch = globalThis.fetch;
let calls = 0;

/** Its fetch leads every host to the sandbox over plain HTTP, the real host in `x-forwarded-host`; it keeps no cookies. */
export function openStage(options: AnyOptions, sandbox: Sandbox, now: () => Date, terms: CallTerms = {}): Stage {
  calls += 1;
  const requests: SentRequest[] = [];
  const strays: string[] = [];
  const logs: unknown[] = [];
  const checkpoints: string[] = [];
  const kept: unknown[] = [];
  let lends = 0;
  const lend =
    options.page ?? (() => Promise.reject(new AdapterError("NOT_SUPPORTED", "The kit has no browser to lend.")));
  const signal = terms.signal ?? new AbortController().signal;
  const hosts = options.adapter.hosts(options.settings).map((host) => host.toLowerCase());

  const call: Stage["call"] = {
    store: { id: "sto_conformance", settings: options.settings, credentials: options.credentials },
    environment: "test",
    signal,
    now,
    log: (event, facts) => void logs.push({ event, facts }),
    fetch: async (url, init = {}) => {
      const stray = strayOf(url, hosts);
      if (stray !== null) {
        strays.push(stray);
        throw new Error(`egress refused: ${stray}`);
      }
      const ends = init.signal ? AbortSignal.any([signal, init.signal]) : signal;
      ends.throwIfAborted();
      const { href, hostname, pathname, search } = new URL(url);
      const request = new Request(href, { method: init.method ?? "GET", headers: init.headers ?? {}, body: init.body });
      const body = await request.text();
      requests.push({ method: request.method, url: href, headers: Object.fromEntries(request.headers), body });
      const headers = new Headers(request.headers);
      headers.set("x-forwarded-host", hostname);
      const sent = { method: request.method, headers, signal: ends, ...(body === "" ? {} : { body }) };
      return send(sandbox.url + pathname + search, sent, ends);
    },
    idempotencyKey: terms.key ?? `conformance-${calls}`,
    checkpoint: async (value) => {
      if (Buffer.byteLength(value) > MAX_CHECKPOINT_BYTES) throw new Error("a checkpoint is at most 1 KB");
      checkpoints.push(value);
    },
    resume: terms.resume ?? null,
    meet: async (question) => meetAmong(terms.known ?? [], question),
    keep: async (secret) => void kept.push(JSON.parse(JSON.stringify(secret))),
    page: (use) => {
      lends += 1;
      return lend(use);
    },
  };
  return { call, requests, strays, logs, checkpoints, kept, lends: () => lends };
}

async function send(target: string, init: RequestInit, ends: AbortSignal): Promise<Response> {
  try {
    return await plainFetch(target, { ...init, redirect: "manual" });
  } catch (cause) {
    if (ends.aborted) throw cause;
    throw new AdapterError("STORE_UNAVAILABLE", "The store could not be reached.", { cause });
  }
}

function strayOf(url: string, hosts: readonly string[]): string | null {
  const asked = URL.canParse(url) ? new URL(url) : null;
  if (asked === null) return "not a URL";
  if (asked.protocol !== "https:" || asked.port !== "") return "not https on its usual port";
  if (asked.username !== "" || asked.password !== "") return "credentials in the URL";
  return hosts.includes(asked.hostname) ? null : "a host that the adapter did not declare";
}
