/** Addresses that the gateway itself may send a page to. The egress proxy judges everything else that the page asks for. */
import { canonicalHost, isPublicName, matchesHost } from "./addresses.js";
import type { Surroundings } from "./layer.js";

/**
 * https addresses of declared hosts on their usual port; http too where a sandbox stands behind it. Never `file:`, `chrome:`
 * or a name and password in the address.
 */
export function isAllowedAddress({ egress }: Surroundings, address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, port, username, password } = new URL(address);
  if (protocol !== "https:" && !(protocol === "http:" && egress.kind === "sandbox")) return false;
  if (port !== "" || username !== "" || password !== "") return false;
  const host = canonicalHost(hostname);
  if (host === null || !isPublicName(host)) return false;
  const patterns = egress.kind === "sandbox" ? Object.keys(egress.origins) : egress.hosts;
  return patterns.some((pattern) => matchesHost(pattern, host));
}
