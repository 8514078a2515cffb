/**
 * `auth.commercelayer.io`: `POST /oauth/token` and `POST /oauth/revoke`. Its errors are lists (or, with `authErrorSingle`, one
 * object) with a number for a status. An assertion is decoded and its signature never looked at, as the real one does.
 */
import { json, readJson, type SandboxReply, type SandboxRequest } from "@shopkey/adapter-sdk/sandbox";
import type { Org, Orgs } from "./state.js";
import { userIdOf } from "./state.js";
import { type Client, claimsFor, type Kind, type Owner, type TokenOffice } from "./tokens.js";

export interface AuthDesk {
  readonly orgs: Orgs;
  readonly office: TokenOffice;
  readonly now: () => Date;
  readonly tokenCallsPerMinute: number;
}
type Body = Readonly<Record<string, unknown>>;

const CLIENT = /^(sales_channel|integration|webapp)_([a-z0-9-]+)$/;
const CLAIMS = "https://commercelayer.io/claims";
const HOURS: Readonly<Record<Kind, number>> = { sales_channel: 4, integration: 2, webapp: 2 };
const MAX_ASSERTION_BYTES = 4096;

export function grantToken(desk: AuthDesk, request: SandboxRequest): SandboxReply {
  const { switches } = request;
  const limit = typeof switches.tokenLimit === "number" ? switches.tokenLimit : desk.tokenCallsPerMinute;
  if (!desk.office.spend(limit)) return limited(limit);
  const body = readBody(request);
  if (body === null) return refuse(request, 400, "invalid_request", "BAD_REQUEST");
  const client = readClient(body);
  if (client === null) return refuse(request, 401, "invalid_client", "UNAUTHORIZED");
  const org = desk.orgs.of(client.slug);
  switch (body.grant_type) {
    case "client_credentials":
      if (client.kind !== "sales_channel" && body.client_secret === undefined)
        return refuse(request, 401, "invalid_client", "UNAUTHORIZED");
      return isScope(body.scope, client.kind) ? give(desk, request, { org, client, body }) : badScope(request);
    case "urn:ietf:params:oauth:grant-type:jwt-bearer":
      return byAssertion(desk, request, org, client, body);
    case "refresh_token":
      return byRefresh(desk, request, org, client, body);
    default:
      return refuse(request, 400, "unsupported_grant_type", "BAD_REQUEST");
  }
}

function byAssertion(desk: AuthDesk, request: SandboxRequest, org: Org, client: Client, body: Body): SandboxReply {
  if (body.client_secret === undefined) return refuse(request, 401, "invalid_client", "UNAUTHORIZED");
  if (request.switches.notEnterprise === true) return refuse(request, 403, "unauthorized_client", "FORBIDDEN");
  const claims = readAssertion(body.assertion);
  if (claims === null || !isKnown(org, claims.owner)) return refuse(request, 400, "invalid_assertion", "BAD_REQUEST");
  if (!isScope(body.scope, client.kind)) return badScope(request);
  return give(desk, request, { org, client, body, owner: claims.owner, custom: claims.custom_claim });
}

function byRefresh(desk: AuthDesk, request: SandboxRequest, org: Org, client: Client, body: Body): SandboxReply {
  const found = desk.office.refresh.take(String(body.refresh_token));
  if (found === null || found.client.id !== client.id) return refuse(request, 400, "invalid_grant", "BAD_REQUEST");
  return give(desk, request, { org, client, body, owner: found.owner });
}

interface Gift {
  readonly org: Org;
  readonly client: Client;
  readonly body: Body;
  readonly owner?: Owner;
  readonly custom?: unknown;
}

