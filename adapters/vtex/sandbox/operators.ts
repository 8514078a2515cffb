/** VTEX ID and License Manager, as far as an operator of the store is concerned. Everybody here is invented. */
import { createHash, randomUUID } from "node:crypto";
import { json, readJson, type SandboxReply } from "@shopkey/adapter-sdk/sandbox";
import type { Account } from "./accounts.js";
import { isBody, type Visit } from "./visit.js";

export const TELESALES = "Telesales operator";

/** People of the store, by e-mail; the roles that License Manager gives them. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  "operadora@loja.example": [TELESALES],
  "operador2@loja.example": [TELESALES],
  "gerente@loja.example": ["Owner (Admin Super)"],
  // VTEX: "avoid including call center resources with other resources. Otherwise, the role might not work".
  "mista@loja.example": [TELESALES, "OMS - Full access"],
};

export interface UserToken {
  readonly user: string;
  /** The account that issued it. */
  readonly account: string;
  readonly audience: "admin" | "webstore";
  readonly tokenType: "user" | "appkey";
  readonly endsAt: number;
}

export const DAY_MS = 24 * 60 * 60_000;

/** The first part of the address: `operadora`. */
const KNOWN = Object.fromEntries(Object.keys(OPERATORS).map((user) => [user.split("@")[0], user]));

/**
 * Logins that are always there, for people and tests: `operator-{account}-{name}` of an operator, `expired-{account}-{name}` of
 * yesterday, `shopper-{account}-{name}` of the same person as a shopper of the webstore. Any other comes from `issueToken`.
 */
function standingToken(token: string): UserToken | null {
  const [, kind = "", account = "", name = ""] =
    /^(operator|expired|shopper)-([a-z0-9]+)-([a-z0-9]+)$/.exec(token) ?? [];
  const user = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
  if (user === undefined) return null;
  const audience = kind === "shopper" ? "webstore" : "admin";
  return { user, account, audience, tokenType: "user", endsAt: kind === "expired" ? 0 : Number.POSITIVE_INFINITY };
}

export function issueToken(
  account: Account,
  terms: Pick<UserToken, "user" | "audience" | "tokenType">,
  now: number,
  ms = DAY_MS,
): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    sub: terms.user,
    account: account.name,
    audience: terms.audience,
    exp: Math.floor((now + ms) / 1000),
    iat: Math.floor(now / 1000),
  };
  const token = `${part({ alg: "ES256", typ: "jwt" })}.${part(claims)}.${randomUUID().replaceAll("-", "")}`;
  account.tokens.set(token, { ...terms, account: account.name, endsAt: now + ms });
  return token;
}

/** A login of this account that has not run out. Another account's is nothing here. */
export function findToken(account: Account, token: string, now: number): UserToken | null {
  const found = account.tokens.get(token) ?? standingToken(token);
  return found !== null && found.endsAt > now ? found : null;
}

/** `POST /api/vtexid/credential/validate`: also another account's login is recognised, and its account told. */
export function validateCredential({ request, account }: Visit, now: number): SandboxReply {
  const body = readJson(request);
  const found = isBody(body) && typeof body.token === "string" ? findToken(account, body.token, now) : null;
  if (found === null) return json(401, { authStatus: "WrongCredentials" });
  const { user, audience, tokenType } = found;
  return json(200, {
    authStatus: "Success",
    id: userId(found.account, user),
    user,
    account: found.account,
    audience,
    tokenType,
  });
}

/** `POST /api/vtexid/apptoken/login`: a login of the key, which is nobody's. */
export function loginWithKey({ request, account }: Visit, now: number): SandboxReply {
  const body = readJson(request);
  const key = isBody(body) && typeof body.appkey === "string" ? body.appkey : "";
  if (!key.startsWith(`vtexappkey-${account.name}-`)) return json(401, { authStatus: "WrongCredentials" });
  const token = issueToken(account, { user: key, audience: "admin", tokenType: "appkey" }, now);
  return json(200, { authStatus: "Success", token, expires: Math.floor((now + DAY_MS) / 1000) });
}

/** Whether the person may log in at the Admin. */
export const isOperator = (user: string): boolean => Object.hasOwn(OPERATORS, user);

export const rolesOf = (user: string): readonly string[] =>
  Object.hasOwn(OPERATORS, user) ? (OPERATORS[user] ?? []) : [];

/** The same person has the same id at every read. */
export function userId(account: string, user: string): string {
  const hex = createHash("sha256").update(`${account}/${user.toLowerCase()}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
