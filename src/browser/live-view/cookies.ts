/** The cookie that binds a session's viewer to the browser that claimed the link. */
import type { IncomingMessage } from "node:http";

export interface CookieRules {
  readonly origin: string;
  readonly id: string;
  /** The page stands in an allowed embedder's frame. */
  readonly embedded: boolean;
}

const MAX_AGE_S = 2 * 60 * 60;

/** `__Host-` is for TLS alone; on loopback without it the name is plain. */
function nameOf({ origin, id }: CookieRules): string {
  return origin.startsWith("https:") ? `__Host-live-${id}` : `live-${id}`;
}

/** A whole `Set-Cookie`. In a frame of another site it has to be partitioned, and cannot be strict. */
export function writeCookie(rules: CookieRules, value: string): string {
  const isSecure = rules.origin.startsWith("https:");
  const site = rules.embedded && isSecure ? "SameSite=None; Partitioned" : "SameSite=Strict";
  return `${nameOf(rules)}=${value}; Path=/; HttpOnly; ${isSecure ? "Secure; " : ""}${site}; Max-Age=${MAX_AGE_S}`;
}

/** Empty when there is none. */
export function cookieOf(asked: IncomingMessage, rules: CookieRules): string {
  const name = nameOf(rules);
  for (const pair of (asked.headers.cookie ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return "";
}
