/** For the command line: by which key an org's own tokens are checked, in one environment. */
import { isDeepStrictEqual } from "node:util";
import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import { record } from "../audit/index.js";
import { type Json, type TokenIssuerRow, type Tx, tokenIssuers } from "../data/index.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { intendEnds } from "./impersonation-end.js";
import { judgeTitle } from "./names.js";
import { endLogins } from "./operator-login-end.js";
import { tokenSecretLabel } from "./org-tokens.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";

export interface TokenIssuerInput {
  /** JSON Web Key Set with public keys; or `secret`. */
  readonly jwks?: unknown;
  /** At least 32 bytes. */
  readonly secret?: Uint8Array;
  /** What `iss` must be. */
  readonly issuer?: string | null;
}

const LEAST_BYTES = 32;

/** Puts it in the place of the one before. Throws INVALID. */
export async function setTokenIssuer(rooms: Rooms, caller: Caller, given: TokenIssuerInput): Promise<void> {
  requireScope(caller, "keys:write");
  const { jwks, secret } = given;
  if ((jwks === undefined) === (secret === undefined))
    throw new Refusal("INVALID", "Give exactly one of a key set and a secret.", { field: ["jwks"] });
  if (secret !== undefined && secret.length < LEAST_BYTES)
    throw new Refusal("INVALID", "A shared secret has at least 32 bytes.", { field: ["secret"] });
  const issuer = given.issuer == null ? null : judgeTitle(given.issuer, "issuer");
  const row = {
    issuer,
    jwks: jwks === undefined ? null : judgeKeySet(jwks),
    secret:
      secret === undefined
        ? null
        : (await openOrg(rooms, caller)).sealSecret(tokenSecretLabel(caller.scope.environment), secret),
  };
  await rooms.data.inScope(caller.scope, async (tx) => {
    const before = await tokenIssuers.find(tx);
    await tokenIssuers.put(tx, row, rooms.clock.now());
    // Keys that are only added take nothing from whoever came with a token of the others.
    if (before !== null && !includes(row, before)) await endAllByToken(rooms, caller, tx);
    await record(tx, changeLine(rooms, caller, "set"));
  });
  await rooms.data.tellKeys();
}

/** From now on no token of the org's is accepted here. False when none was. */
export async function removeTokenIssuer(rooms: Rooms, caller: Caller): Promise<boolean> {
  requireScope(caller, "keys:write");
  const wasThere = await rooms.data.inScope(caller.scope, async (tx) => {
    const removed = await tokenIssuers.remove(tx);
    if (removed) await endAllByToken(rooms, caller, tx);
    if (removed) await record(tx, changeLine(rooms, caller, "removed"));
    return removed;
  });
  await rooms.data.tellKeys();
  return wasThere;
}

/** Nobody stays in a customer's place by a token that is not accepted any more. The clock tells the stores. */
async function endAllByToken(rooms: Rooms, caller: Caller, tx: Tx): Promise<void> {
  await intendEnds(rooms, caller, tx, "byToken", "ISSUER_REVOKED");
  await endLogins(rooms, caller, tx, { isByToken: true }, "ISSUER_REVOKED");
}

/** Whether every token that was accepted before still is. */
function includes(now: Omit<TokenIssuerRow, "updatedAt">, before: TokenIssuerRow): boolean {
  if (before.jwks === null || now.jwks === null) return false;
  if (now.issuer !== null && now.issuer !== before.issuer) return false;
  return keysOf(before.jwks).every((key) => keysOf(now.jwks).some((other) => isDeepStrictEqual(key, other)));
}

const keysOf = (jwks: Json): readonly unknown[] => (jwks as unknown as JSONWebKeySet).keys;

const changeLine = (rooms: Rooms, caller: Caller, step: "set" | "removed") =>
  ledgerLine(rooms, caller, {
    action: "key.created",
    subject: { kind: "org", id: caller.scope.orgId },
    facts: { step: `token issuer ${step}` },
  });

/** Private parts are refused: whoever holds them could issue tokens from our tables. */
function judgeKeySet(jwks: unknown): Json {
  const refuse = (message: string) => new Refusal("INVALID", message, { field: ["jwks"] });
  const keys = typeof jwks === "object" && jwks !== null && "keys" in jwks ? jwks.keys : null;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > 20)
    throw refuse("Must be a JSON Web Key Set of 1 to 20 keys.");
  if (keys.some((key: unknown) => typeof key !== "object" || key === null || "d" in key || "k" in key))
    throw refuse("Must hold public keys alone.");
  try {
    createLocalJWKSet({ keys } as unknown as JSONWebKeySet);
  } catch {
    throw refuse("Must be a JSON Web Key Set.");
  }
  return { keys } as unknown as Json;
}
