/** VTEX's Session Manager: `/api/sessions` with its tokens, and what the session apps make of their inputs. */
import { randomUUID } from "node:crypto";
import { json, readJson, type SandboxReply, type SandboxRequest, setCookie } from "@shopkey/adapter-sdk/sandbox";
import type { Account } from "./accounts.js";
import { findToken, rolesOf, TELESALES, userId } from "./operators.js";
import type { Profile } from "./profiles.js";
import { isBody, type Visit } from "./visit.js";

const IMPERSONATED = "vtex-impersonated-customer-email";
const LASTS_MS = 8 * 24 * 60 * 60_000;

/** One browsing session. Whoever holds a token of it is in it. */
export interface StoreSession {
  readonly id: string;
  readonly endsAt: number;
  /** Accepted now: the newest, and the one that it was made from until the newest is used. A lost answer can be asked again. */
  tokens: readonly string[];
  readonly public: Map<string, string>;
  admin: Person | null;
  shopper: Person | null;
  /** What `vtex.impersonate-session` put out. */
  impersonate: Impersonated | null;
  /** What it put out before the last change. */
  lingering: Impersonated | null;
  /** The inputs that the apps ran with last. */
  ranWith: string;
  /** Known defect: the order of a cart made in this session; from then on new carts are the operator's. */
  isDropped: boolean;
  /** Reads since the last change. */
  reads: number;
}
interface Person {
  readonly id: string;
  readonly email: string;
}
interface Impersonated {
  readonly canImpersonate: "true" | "false";
  readonly customer: Person | null;
}

/** In whose place the bearer of these cookies is, as the checkout sees it. */
export function placeOf(account: Account, session: StoreSession | null): Profile | null {
  const email = session?.impersonate?.customer?.email;
  return email === undefined || session?.isDropped === true
    ? null
    : (account.profiles.get(email.toLowerCase()) ?? null);
}

export function findSession(account: Account, { cookies }: SandboxRequest, now: number): StoreSession | null {
  const token = cookies.vtex_session ?? "";
  for (const session of account.sessions.values()) {
    if (session.tokens.includes(token) && session.endsAt > now) return session;
  }
  return null;
}

const SEGMENT = { campaigns: null, channel: "1", priceTables: null, currencyCode: "BRL", countryCode: "BRA" } as const;

/** `GET /api/segments` */
export function readSegment({ request }: Visit): SandboxReply {
  if (request.cookies.vtex_segment === undefined) return json(401, { code: "Unauthorized", message: "no session" });
  return json(200, SEGMENT);
}

/** `POST` and `PATCH /api/sessions`: with cookies of a session it changes that one, otherwise it makes one. */
export function writeSession(visit: Visit, now: number): SandboxReply {
  const { request, account } = visit;
  const body = readJson(request);
  if (!isBody(body) || !isBody(body.public)) return json(400, { code: "BadRequest", message: "public is required" });
  const known = findSession(account, request, now);
  const session = known ?? openSession(now);
  account.sessions.set(session.id, session);
  for (const [name, value] of keysKept(body.public, request.url)) session.public.set(name, value);
  runApps(visit, session, now);
  session.reads = 0;
  const sessionToken = mintToken(session);
  session.tokens = known === null ? [sessionToken] : [request.cookies.vtex_session ?? "", sessionToken];
  const segmentToken = Buffer.from(JSON.stringify(SEGMENT)).toString("base64url");
  const maxAgeSeconds = LASTS_MS / 1000;
  return json(
    request.method === "POST" ? 201 : 200,
    { sessionToken, segmentToken },
    {
      cookies: [
        setCookie("vtex_session", sessionToken, { maxAgeSeconds }),
        setCookie("vtex_segment", segmentToken, { maxAgeSeconds }),
      ],
    },
  );
}

function openSession(now: number): StoreSession {
  const empty = {
    tokens: [],
    public: new Map<string, string>(),
    admin: null,
    shopper: null,
    impersonate: null,
    lingering: null,
  };
  return { ...empty, id: randomUUID(), endsAt: now + LASTS_MS, ranWith: "\n", isDropped: false, reads: 0 };
}

const mintToken = ({ id }: StoreSession): string =>
  `eyJhbGciOiJFUzI1NiJ9.${Buffer.from(JSON.stringify({ id, jti: randomUUID() })).toString("base64url")}.sandbox`;

/**
 * Whatever is outside `public` is ignored, also inside it all but `{value: string}`. Items of the query are public, too. Known
 * defect: of two keys that begin alike, one is kept.
 */
function keysKept(given: Readonly<Record<string, unknown>>, url: URL): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  const items = Object.entries(given).flatMap(([name, leaf]): [string, string][] =>
    isBody(leaf) && typeof leaf.value === "string" ? [[name, leaf.value]] : [],
  );
  for (const [name, value] of [...items, ...url.searchParams]) {
    const alike = [...kept.keys()].find((other) => other.slice(0, 4) === name.slice(0, 4) && other !== name);
    if (alike !== undefined) kept.delete(alike);
    kept.set(name, value);
  }
  return kept;
}

