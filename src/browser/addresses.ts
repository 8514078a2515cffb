/** Which addresses and names the world outside has, and which only this machine or its network. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * False for loopback, private, link-local, carrier-grade NAT, unique-local, metadata, multicast, documentation, and for
 * every IPv6 form that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) unless the mapped one is public.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast") return false;
  // Global unicast is 2000::/3; anything else that has no name in the table is not meant for us.
  return parsed.kind() === "ipv4" || ((parsed.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
}

/** Lower-case, without a final dot, `2130706433` and `0x7f.1` as dotted quads; null for what is no host. */
export function canonicalHost(host: string): string | null {
  const url = `http://${host}/`;
  if (!URL.canParse(url)) return null;
  const { hostname, username, port, pathname } = new URL(url);
  if (username !== "" || port !== "" || pathname !== "/") return null;
  const plain = hostname.replace(/\.$/, "");
  return plain === "" ? null : plain;
}

/** A name that public DNS can own: not an address, not one label, not a name of this network. */
export function isPublicName(host: string): boolean {
  if (host.startsWith("[") || isIP(host) !== 0 || !host.includes(".")) return false;
  return !/(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|arpa|onion|invalid)$/.test(host);
}

/** `shop.example` means itself; `*.shop.example` means every name below it, and not itself. */
export function matchesHost(pattern: string, host: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) && host !== pattern.slice(2) : host === pattern;
}
