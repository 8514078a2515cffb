/**
 * The link that the shopper opened: `/v/<id>#<secret>`. The secret leaves the address bar at once; until it is claimed it is
 * kept for this browser tab alone, so that a reload in a tunnel does not lose it.
 */

import type { Occasion } from "../protocol.js";

/** `secret` is null after a claim: from then on the cookie speaks. */
export interface Link {
  readonly id: string;
  secret: string | null;
  readonly nonce: string;
}

const drawerOf = (id: string): string => `shopkey:${id}`;

/** Takes the link out of the address bar. */
export function takeLink(): Link {
  const id = /^\/v\/([\w-]+)/.exec(location.pathname)?.[1] ?? "";
  const fresh = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  if (fresh !== "") return keep({ id, secret: fresh, nonce: makeNonce() });
  return remember(id) ?? { id, secret: null, nonce: makeNonce() };
}

/** The secret has been burned. */
export function forgetSecret(link: Link): void {
  link.secret = null;
  withStorage((storage) => storage.removeItem(drawerOf(link.id)));
}

/** A newer link of the same session, opened in the same tab, changes nothing but the fragment: the page begins anew with it. */
export function followLink(): void {
  addEventListener("hashchange", () => {
    if (location.hash === "") return;
    takeLink();
    location.reload();
  });
}

function keep(link: Link): Link {
  withStorage((storage) => {
    storage.setItem(drawerOf(link.id), `${link.secret} ${link.nonce}`);
    storage.removeItem(`${drawerOf(link.id)}:end`);
  });
  return link;
}

function remember(id: string): Link | null {
  const [secret, nonce] = (withStorage((storage) => storage.getItem(drawerOf(id))) ?? "").split(" ");
  return secret && nonce ? { id, secret, nonce } : null;
}

function makeNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (sign) => ({ "+": "-", "/": "_" })[sign] ?? "");
}

/** What this browser tab remembers of the session beyond a reload: no secret, nothing of the shopper's. */
interface Marks {
  /** The introduction was read. */
  readonly seen: "seen";
  readonly end: "connected" | "cancelled" | "expired" | "failed" | "otherAccount";
  /** Who asked, for which store, as JSON: what is said after the end names them too. */
  readonly occasion: string;
}

/** Remembers it. */
export function setMark<What extends keyof Marks>(link: Link, what: What, mark: Marks[What]): void {
  withStorage((storage) => storage.setItem(`${drawerOf(link.id)}:${what}`, mark));
}

/** Null: nothing is remembered. */
export function readMark<What extends keyof Marks>(link: Link, what: What): Marks[What] | null {
  return withStorage((storage) => storage.getItem(`${drawerOf(link.id)}:${what}`)) as Marks[What] | null;
}

/** Null: nothing is remembered. */
export function readOccasion(link: Link): Occasion | null {
  const kept = readMark(link, "occasion");
  return kept === null ? null : (JSON.parse(kept) as Occasion);
}

/** A frame in another site's page may have no storage at all. */
function withStorage<T>(use: (storage: Storage) => T): T | null {
  try {
    return use(sessionStorage);
  } catch {
    return null;
  }
}
