/** The domain of an e-mail address as DNS knows it: what it shows cannot be a look-alike of another. */
import { domainToASCII } from "node:url";

/** Two labels or more, and a last one that starts with a letter: no addresses, no host names of a local network. */
const DOMAIN = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_DOMAIN = 253;
/** What ends a host in a URL, and would be cut off in silence. */
const NOT_OF_A_DOMAIN = /[\\/?#:%[\]@\s]/;

/** `EXÄMPLE.com` → `xn--exmple-cua.com`; null when it is not the domain of an e-mail address. */
export function asciiDomain(domain: string): string | null {
  if (NOT_OF_A_DOMAIN.test(domain)) return null;
  const ascii = domainToASCII(domain);
  return isMailDomain(ascii) ? ascii : null;
}

export const isMailDomain = (ascii: string): boolean => ascii.length <= MAX_DOMAIN && DOMAIN.test(ascii);
