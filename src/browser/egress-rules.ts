/** Decides where a session's traffic may go. A name is resolved once, here, and the answer is what gets dialled. */
import { lookup as systemLookup } from "node:dns/promises";
import { canonicalHost, isPublicAddress, isPublicName, matchesHost } from "./addresses.js";
import type { Surroundings } from "./layer.js";

/**
 * `sandbox`: the test environment. Each host pattern leads to a sandbox on this machine, and nothing else is there.
 * `public`: hosts by pattern (`shop.example`, `*.shop.example`), or `any` public host but the browser makers' own.
 */
export type EgressRules =
  | { readonly kind: "sandbox"; readonly origins: ReadonlyMap<string, string> }
  | { readonly kind: "public"; readonly hosts: readonly string[] | "any" };

export function rulesOf({ egress }: Surroundings): EgressRules {
  return egress.kind === "sandbox"
    ? { kind: "sandbox", origins: new Map(Object.entries(egress.origins)) }
    : { kind: "public", hosts: egress.hosts };
}

export type EgressRefusal = "malformed" | "port" | "host" | "address" | "unresolved";

export type EgressWay =
  | { readonly kind: "sandbox"; readonly host: string; readonly origin: URL }
  | { readonly kind: "address"; readonly host: string; readonly address: string }
  | { readonly kind: "refused"; readonly why: EgressRefusal };

export type Lookup = (host: string) => Promise<readonly { readonly address: string }[]>;

/** A store's page never needs them; the browser itself calls some of them at start. */
const BROWSER_MAKERS = [
  "update.googleapis.com",
  "optimizationguide-pa.googleapis.com",
  "safebrowsing.googleapis.com",
  "content-autofill.googleapis.com",
  "*.gvt1.com",
  "*.gvt2.com",
];

export async function judgeEgress(
  rules: EgressRules,
  asked: string,
  port: number,
  lookup: Lookup = lookupAll,
): Promise<EgressWay> {
  const host = canonicalHost(asked);
  if (host === null) return { kind: "refused", why: "malformed" };
  if (port !== 443 && port !== 80) return { kind: "refused", why: "port" };
  if (!isPublicName(host)) return { kind: "refused", why: "host" };
  if (rules.kind === "sandbox") {
    for (const [pattern, origin] of rules.origins) {
      if (matchesHost(pattern, host)) return { kind: "sandbox", host, origin: new URL(origin) };
    }
    return { kind: "refused", why: "host" };
  }
  if (!isDeclared(rules.hosts, host)) return { kind: "refused", why: "host" };
  return await resolvePublic(host, lookup);
}

function isDeclared(hosts: readonly string[] | "any", host: string): boolean {
  if (hosts === "any") return !BROWSER_MAKERS.some((pattern) => matchesHost(pattern, host));
  return hosts.some((pattern) => matchesHost(pattern, host));
}

async function resolvePublic(host: string, lookup: Lookup): Promise<EgressWay> {
  const found = await lookup(host).catch(() => []);
  const [first] = found;
  if (!first) return { kind: "refused", why: "unresolved" };
  // One private address among public ones is a trick, not an accident.
  if (!found.every(({ address }) => isPublicAddress(address))) return { kind: "refused", why: "address" };
  return { kind: "address", host, address: first.address };
}

async function lookupAll(host: string): Promise<readonly { address: string }[]> {
  return await systemLookup(host, { all: true });
}
