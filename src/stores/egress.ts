/**
 * Where an adapter's requests may go. Live: https, to the hosts that its settings declare, at public addresses only,
 * judged when the connection is made (so that a name which resolves twice cannot fool it). Test: to the adapter's own
 * sandbox and to nothing else, whatever host was asked for; there is no way to switch that off.
 */
import { type LookupAddress, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { performance } from "node:perf_hooks";
import { AdapterError, type Environment, type FetchInit } from "@shopkey/adapter-sdk";
import ipaddr from "ipaddr.js";
import { Agent, fetch as undiciFetch } from "undici";
import { isError } from "../kernel/fault.js";

export interface EgressRequest {
  readonly adapterId: string;
  readonly environment: Environment;
  /** Lower-case host names. */
  readonly hosts: readonly string[];
  readonly url: string;
  readonly init: FetchInit;
  readonly signal: AbortSignal;
}

export interface Egress {
  /** Throws EgressRefused for a host that is not declared (a bug in the adapter), AdapterError when the store cannot be reached. */
  readonly fetch: (request: EgressRequest) => Promise<Response>;
  readonly publicUrl: (adapterId: string, environment: Environment, url: string) => string;
  readonly close: () => Promise<void>;
}

/** An adapter asked for a place that it never declared. Its message holds no URL: a path can carry a shopper's data. */
export class EgressRefused extends Error {
  constructor(why: string) {
    super(`egress refused: ${why}`);
    this.name = "EgressRefused";
  }
}

/** A store's answer beyond this is not read. */
const MAX_RESPONSE_BYTES = 10 * 1024 * 1024;

export function openEgress(options: {
  sandboxes: ReadonlyMap<string, string>;
  deadlineMs: number;
  lookup?: typeof systemLookup;
}): Egress {
  // Node keeps the address of every request, query included, in a buffer that nobody empties; a store's may hold an e-mail address.
  performance.setResourceTimingBufferSize(0);
  const limits = {
    maxResponseSize: MAX_RESPONSE_BYTES,
    headersTimeout: options.deadlineMs,
    bodyTimeout: options.deadlineMs,
  };
  const live = new Agent({
    ...limits,
    connect: { lookup: publicLookup(options.lookup ?? systemLookup), timeout: 10_000 },
  });
  const sandbox = new Agent(limits);

  const sandboxOrigin = (adapterId: string): string => {
    const origin = options.sandboxes.get(adapterId);
    if (!origin) throw new AdapterError("STORE_UNAVAILABLE", "The sandbox of this adapter is not running.");
    return origin;
  };

  return {
    fetch: async ({ adapterId, environment, hosts, url, init, signal }) => {
      const asked = declaredUrl(url, hosts);
      const headers = new Headers(init.headers);
      headers.delete("host");
      let target = asked.href;
      if (environment === "test") {
        target = new URL(asked.pathname + asked.search, sandboxOrigin(adapterId)).href;
        headers.set("x-forwarded-host", asked.hostname);
      }
      const ends = init.signal ? AbortSignal.any([signal, init.signal]) : signal;
      return send(target, { ...init, headers, signal: ends }, environment === "test" ? sandbox : live);
    },
    publicUrl: (adapterId, environment, url) => {
      if (environment === "live") return url;
      const { pathname, search, hash } = new URL(url);
      return new URL(pathname + search + hash, sandboxOrigin(adapterId)).href;
    },
    close: async () => {
      await Promise.all([live.destroy(), sandbox.destroy()]);
    },
  };
}

function declaredUrl(url: string, hosts: readonly string[]): URL {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed) throw new EgressRefused("not a URL");
  if (parsed.protocol !== "https:" || parsed.port !== "") throw new EgressRefused("not https on its usual port");
  if (parsed.username !== "" || parsed.password !== "") throw new EgressRefused("credentials in the URL");
  if (!hosts.includes(parsed.hostname)) throw new EgressRefused("a host that the adapter did not declare");
  return parsed;
}

async function send(url: string, init: FetchInit & { headers: Headers }, dispatcher: Agent): Promise<Response> {
  try {
    const options = {
      method: init.method,
      headers: [...init.headers],
      body: init.body,
      signal: init.signal,
      redirect: "manual",
      dispatcher,
    };
    // undici's own types and those of the global fetch describe the same classes apart.
    return (await undiciFetch(url, options as Parameters<typeof undiciFetch>[1])) as unknown as Response;
  } catch (error) {
    if (init.signal?.aborted) throw error;
    const cause = isError(error) ? error.cause : undefined;
    if (cause instanceof PrivateAddress) {
      throw new AdapterError("SETTINGS_INVALID", "The store's host does not lead to a public address.", { cause });
    }
    throw new AdapterError("STORE_UNAVAILABLE", "The store could not be reached.", { cause: error });
  }
}

class PrivateAddress extends Error {
  constructor() {
    super("the host resolves to an address that is not public");
    this.name = "PrivateAddress";
  }
}

/** Loopback, private, link-local, carrier-grade NAT, unique-local, metadata, multicast, and all of these mapped into IPv6. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return parsed.range() === "unicast";
}

/** Resolves once and hands on only public addresses: the connection is made to what was judged. */
function publicLookup(resolve: typeof systemLookup): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return done(error, "", 4);
      const allowed = addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      // One private address among public ones is a trick, not an accident.
      if (!first || allowed.length !== addresses.length) return done(new PrivateAddress(), "", 4);
      if (options.all) return (done as (error: null, found: LookupAddress[]) => void)(null, allowed);
      done(null, first.address, first.family);
    });
  };
}