function give(
  { office, now }: AuthDesk,
  { switches }: SandboxRequest,
  { org, client, body, owner, custom }: Gift,
): SandboxReply {
  const seconds = typeof switches.tokenSeconds === "number" ? switches.tokenSeconds : HOURS[client.kind] * 3600;
  const scope = typeof body.scope === "string" ? body.scope : "market:all";
  const given = owner !== undefined && switches.otherOwner === true ? { ...owner, id: "cstAldoAcq" } : owner;
  const named = switches.otherOrganization === true ? { ...org, slug: "another" } : org;
  const claims = claimsFor(named, client, {
    now: now(),
    seconds,
    scope,
    custom,
    ...(given === undefined ? {} : { owner: given }),
  });
  const token = office.issue(switches.liveTokens === true ? { ...claims, test: false } : claims);
  return json(200, {
    ...{ access_token: token, token_type: "bearer", expires_in: seconds, scope, created_at: claims.iat },
    ...(given === undefined ? {} : { owner_id: given.id, owner_type: given.type.toLowerCase() }),
    ...(given?.type === "Customer" ? { refresh_token: office.refresh.issue(client, given) } : {}),
  });
}

/** A token of another client is refused; one that nobody knows is as good as revoked. */
export function revokeToken({ office }: AuthDesk, request: SandboxRequest): SandboxReply {
  const body = readBody(request);
  const client = body === null ? null : readClient(body);
  if (body === null || client === null) return refuse(request, 401, "invalid_client", "UNAUTHORIZED");
  const token = String(body.token);
  const holder = office.clientOf(token);
  if (holder !== null && holder !== client.id) return refuse(request, 403, "unauthorized_client", "FORBIDDEN");
  if (request.switches.revokeIgnored !== true) office.revoke(token);
  return json(200, {});
}

function readBody(request: SandboxRequest): Body | null {
  const body = readJson(request);
  const isJson = /application\/json/i.test(request.headers["content-type"] ?? "");
  return isJson && typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Body) : null;
}

/** Any organization's clients are called `{kind}_{slug}`, their secrets `secret_{slug}`. A wrong secret is wrong wherever it is given. */
function readClient({ client_id, client_secret }: Body): Client | null {
  const [id, kind, slug = ""] = CLIENT.exec(String(client_id)) ?? [];
  if (id === undefined || (client_secret !== undefined && client_secret !== `secret_${slug}`)) return null;
  return { id, kind: kind as Kind, slug };
}

/** A sales channel has to say its market. */
function isScope(scope: unknown, kind: Kind): boolean {
  if (scope === undefined) return kind !== "sales_channel";
  return (
    typeof scope === "string" && /^(market|store|stock_location):(all|(id|code):(?!nowhere$)[\w-]+)( \S+)*$/.test(scope)
  );
}

interface Assertion {
  readonly owner: Owner;
  readonly custom_claim?: unknown;
}

function readAssertion(assertion: unknown): Assertion | null {
  if (typeof assertion !== "string" || assertion.length > MAX_ASSERTION_BYTES) return null;
  try {
    const payload = JSON.parse(Buffer.from(assertion.split(".")[1] ?? "", "base64url").toString("utf8"));
    const { owner, custom_claim } = payload[CLAIMS];
    if (!["Customer", "User"].includes(owner.type) || typeof owner.id !== "string" || typeof payload.iat !== "number")
      return null;
    return { owner: { type: owner.type, id: owner.id }, custom_claim };
  } catch {
    return null;
  }
}

const isKnown = (org: Org, { type, id }: Owner): boolean =>
  type === "User"
    ? id === userIdOf(org.slug)
    : org.customers.get(id) !== undefined && org.customers.get(id)?.anonymization !== "completed";

const badScope = (request: SandboxRequest): SandboxReply => refuse(request, 400, "invalid_scope", "BAD_REQUEST");

function refuse({ switches }: SandboxRequest, status: number, title: string, code: string): SandboxReply {
  const error = { title, detail: "The request could not be authorized.", code, status };
  return json(status, { errors: switches.authErrorSingle === true ? error : [error] });
}

/** No Retry-After and no reset: only what the window was. */
function limited(limit: number): SandboxReply {
  const headers = { "x-ratelimit-limit": String(limit), "x-ratelimit-interval": "60", "x-ratelimit-remaining": "0" };
  const error = { title: "Too many requests", detail: "Rate limit exceeded", code: "TOO_MANY_REQUESTS", status: 429 };
  return json(429, { errors: [error] }, { headers });
}
