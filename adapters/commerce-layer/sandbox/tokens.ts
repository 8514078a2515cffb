/** The auth server's tokens: issued, limited, revoked. */
import { createHmac, randomBytes } from "node:crypto";
import type { Org } from "./state.js";

export type Kind = "sales_channel" | "integration" | "webapp";
export interface Owner {
  readonly type: "Customer" | "User";
  readonly id: string;
}
/** The payload of an access token. */
export interface Claims {
  readonly organization: {
    readonly id: string;
    readonly slug: string;
    readonly enterprise: boolean;
    readonly region: string;
  };
  readonly application: {
    readonly id: string;
    readonly client_id: string;
    readonly kind: Kind;
    readonly public: boolean;
    readonly confidential: boolean;
  };
  readonly owner?: Owner;
  readonly scope: string;
  /** Unix seconds. */
  readonly exp: number;
  readonly test: boolean;
  readonly rand: number;
  readonly iat: number;
  readonly iss: string;
  readonly custom_claim?: unknown;
}
export interface Client {
  readonly kind: Kind;
  readonly slug: string;
  readonly id: string;
}
export interface TokenOffice {
  readonly issue: (claims: Claims) => string;
  /** The claims of a token that is genuine, not run out and not revoked. */
  readonly judge: (token: string) => Claims | null;
  /** Somebody holds the token: it opened something. */
  readonly use: (token: string) => void;
  readonly refresh: {
    readonly issue: (client: Client, owner: Owner) => string;
    readonly take: (token: string) => Refresh | null;
  };
  readonly revoke: (token: string) => void;
  /** The client that a token was given to, whatever has become of it; null when it is none of ours. */
  readonly clientOf: (token: string) => string | null;
  /** Every token issued so far stops working. */
  readonly expireAll: () => void;
  /** False when this minute's calls are used up. */
  readonly spend: (limit: number) => boolean;
  readonly lens: () => OfficeLens;
}
/** What works now; never the tokens themselves. */
export interface OfficeLens {
  readonly live: readonly (Claims & { readonly used: boolean })[];
  readonly refreshable: readonly Owner[];
}
interface Refresh {
  readonly client: Client;
  readonly owner: Owner;
  readonly endsAt: number;
}

const TWO_WEEKS_MS = 14 * 24 * 3600 * 1000;
const MINUTE_MS = 60_000;

export function openTokenOffice(now: () => Date): TokenOffice {
  const key = randomBytes(32);
  const issued = new Map<string, Claims>();
  const refreshes = new Map<string, Refresh>();
  const revoked = new Set<string>();
  const used = new Set<string>();
  const isOver = (token: string, endsAt: number): boolean => revoked.has(token) || endsAt <= now().getTime();

  return {
    issue: (claims) => {
      const token = writeToken(claims, key);
      issued.set(token, claims);
      return token;
    },
    judge: (token) => {
      const claims = issued.get(token);
      return claims === undefined || isOver(token, claims.exp * 1000) ? null : claims;
    },
    use: (token) => void used.add(token),
    refresh: {
      issue: (client, owner) => {
        const token = randomBytes(32).toString("base64url");
        refreshes.set(token, { client, owner, endsAt: now().getTime() + TWO_WEEKS_MS });
        return token;
      },
      take: (token) => {
        const found = refreshes.get(token);
        return found === undefined || isOver(token, found.endsAt) ? null : found;
      },
    },
    revoke: (token) => void revoked.add(token),
    clientOf: (token) => issued.get(token)?.application.client_id ?? refreshes.get(token)?.client.id ?? null,
    expireAll: () => {
      for (const token of issued.keys()) revoked.add(token);
    },
    spend: openMinute(now),
    lens: () => ({
      live: [...issued].flatMap(([token, claims]) =>
        isOver(token, claims.exp * 1000) ? [] : [{ ...claims, used: used.has(token) }],
      ),
      refreshable: [...refreshes].flatMap(([token, { endsAt, owner }]) => (isOver(token, endsAt) ? [] : [owner])),
    }),
  };
}

function openMinute(now: () => Date): TokenOffice["spend"] {
  let calls: number[] = [];
  return (limit) => {
    const at = now().getTime();
    calls = [...calls.filter((one) => at - one < MINUTE_MS), at];
    return calls.length <= limit;
  };
}

function writeToken(claims: Claims, key: Buffer): string {
  const parts = [{ alg: "HS512", typ: "JWT", kid: "sandbox" }, claims].map(encode).join(".");
  return `${parts}.${createHmac("sha512", key).update(parts).digest("base64url")}`;
}

const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/** What a token of this client says. */
export function claimsFor(
  org: Org,
  client: Client,
  {
    now,
    seconds,
    scope,
    owner,
    custom,
  }: { now: Date; seconds: number; scope: string; owner?: Owner; custom?: unknown },
): Claims {
  const iat = Math.floor(now.getTime() / 1000);
  return {
    organization: { id: org.id, slug: org.slug, enterprise: true, region: "eu-west-1" },
    application: {
      id: `app${client.kind.slice(0, 3)}`,
      client_id: client.id,
      kind: client.kind,
      public: client.kind === "sales_channel",
      confidential: client.kind !== "sales_channel",
    },
    ...(owner === undefined ? {} : { owner }),
    ...{ scope, exp: iat + seconds, test: true, rand: Math.random(), iat, iss: "https://auth.commercelayer.io" },
    ...(custom === undefined ? {} : { custom_claim: custom }),
  };
}