/** `vtex.authentication-session`, then `vtex.impersonate-session`, which run when one of their inputs has changed. */
function runApps({ request, account }: Visit, session: StoreSession, now: number): void {
  const { cookies, switches } = request;
  const found = findToken(
    account,
    cookies[`VtexIdclientAutCookie_${account.name}`] ?? cookies.VtexIdclientAutCookie ?? "",
    now,
  );
  // A login of another account is nobody here, and a key's login is nobody anywhere.
  const isPerson = found !== null && found.account === account.name && found.tokenType === "user";
  const person = isPerson ? { id: userId(account.name, found.user), email: found.user } : null;
  session.admin = found?.audience === "admin" ? person : null;
  session.shopper = found?.audience === "webstore" ? person : null;
  const email = (session.public.get(IMPERSONATED) || cookies[IMPERSONATED]) ?? "";
  const inputs = `${session.admin?.email ?? ""}\n${email}`;
  if (inputs === session.ranWith) return;
  // Switch: the end of an impersonation is answered, and not done.
  if (email === "" && session.impersonate !== null && switches.impersonationSurvives === true) return;
  session.ranWith = inputs;
  session.isDropped = false;
  session.lingering = session.impersonate;
  session.impersonate = impersonate(account, session, email, switches);
}

/** Switches: `impersonateAppMissing`, `telesalesRoleMissing`. Who is asked for comes from `public`, who asks never does. */
function impersonate(
  account: Account,
  { admin }: StoreSession,
  email: string,
  switches: SandboxRequest["switches"],
): Impersonated | null {
  if (email === "" || switches.impersonateAppMissing === true) return null;
  const roles = admin === null || switches.telesalesRoleMissing === true ? [] : rolesOf(admin.email);
  if (roles.length !== 1 || roles[0] !== TELESALES) return { canImpersonate: "false", customer: null };
  const known = account.profiles.get(email.toLowerCase());
  const customer = known === undefined ? null : { id: userId(account.name, known.email), email: known.email };
  return { canImpersonate: "true", customer };
}

/** `GET /api/sessions?items=…` */
export function readSession(visit: Visit, now: number): SandboxReply {
  const { request, account } = visit;
  const session = request.cookies.vtex_segment === undefined ? null : findSession(account, request, now);
  const items = request.url.searchParams.get("items");
  if (items === null || items === "") return json(400, { code: "BadRequest", message: "items is required" });
  if (session === null) return json(401, { code: "Unauthorized", message: "no session" });
  session.reads += 1;
  const all = namespacesOf(visit, session);
  return json(200, { id: session.id, namespaces: items === "*" ? all : pick(all, items.split(",")) });
}

type Namespaces = Record<string, Record<string, { value: string }>>;

function pick(all: Namespaces, paths: readonly string[]): Namespaces {
  const picked: Namespaces = {};
  for (const path of paths) {
    const [name = "", key = ""] = path.split(".");
    const leaf = Object.hasOwn(all, name) ? all[name]?.[key] : undefined;
    if (leaf !== undefined) picked[name] = { ...picked[name], [key]: leaf };
  }
  return picked;
}

const leaves = (values: Readonly<Record<string, string | null | undefined>>) =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value ? [[name, { value }]] : [])));

/** Every leaf is a string. Switches: `lateProfile` (nothing at the first read), `lateEnd` (as before it), `profileNeverLoads`. */
function namespacesOf({ request, account }: Visit, session: StoreSession): Namespaces {
  const { admin, shopper } = session;
  const isLingering = request.switches.lateEnd === true && session.reads < 2 && session.impersonate === null;
  const made = isLingering ? session.lingering : session.impersonate;
  const customer = made?.customer ?? null;
  const isLate = request.switches.lateProfile === true && session.reads < 2;
  const profile = customer === null || isLate ? undefined : account.profiles.get(customer.email.toLowerCase());
  const isLoaded = profile !== undefined && request.switches.profileNeverLoads !== true;
  return {
    account: leaves({ id: userId(account.name, ""), accountName: account.name }),
    store: leaves({
      channel: "1",
      countryCode: "BRA",
      cultureInfo: "pt-BR",
      currencyCode: "BRL",
      channelPrivacy: "public",
    }),
    public: leaves(Object.fromEntries(session.public)),
    authentication: leaves({
      ...{
        adminUserId: admin?.id,
        adminUserEmail: admin?.email,
        storeUserId: shopper?.id,
        storeUserEmail: shopper?.email,
      },
    }),
    ...(made === null
      ? {}
      : {
          impersonate: leaves({
            ...{ storeUserId: customer?.id, storeUserEmail: customer?.email },
            ...{ canImpersonate: made.canImpersonate, account: account.name },
          }),
        }),
    ...(profile === undefined
      ? {}
      : {
          profile: isLoaded
            ? leaves({
                ...{ id: customer?.id, email: profile.email, firstName: profile.firstName, lastName: profile.lastName },
                ...{ document: profile.document, phone: profile.phone, priceTables: "1", isAuthenticated: "true" },
              })
            : leaves({ priceTables: "1", isAuthenticated: "false" }),
        }),
  };
}
