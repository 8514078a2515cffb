/** The live view's door to the world: the page, the claim of a link, and the socket that a ticket opens. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { type Clock, systemClock } from "../../kernel/clock.js";
import type { Log } from "../../kernel/log.js";
import { liveViewHeaders } from "../../web/index.js";
import type { ClaimAnswer, ClaimRefusal, ClaimRequest } from "../../web/live-view/protocol.js";
import { type CookieRules, cookieOf, writeCookie } from "./cookies.js";
import { type Claim, openGuessLimit } from "./links.js";
import { MAX_PASTE, readClaim } from "./messages.js";
import { openPageFiles } from "./page-files.js";
import { openSessionView, type SessionView } from "./session-view.js";
import type { LiveViewServer, WatchedSession } from "./watched-session.js";

export interface LiveViewOptions {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  /** How shoppers reach it, when something stands before it: `https://live.example`. Without TLS only on loopback. */
  readonly publicOrigin?: string;
  readonly log: Log;
  readonly clock?: Clock;
}

const MAX_CLAIM = 1024;
const SESSION = /^\/v\/([\w-]{1,80})(\/claim|\/socket)?$/;
const PATIENCE_MS = 10_000;

/** Resolves when it listens. Throws what `listen` throws, and a TypeError for an origin that is none or not safe. */
export async function openLiveViewServer(options: LiveViewOptions): Promise<LiveViewServer> {
  const clock = options.clock ?? systemClock;
  const views = new Map<string, SessionView>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 4 * MAX_PASTE, perMessageDeflate: false });
  const server = createServer({ headersTimeout: PATIENCE_MS, requestTimeout: PATIENCE_MS });
  if (options.publicOrigin !== undefined) checkOrigin(options.publicOrigin);
  await listen(server, options);
  const origin = options.publicOrigin ?? originOf(server, options.host);
  const desk: Desk = { origin, views, sockets, guesses: openGuessLimit(clock), files: openPageFiles() };
  server.on("request", (asked: IncomingMessage, answer: ServerResponse) => {
    void attend(desk, asked, answer).catch(() => answer.destroy());
  });
  server.on("upgrade", (asked: IncomingMessage, socket: Duplex, head: Buffer) => upgrade(desk, asked, socket, head));
  return {
    origin,
    port: (server.address() as AddressInfo).port,
    open: (session) => open(desk, session, clock, options.log),
    close: async () => {
      for (const view of views.values()) view.close();
      views.clear();
      sockets.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Desk {
  readonly origin: string;
  readonly views: Map<string, SessionView>;
  readonly sockets: WebSocketServer;
  readonly guesses: ReturnType<typeof openGuessLimit>;
  readonly files: ReturnType<typeof openPageFiles>;
}

function open({ views, origin }: Desk, session: WatchedSession, clock: Clock, log: Log) {
  const view = openSessionView(session, clock, log);
  views.set(session.id, view);
  return {
    mintLink: (expiresAt: Date): string => {
      const secret = view.admission.mint(expiresAt);
      view.dismiss();
      return `${origin}/v/${session.id}#${secret}`;
    },
    close: () => {
      if (views.get(session.id) === view) views.delete(session.id);
      view.close();
    },
  };
}

async function attend(desk: Desk, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const { pathname } = new URL(asked.url ?? "/", desk.origin);
  const [, id, way] = SESSION.exec(pathname) ?? [];
  const view = id === undefined ? undefined : desk.views.get(id);
  const embedders = view?.session.embedders ?? [];
  for (const [name, value] of Object.entries(liveViewHeaders({ embedders }))) answer.setHeader(name, value);
  answer.setHeader("cache-control", "no-store");
  if (way === "/claim" && asked.method === "POST") return await claim(desk, id ?? "", view, asked, answer);
  if (asked.method !== "GET" && asked.method !== "HEAD") return void answer.writeHead(405).end();
  // Every session's page is the same, whether there is such a session or not.
  if (id !== undefined && way === undefined) return await desk.files.sendPage(answer);
  if (pathname.startsWith("/v/assets/")) return await desk.files.sendAsset(pathname, asked, answer);
  if (pathname === "/robots.txt") return void answer.end("User-agent: *\nDisallow: /\n");
  answer.writeHead(404).end();
}

async function claim(
  desk: Desk,
  id: string,
  view: SessionView | undefined,
  asked: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const address = addressOf(asked);
  const wait = desk.guesses.wait(address);
  if (wait !== null) return sendJson(answer.setHeader("retry-after", String(wait)), 429, {});
  const body = readClaim(await readBody(asked));
  const isOurs = asked.headers.origin === desk.origin;
  if (!body || !isOurs) return refuse(desk, address, answer, "unknown");
  const rules: CookieRules = { origin: desk.origin, id, embedded: body.embedded && isEmbeddable(view) };
  const claimed = view && admit(view, body, cookieOf(asked, rules));
  if (!view || !claimed?.ok) return refuse(desk, address, answer, claimed?.ok === false ? claimed.why : "unknown");
  if (claimed.cookie !== null) answer.setHeader("set-cookie", writeCookie(rules, claimed.cookie));
  const granted: ClaimAnswer = { ticket: claimed.ticket, embedders: view.session.embedders };
  sendJson(answer, 200, granted);
}

/** Whoever has the cookie is the link's viewer, whatever else it says: its first answer may have come without being heard. */
function admit({ admission }: SessionView, { secret, nonce }: ClaimRequest, cookie: string): Claim {
  const claimed = secret === null ? null : admission.claim(secret, nonce);
  if (claimed?.ok) return claimed;
  const known = admission.comeBack(cookie);
  return known.ok ? known : (claimed ?? known);
}

function isEmbeddable(view: SessionView | undefined): boolean {
  return (view?.session.embedders.length ?? 0) > 0;
}

function refuse(desk: Desk, address: string, answer: ServerResponse, error: ClaimRefusal["error"]): void {
  desk.guesses.fail(address);
  const refusal: ClaimRefusal = { error };
  sendJson(answer, error === "used" ? 403 : 404, refusal);
}

function upgrade(desk: Desk, asked: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on("error", () => socket.destroy());
  const url = new URL(asked.url ?? "/", desk.origin);
  const [, id = "", way] = SESSION.exec(url.pathname) ?? [];
  const address = addressOf(asked);
  const view = desk.views.get(id);
  const ticket = url.searchParams.get("ticket") ?? "";
  const isWelcome =
    way === "/socket" &&
    asked.headers.origin === desk.origin &&
    desk.guesses.wait(address) === null &&
    view?.admission.enter(cookieOf(asked, { origin: desk.origin, id, embedded: false }), ticket) === true;
  if (!view || !isWelcome) {
    desk.guesses.fail(address);
    socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    return;
  }
  desk.sockets.handleUpgrade(asked, socket, head, (opened) => view.admit(opened));
}

/** Who asks. Behind a proxy of ours, whom it names last: what stands before that the asker may have written. */
function addressOf(asked: IncomingMessage): string {
  const near = asked.socket.remoteAddress ?? "";
  const isProxy = /^(::1|::ffff:|)(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|$)/.test(near);
  const named = String(asked.headers["x-forwarded-for"] ?? "")
    .split(",")
    .at(-1)
    ?.trim();
  return isProxy && named ? named : near;
}

async function readBody(asked: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of asked as AsyncIterable<Buffer>) {
    length += part.byteLength;
    if (length > MAX_CLAIM) return Buffer.alloc(0);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function sendJson(answer: ServerResponse, status: number, body: object): void {
  answer.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function listen(server: Server, { host, port }: LiveViewOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function originOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The cookie that binds a viewer needs TLS; loopback is the one place where it may be without. */
function checkOrigin(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (!url || url.origin !== text || !isSafe)
    throw new TypeError("The live view's public origin is not a https origin.");
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}
