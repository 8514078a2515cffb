/** What every route of the Core API looks at first: media types, token, organization, and the document that was sent. */
import { json, readJson, type SandboxReply, type SandboxRequest } from "@shopkey/adapter-sdk/sandbox";
import { badRequest, complain, type Link, MEDIA_TYPE, unauthorized } from "./json-api.js";
import type { Org, Orgs } from "./state.js";
import type { Claims, TokenOffice } from "./tokens.js";
import type { Announce } from "./webhooks.js";

/** Who asks: the org's integration, the same with a user behind it, a sales channel's guest, or a customer. */
export type Asker = "integration" | "requester" | "guest" | "customer";
export interface Visit {
  readonly request: SandboxRequest;
  readonly org: Org;
  readonly claims: Claims;
  readonly asker: Asker;
  readonly now: number;
  readonly announce: Announce;
}
export interface Sent {
  readonly id: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly relationships: Readonly<Record<string, Link | null>>;
}
export interface CoreDesk {
  readonly orgs: Orgs;
  readonly office: TokenOffice;
  readonly now: () => Date;
  readonly announce: Announce;
  readonly spend: (request: SandboxRequest) => boolean;
}

/** A visit, or the refusal that comes before any. */
export function openVisit(desk: CoreDesk, request: SandboxRequest): Visit | SandboxReply {
  const { headers, switches } = request;
  if (switches.coreLimit !== undefined && !desk.spend(request)) return limited(Number(switches.coreLimit));
  if (!(headers.accept ?? "").includes(MEDIA_TYPE)) {
    return complain(406, { title: "Not acceptable", detail: "Use the JSON:API media type.", code: "NOT_ACCEPTABLE" });
  }
  const hasBody = request.method === "POST" || request.method === "PATCH";
  if (hasBody && !(headers["content-type"] ?? "").includes(MEDIA_TYPE)) {
    const complaint = { title: "Unsupported media type", detail: "Use the JSON:API media type." };
    return complain(415, { ...complaint, code: "UNSUPPORTED_MEDIA_TYPE" });
  }
  const [, token = ""] = /^Bearer (\S+)$/.exec(headers.authorization ?? "") ?? [];
  const claims = desk.office.judge(token);
  if (claims === null) {
    const detail = "The access token you provided is expired, revoked or invalid.";
    return complain(401, { title: "Invalid token", detail, code: "INVALID_TOKEN" });
  }
  desk.office.use(token);
  if (claims.organization.slug !== request.account) return unauthorized();
  const org = desk.orgs.of(request.account);
  return { request, org, claims, asker: askerOf(claims), now: desk.now().getTime(), announce: desk.announce };
}

function askerOf({ application, owner }: Claims): Asker {
  if (application.kind === "integration") return owner?.type === "User" ? "requester" : "integration";
  return owner?.type === "Customer" ? "customer" : "guest";
}

export const isStaff = ({ asker }: Visit): boolean => asker === "integration" || asker === "requester";

/** The document of a change; unknown attributes and relationships are refused by name, and so is a body without attributes. */
export function readSent(
  visit: Visit,
  type: string,
  known: readonly string[],
  related: readonly string[],
): Sent | SandboxReply {
  const body = readJson(visit.request);
  const data = isRecord(body) ? body.data : undefined;
  if (!isRecord(data)) return badRequest("INVALID_DATA", "data is missing");
  if (data.type !== type) return badRequest("TYPE_MISMATCH", "type does not match the resource");
  const { id } = visit.request.params;
  if (visit.request.method === "PATCH" && data.id !== id) {
    return badRequest("KEY_NOT_INCLUDED_IN_URL", "the id of the document is not the one of the path");
  }
  if (!isRecord(data.attributes)) return badRequest("PARAM_MISSING", "attributes is required");
  const relationships = isRecord(data.relationships) ? data.relationships : {};
  const stray =
    Object.keys(data.attributes).find((name) => !known.includes(name)) ??
    Object.keys(relationships).find((name) => !related.includes(name));
  if (stray !== undefined) return badRequest("PARAM_NOT_ALLOWED", `${stray} is not allowed.`);
  const links = Object.entries(relationships).map(([name, value]) => [name, linkOf(value)] as const);
  return {
    id: typeof data.id === "string" ? data.id : null,
    attributes: data.attributes,
    relationships: Object.fromEntries(links),
  };
}

export const isReply = (value: object): value is SandboxReply => "status" in value && "body" in value;

function linkOf(value: unknown): Link | null {
  const data = isRecord(value) ? value.data : undefined;
  return isRecord(data) ? { type: String(data.type), id: String(data.id) } : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function limited(limit: number): SandboxReply {
  const headers = { "x-ratelimit-limit": String(limit), "x-ratelimit-interval": "10", "x-ratelimit-remaining": "0" };
  const error = { title: "Too many requests", detail: "Rate limit exceeded", code: "TOO_MANY_REQUESTS", status: "429" };
  return json(429, { errors: [error] }, { headers: { ...headers, "content-type": MEDIA_TYPE } });
}
