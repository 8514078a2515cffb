import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Sandbox } from "../contract.js";
import { answerControl } from "./control.js";
import {
  html,
  json,
  readBody,
  readCookies,
  type SandboxHandler,
  type SandboxReply,
  type SandboxRequest,
} from "./exchange.js";
import { openSwitchboard, type Switchboard } from "./switchboard.js";

const BODY_LIMIT = 1024 * 1024;
const JOURNAL_LIMIT = 10_000;

export interface ServeOptions {
  /** 0 or absent: any free port of 127.0.0.1. */
  readonly port?: number;
  /**
   * The account a host name belongs to; null for a host that is none of this store's, which is answered 421. Pure.
   * A person who opens a page of the sandbox comes with the host `127.0.0.1`.
   */
  readonly accountOf: (host: string) => string | null;
  /** The store itself. A throw is a bug of the sandbox: answered 500 and noted in the journal. */
  readonly router: SandboxHandler;
  /** What the store holds, plainly, for an account or (null) all of them; what `/_sandbox/state` shows. JSON. */
  readonly lens: (account: string | null) => unknown;
  /** Empties an account, or (null) all; what `DELETE /_sandbox/state` does. */
  readonly reset?: (account: string | null) => void;
  /** The store's own part of `/_sandbox/`, asked where the common one has nothing; null for a 404. */
  readonly control?: (method: string, url: URL) => SandboxReply | null;
}

/** What was asked, in order; never what it said. The newest 10,000 are kept. */
export interface JournalEntry {
  readonly account: string | null;
  readonly host: string;
  readonly method: string;
  /** Without the query, which may hold a shopper's value. */
  readonly path: string;
  /** 0 when the connection broke or the caller went away before an answer. */
  readonly status: number;
  /** The sandbox's own mistake, when it made one. */
  readonly fault?: string;
}

/** A sandbox that runs. A store's `startSandbox` may return it as it is, or with members of its own. */
export interface ServedSandbox extends Sandbox {
  readonly port: number;
  readonly switches: Switchboard;
  readonly journal: readonly JournalEntry[];
  readonly state: (account: string | null) => unknown;
  readonly reset: (account: string | null) => void;
}

/** Serves a stand-in for a store on 127.0.0.1, told apart by `x-forwarded-host`; `/_sandbox/…` is for people and tests. */
export async function serveSandbox(options: ServeOptions): Promise<ServedSandbox> {
  const switches = openSwitchboard();
  const journal: JournalEntry[] = [];
  const reset = options.reset ?? (() => {});
  const note = (entry: JournalEntry): void => {
    journal.push(entry);
    if (journal.length > JOURNAL_LIMIT) journal.shift();
  };
  const server = createServer((incoming, outgoing) => {
    serveOne(incoming, outgoing, { ...options, reset, switches, journal, note }).catch(() => outgoing.destroy());
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}`, port, switches, journal, state: options.lens, reset, close };
}

/** What every request is served with. */
export interface Bench extends ServeOptions {
  readonly reset: (account: string | null) => void;
  readonly switches: Switchboard;
  readonly journal: JournalEntry[];
  readonly note: (entry: JournalEntry) => void;
}

async function serveOne(incoming: IncomingMessage, outgoing: ServerResponse, bench: Bench): Promise<void> {
  const host = hostOf(incoming);
  const url = new URL(incoming.url ?? "/", `https://${host}`);
  const method = incoming.method ?? "GET";
  const body = await readBody(incoming, BODY_LIMIT);
  if (url.pathname.startsWith("/_sandbox/")) return send(outgoing, answerControl(method, url, body, bench));

  const account = bench.accountOf(host);
  const entry = { account, host, method, path: url.pathname };
  const answered = (status: number, fault?: string): void =>
    bench.note({ ...entry, status, ...(fault === undefined ? {} : { fault }) });
  if (account === null || body === null) {
    answered(account === null ? 421 : 413);
    return send(
      outgoing,
      json(account === null ? 421 : 413, { error: account === null ? "unknown host" : "too large" }),
    );
  }
  const headers = joinHeaders(incoming);
  const request: SandboxRequest = {
    ...{ method, url, host, account, headers, body, params: {} },
    ...{ cookies: readCookies(incoming.headers.cookie), switches: bench.switches.of(account) },
  };
  await serveStore(request, outgoing, bench, answered);
}

async function serveStore(
  request: SandboxRequest,
  outgoing: ServerResponse,
  bench: Bench,
  answered: (status: number, fault?: string) => void,
): Promise<void> {
  const trouble = bench.switches.befall(request.account, request.method, request.url.pathname);
  if (request.switches.delayMs !== undefined) await wait(request.switches.delayMs);
  if (trouble === "reset") {
    answered(0);
    outgoing.destroy();
    return;
  }
  if (trouble === "hang") return answered(0);
  if (trouble !== null && trouble !== "lostAnswer" && trouble !== "cut" && trouble !== "stall") {
    const reply = TROUBLE_REPLIES[trouble];
    answered(reply.status);
    return send(outgoing, reply);
  }
  const { reply, fault } = await askRouter(request, bench.router);
  if (trouble === "stall") return answered(0, fault);
  if (trouble === "lostAnswer" || trouble === "cut") {
    answered(0, fault);
    if (trouble === "cut") sendHalf(outgoing, reply);
    else outgoing.destroy();
    return;
  }
  answered(reply.status, fault);
  send(outgoing, reply);
}

const PAGE = "<!doctype html><title>Sorry</title><h1>Something went wrong</h1>";
const TROUBLE_REPLIES = {
  down: html(503, PAGE),
  htmlNotFound: html(404, PAGE),
  rateLimited: json(429, { error: "too many requests" }, { headers: { "retry-after": "7" } }),
  garbage: { status: 200, body: '{"cart": {"id": 12, ', headers: { "content-type": "application/json" } },
} as const satisfies Record<string, SandboxReply>;

async function askRouter(
  request: SandboxRequest,
  router: SandboxHandler,
): Promise<{ reply: SandboxReply; fault?: string }> {
  try {
    return { reply: await router(request) };
  } catch (error) {
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { reply: json(500, { error: "the sandbox made a mistake", fault }), fault };
  }
}

function send(outgoing: ServerResponse, reply: SandboxReply): void {
  for (const [name, value] of Object.entries(reply.headers ?? {})) outgoing.setHeader(name, value);
  if (reply.cookies !== undefined && reply.cookies.length > 0) outgoing.setHeader("set-cookie", [...reply.cookies]);
  outgoing.writeHead(reply.status).end(reply.body);
}

function sendHalf(outgoing: ServerResponse, { status, headers, body }: SandboxReply): void {
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) + 1 });
  outgoing.write(body.slice(0, body.length / 2), () => outgoing.destroy());
}

/** The host the caller meant; an address that is no host name reads as `invalid`, which is nobody's. */
function hostOf(incoming: IncomingMessage): string {
  const forwarded = incoming.headers["x-forwarded-host"];
  const named = (typeof forwarded === "string" ? forwarded : incoming.headers.host) ?? "";
  const host = named.toLowerCase().replace(/:\d+$/, "");
  return /^[a-z0-9.-]+$/.test(host) ? host : "invalid";
}

function joinHeaders(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headersDistinct).map(([name, values]) => [name, (values ?? []).join(", ")]),
  );
}
