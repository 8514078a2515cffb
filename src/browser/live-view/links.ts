/**
 * Who may look: a link is good for one claim, and the browser that claimed it comes back by its cookie. Only hashes are
 * kept. Nothing here says why something is refused, except to who holds the right secret.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../kernel/clock.js";

/** How long a ticket opens a socket, and how long a claim whose answer was lost is answered again. */
const TICKET_MS = 30_000;
const MAX_TICKETS = 8;

export type Claim =
  | { readonly ok: true; readonly ticket: string; readonly cookie: string | null }
  | { readonly ok: false; readonly why: "used" | "unknown" };

export interface Admission {
  /** 256 bits, base64url: the secret of a new link. What was before is worth nothing from here on. */
  readonly mint: (expiresAt: Date) => string;
  /** `cookie` of the answer is to be set when it is not null. */
  readonly claim: (secret: string, nonce: string) => Claim;
  readonly comeBack: (cookie: string) => Claim;
  /** Whether a socket may open; the ticket is spent. */
  readonly enter: (cookie: string, ticket: string) => boolean;
  readonly revoke: () => void;
}

interface Link {
  readonly secret: Buffer;
  readonly endsAt: number;
  claimed: { readonly nonce: Buffer; readonly at: number } | null;
}

/** Of one session. `onClaim` is called at the first claim of each link. */
export function openAdmission(clock: Clock, onClaim: () => void): Admission {
  let link: Link | null = null;
  let viewer: Buffer | null = null;
  const tickets = new Map<string, number>();
  const now = () => clock.now().getTime();

  const issueTicket = (): string => {
    for (const [hash, endsAt] of tickets) if (endsAt <= now() || tickets.size >= MAX_TICKETS) tickets.delete(hash);
    const ticket = makeSecret();
    tickets.set(hashOf(ticket).toString("hex"), now() + TICKET_MS);
    return ticket;
  };
  const bind = (): Claim => {
    const cookie = makeSecret();
    viewer = hashOf(cookie);
    tickets.clear();
    return { ok: true, ticket: issueTicket(), cookie };
  };
  const forget = (): void => {
    link = null;
    viewer = null;
    tickets.clear();
  };
  return {
    mint: (expiresAt) => {
      forget();
      const secret = makeSecret();
      link = { secret: hashOf(secret), endsAt: expiresAt.getTime(), claimed: null };
      return secret;
    },
    claim: (secret, nonce) => {
      if (!link || !isSame(link.secret, hashOf(secret)) || now() >= link.endsAt) return UNKNOWN;
      if (link.claimed) {
        const isAgain = isSame(link.claimed.nonce, hashOf(nonce)) && now() < link.claimed.at + TICKET_MS;
        return isAgain ? bind() : { ok: false, why: "used" };
      }
      link.claimed = { nonce: hashOf(nonce), at: now() };
      onClaim();
      return bind();
    },
    comeBack: (cookie) =>
      viewer && isSame(viewer, hashOf(cookie)) ? { ok: true, ticket: issueTicket(), cookie: null } : UNKNOWN,
    enter: (cookie, ticket) => {
      if (!viewer || !isSame(viewer, hashOf(cookie))) return false;
      const hash = hashOf(ticket).toString("hex");
      const endsAt = tickets.get(hash);
      tickets.delete(hash);
      return endsAt !== undefined && now() < endsAt;
    },
    revoke: forget,
  };
}

const UNKNOWN = { ok: false, why: "unknown" } as const;

function makeSecret(): string {
  return randomBytes(32).toString("base64url");
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function isSame(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other);
}

/** At most so many failures of an address in a window; then it is not even listened to until the window ends. */
export function openGuessLimit(clock: Clock, failures = 20, windowMs = 60_000) {
  const seen = new Map<string, { count: number; endsAt: number }>();
  const now = () => clock.now().getTime();
  const find = (address: string) => {
    const one = seen.get(address);
    return one && one.endsAt > now() ? one : null;
  };
  return {
    /** Seconds to wait, or null. */
    wait: (address: string): number | null => {
      const one = find(address);
      return one && one.count >= failures ? Math.ceil((one.endsAt - now()) / 1000) : null;
    },
    fail: (address: string): void => {
      const one = find(address);
      if (one) one.count += 1;
      else {
        if (seen.size >= 10_000) for (const [other, { endsAt }] of seen) if (endsAt <= now()) seen.delete(other);
        // Too many addresses at once: the oldest is forgotten, not the newest let through uncounted.
        if (seen.size >= 10_000) seen.delete(seen.keys().next().value ?? "");
        seen.set(address, { count: 1, endsAt: now() + windowMs });
      }
    },
  };
}
export type GuessLimit = ReturnType<typeof openGuessLimit>;
