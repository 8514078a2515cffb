import type { IncomingMessage } from "node:http";

/** One request as a sandbox sees it, read to its end. */
export interface SandboxRequest {
  readonly method: string;
  /** Path and query, against the real host that was asked for. */
  readonly url: URL;
  /** The real host name (`x-forwarded-host`), lower-case, without port. */
  readonly host: string;
  /** What `accountOf` made of the host. */
  readonly account: string;
  /** Lower-case names; a repeated header is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Named parts of the path (`:id`), decoded; filled in by `routeTable`. */
  readonly params: Readonly<Record<string, string>>;
  /** The switches that hold for this account at this moment, the store's own among them. */
  readonly switches: Switches;
}

/** What a sandbox answers. Build it with `json`, `html`, `text` or `empty`. */
export interface SandboxReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whole `Set-Cookie` values; see `setCookie`. */
  readonly cookies?: readonly string[];
  readonly body: string;
}

export type SandboxHandler = (request: SandboxRequest) => SandboxReply | Promise<SandboxReply>;
type ReplyExtras = Pick<SandboxReply, "headers" | "cookies">;

/** How a store goes wrong, whatever it sells; done by `serveSandbox` before (or around) the store's own router. */
export const TROUBLES = {
  down: "503 with a page of HTML",
  htmlNotFound: "404 with a page of HTML, as a gateway in front of the store gives",
  rateLimited: "429 with Retry-After: 7",
  garbage: "200 that says it is JSON and is not",
  reset: "the connection breaks before the store has done anything",
  lostAnswer: "the store does what was asked and the connection breaks before it answers",
  cut: "an answer that breaks off in its middle",
  hang: "no answer at all until the caller goes away",
  stall: "the store does what was asked, and no answer until the caller goes away",
} as const satisfies Record<string, string>;
export type Trouble = keyof typeof TROUBLES;

/** Failure switches. Any other member is the store's own (`revoked`, `catalogEmpty`, …) and read by its router. */
export interface Switches {
  readonly trouble?: Trouble;
  /** The trouble befalls only requests whose path starts with this. */
  readonly path?: string;
  /** The trouble befalls only this method. */
  readonly method?: string;
  /** This many matching requests pass before the trouble starts. */
  readonly skip?: number;
  /** The trouble ends after this many requests; lasting when absent. */
  readonly times?: number;
  /** Every answer waits this long, in milliseconds. */
  readonly delayMs?: number;
  readonly [own: string]: unknown;
}

export function json(status: number, value: unknown, extras: ReplyExtras = {}): SandboxReply {
  return reply(status, "application/json; charset=utf-8", JSON.stringify(value), extras);
}

export function html(status: number, body: string, extras: ReplyExtras = {}): SandboxReply {
  return reply(status, "text/html; charset=utf-8", body, extras);
}

export function text(status: number, body: string, extras: ReplyExtras = {}): SandboxReply {
  return reply(status, "text/plain; charset=utf-8", body, extras);
}

export function empty(status: number, extras: ReplyExtras = {}): SandboxReply {
  return { status, body: "", ...extras };
}

/** The body as JSON; `undefined` (which JSON cannot say) when it is not JSON. */
export function readJson(request: SandboxRequest): unknown {
  try {
    return JSON.parse(Buffer.from(request.body).toString("utf8"));
  } catch {
    return undefined;
  }
}

export interface CookieOptions {
  readonly path?: string;
  readonly domain?: string;
  readonly maxAgeSeconds?: number;
}

/** One `Set-Cookie` value, always `Secure` and `HttpOnly`: adapters speak https to the store's real address. */
export function setCookie(name: string, value: string, options: CookieOptions = {}): string {
  const parts = [`${name}=${value}`, `Path=${options.path ?? "/"}`];
  if (options.domain !== undefined) parts.push(`Domain=${options.domain}`);
  if (options.maxAgeSeconds !== undefined) parts.push(`Max-Age=${options.maxAgeSeconds}`);
  return [...parts, "Secure", "HttpOnly"].join("; ");
}

/**
 * A router over patterns: `routeTable({ "POST /api/carts/:id/items": addItems })`. The first match in order wins; a
 * known path with another method is 405, an unknown path is 404 by `fallback` (a JSON 404 when absent).
 */
export function routeTable(handlers: Readonly<Record<string, SandboxHandler>>, fallback?: SandboxHandler) {
  const routes = Object.entries(handlers).map(([pattern, handle]) => {
    const [method = "", path = ""] = pattern.split(" ");
    return { method, segments: path.split("/"), handle };
  });
  const route: SandboxHandler = (request) => {
    let known = false;
    for (const { method, segments, handle } of routes) {
      const params = matchPath(segments, request.url.pathname);
      if (params === null) continue;
      known = true;
      if (method === request.method) return handle({ ...request, params });
    }
    if (known) return json(405, { error: "method not allowed" });
    return fallback === undefined ? json(404, { error: "not found" }) : fallback(request);
  };
  return route;
}

/** Cookies of a `Cookie` header; the first of a name wins, as servers do. */
export function readCookies(header: string | undefined): Record<string, string> {
  const cookies: Record<string, string> = {};
  for (const pair of (header ?? "").split(";")) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim();
    if (at > 0 && !Object.hasOwn(cookies, name)) cookies[name] = pair.slice(at + 1).trim();
  }
  return cookies;
}

/** The whole body; null when it is larger than `limit` bytes. */
export async function readBody(incoming: IncomingMessage, limit: number): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? null : Buffer.concat(chunks);
}

function reply(status: number, type: string, body: string, extras: ReplyExtras): SandboxReply {
  return { ...extras, status, body, headers: { "content-type": type, ...extras.headers } };
}

function matchPath(segments: readonly string[], pathname: string): Record<string, string> | null {
  const parts = pathname.split("/");
  if (parts.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = decode(parts[index] ?? "");
    if (segment.startsWith(":")) {
      if (part === "") return null;
      params[segment.slice(1)] = part;
    } else if (segment !== part) return null;
  }
  return params;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
