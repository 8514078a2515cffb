/**
 * Tokens that an org issues itself (JWT), accepted beside API keys. The claims are those that Commerce Layer's tokens have:
 *
 *     { "organization": { "id": "org_…" }, "application": { "kind": "integration" }, "owner": { "type": "User", "id": "…" },
 *       "scope": "consumers:read anonymizations:write", "test": true, "iat": …, "exp": … }
 *
 * The org that a token names chooses the key by which it is checked, so nobody's token is another org's.
 */
import { hash } from "node:crypto";
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { type OrgRow, orgs, type TokenIssuerRow, tokenIssuers } from "../data/index.js";
import { fromWire, type OrgId } from "../kernel/ids.js";
import type { Caller, Environment } from "./caller.js";
import type { Rooms } from "./rooms.js";
import { isScope, type ScopeName } from "./scopes.js";

export type TokenStanding = Omit<Caller, "requestId" | "signal"> & Required<Pick<Caller, "proof">>;

export interface OrgTokens {
  /** Null: it is nobody's token, and nobody is told why. */
  readonly standingOf: (
    token: string,
    now: Date,
    orgOf: (row: OrgRow) => Caller["org"],
  ) => Promise<TokenStanding | null>;
  /** Something changed: nothing is answered from memory. */
  readonly forget: () => void;
}

const TOKEN = /^[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}$/;
const MAX_LENGTH = 4_096;
/** A token that is good for longer is a key in disguise. */
const LONGEST_MS = 24 * 60 * 60_000;
const REMEMBERED_MS = 10_000;
const REMEMBERED = 10_000;
const SECRET_ALGORITHMS = ["HS256", "HS384", "HS512"];
const KEY_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

export const isTokenForm = (text: string): boolean => text.length <= MAX_LENGTH && TOKEN.test(text);

/** The label under which the org's shared secret is sealed. */
export const tokenSecretLabel = (environment: Environment): string => `token.secret/${environment}`;

interface Vouched {
  readonly org: OrgRow;
  readonly issuer: TokenIssuerRow;
}

export function openOrgTokens(rooms: Rooms): OrgTokens {
  const options = { max: REMEMBERED, ttl: REMEMBERED_MS, perf: { now: () => performance.now() } };
  const standings = new LRUCache<string, TokenStanding>(options);
  const issuers = new LRUCache<string, { readonly vouched: Vouched | null }>(options);

  async function issuerOf(scope: Caller["scope"]): Promise<Vouched | null> {
    const name = `${scope.orgId} ${scope.environment}`;
    const known = issuers.get(name);
    if (known !== undefined) return known.vouched;
    const vouched = await rooms.data.inScope(scope, async (tx) => {
      const [org, issuer] = [await orgs.find(tx), await tokenIssuers.find(tx)];
      return org === null || issuer === null ? null : { org, issuer };
    });
    issuers.set(name, { vouched });
    return vouched;
  }

  return {
    forget: () => {
      standings.clear();
      issuers.clear();
    },
    standingOf: async (token, now, orgOf) => {
      const digest = hash("sha256", token, "hex");
      const known = standings.get(digest);
      if (known !== undefined) return known.proof.endsAt > now ? known : null;
      const scope = scopeOf(token);
      const vouched = scope === null ? null : await issuerOf(scope);
      if (scope === null || vouched === null) return null;
      const claims = await verify(rooms, scope, vouched.issuer, token, now);
      const standing = claims === null ? null : standingIn(claims, scope, vouched.issuer, orgOf(vouched.org));
      if (standing !== null) standings.set(digest, standing);
      return standing;
    },
  };
}

/** Whose token it says it is: only to know by which key to check it. */
function scopeOf(token: string): { readonly orgId: OrgId; readonly environment: Environment } | null {
  try {
    const claims = decodeJwt(token);
    const id = partOf(claims.organization, "id");
    const orgId = typeof id === "string" ? fromWire("org", id) : null;
    return orgId === null ? null : { orgId, environment: claims.test === true ? "test" : "live" };
  } catch {
    return null;
  }
}

async function verify(
  rooms: Rooms,
  scope: Caller["scope"],
  { issuer, jwks, secret }: TokenIssuerRow,
  token: string,
  now: Date,
): Promise<JWTPayload | null> {
  const rules = {
    currentDate: now,
    requiredClaims: ["iat", "exp"],
    ...(issuer === null ? {} : { issuer }),
  };
  try {
    if (secret === null) {
      const keys = createLocalJWKSet(jwks as unknown as JSONWebKeySet);
      return (await jwtVerify(token, keys, { ...rules, algorithms: KEY_ALGORITHMS })).payload;
    }
    const org = await rooms.vault.org(scope.orgId);
    const bytes = org.openSecret(tokenSecretLabel(scope.environment), secret);
    try {
      return (await jwtVerify(token, bytes, { ...rules, algorithms: SECRET_ALGORITHMS })).payload;
    } finally {
      bytes.fill(0);
    }
  } catch {
    return null;
  }
}

const KINDS: ReadonlySet<unknown> = new Set(["integration", "user", "webapp", "sales_channel"]);
/** What a public client, such as a shop's page, may never do. */
const NOT_PUBLIC: ReadonlySet<ScopeName> = new Set<ScopeName>([
  ...([
    "anonymizations:write",
    "impersonations:write",
    "keys:read",
    "keys:write",
    "stores:write",
    "audit:read",
  ] as const),
]);
/** An id, not a name or an address. */
const OWNER_ID = /^[A-Za-z0-9_-]{1,64}$/;

function standingIn(
  claims: JWTPayload,
  scope: Caller["scope"],
  issuer: TokenIssuerRow,
  org: Caller["org"],
): TokenStanding | null {
  const kind = partOf(claims.application, "kind");
  const owner = ownerIn(claims);
  const { iat = 0, exp = 0 } = claims;
  if (!KINDS.has(kind) || owner === null || (exp - iat) * 1_000 > LONGEST_MS) return null;
  const asked = typeof claims.scope === "string" ? claims.scope.split(" ").filter(isScope) : [];
  const scopes = new Set<ScopeName>(kind === "sales_channel" ? asked.filter((one) => !NOT_PUBLIC.has(one)) : asked);
  const proof = { endsAt: new Date(exp * 1_000), issuerAt: issuer.updatedAt };
  return { scope, actorKind: "TOKEN", keyId: null, scopes, owner, org, proof };
}

/** Without an owner it is a program's. A shopper's token is not for this door. */
function ownerIn(claims: JWTPayload): Caller["owner"] | null {
  if (claims.owner === undefined || claims.owner === null) return { kind: "SERVICE", name: "token" };
  const [type, id] = [partOf(claims.owner, "type"), partOf(claims.owner, "id")];
  if (type !== "User" || typeof id !== "string" || !OWNER_ID.test(id)) return null;
  return { kind: "USER", name: id };
}

const partOf = (claim: unknown, name: string): unknown =>
  typeof claim === "object" && claim !== null ? (claim as Readonly<Record<string, unknown>>)[name] : undefined;
