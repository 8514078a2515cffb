import { getDomain } from "tldts";

/**
 * The part of a host that somebody owns, to be read first in an address: by the public suffix list, private suffixes
 * included, because under those (`github.io`, `myvtex.com`) anybody gets a name. A host without one, or an address in
 * numbers, is its own.
 */
export const registrableDomain = (host: string): string => getDomain(host, { allowPrivateDomains: true }) ?? host;
