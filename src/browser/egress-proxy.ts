/**
 * A session's only way out: an HTTP proxy on loopback that its Chromium is started with. Encrypted traffic to a store
 * passes through unread. In the test environment the proxy answers in the store's name and hands the request to the
 * sandbox over plain HTTP, with the real host in `x-forwarded-host`.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { type EgressRefusal, type EgressRules, type EgressWay, judgeEgress, type Lookup } from "./egress-rules.js";
import { makeSandboxIdentity, type SandboxIdentity } from "./sandbox-identity.js";

export interface EgressProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** See `StartOptions.trustedKey`; null where nothing is intercepted. */
  readonly trustedKey: string | null;
  /** How often something was refused, by reason. Hosts and paths are not kept: a page chooses them. */
  readonly refused: () => Readonly<Partial<Record<EgressRefusal, number>>>;
  /** Ends every connection, at once. */
  readonly close: () => Promise<void>;
}

export interface EgressProxyOptions {
  readonly rules: EgressRules;
  /** Both default to the system's; tests stand in for name servers and the world. */
  readonly lookup?: Lookup;
  readonly dial?: Dial;
}

export type Dial = (address: string, port: number) => Socket;

const DIAL_MS = 10_000;

export async function openEgressProxy(options: EgressProxyOptions): Promise<EgressProxy> {
  const identity = options.rules.kind === "sandbox" ? makeSandboxIdentity() : null;
  const counts: Partial<Record<EgressRefusal, number>> = {};
  const sockets = new Set<Duplex>();
  const judge = async (host: string, port: number): Promise<EgressWay> => {
    const way = await judgeEgress(options.rules, host, port, options.lookup);
    if (way.kind === "refused") counts[way.why] = (counts[way.why] ?? 0) + 1;
    return way;
  };
  const dial: Dial = (address, port) => track(sockets, (options.dial ?? dialSystem)(address, port));
  const sandboxes = openSandboxDoor(identity, sockets);
  const server = createServer();
  server.on("connection", (socket) => track(sockets, socket));
  server.on("connect", (asked: IncomingMessage, socket: Socket, head: Buffer) => {
    void tunnel({ judge, dial, sandboxes }, asked.url ?? "", socket, head);
  });
  server.on("request", (asked: IncomingMessage, answer: ServerResponse) => {
    void forward({ judge, dial }, asked, answer);
  });
  // A plain-text WebSocket comes by CONNECT; this form of it no browser sends.
  server.on("upgrade", (_, socket: Socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trustedKey: identity?.fingerprint ?? null,
    refused: () => ({ ...counts }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Ways {
  readonly judge: (host: string, port: number) => Promise<EgressWay>;
  readonly dial: Dial;
}

function dialSystem(address: string, port: number): Socket {
  return connect({ host: address, port });
}

/** Until it closes: `close` of the proxy ends what is in the set. A broken connection is its two ends' affair. */
function track<S extends Duplex>(sockets: Set<Duplex>, socket: S): S {
  sockets.add(socket);
  socket.on("error", () => socket.destroy());
  socket.once("close", () => sockets.delete(socket));
  return socket;
}

async function tunnel(
  ways: Ways & { sandboxes: SandboxDoor },
  authority: string,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  const [, host = "", port = ""] = /^(\[[^\]]*\]|[^:]+):(\d{1,5})$/.exec(authority) ?? [];
  const way = await ways.judge(host, Number(port));
  if (socket.destroyed) return;
  if (way.kind === "refused") return void socket.end("HTTP/1.1 403 Refused\r\ncontent-length: 0\r\n\r\n");
  if (way.kind === "sandbox") {
    socket.write("HTTP/1.1 200 Connected\r\n\r\n");
    if (head.length > 0) socket.unshift(head);
    return ways.sandboxes.enter(socket, way, Number(port) === 443);
  }
  const far = ways.dial(way.address, Number(port));
  far.setTimeout(DIAL_MS, () => far.destroy());
  far.once("connect", () => {
    far.setTimeout(0);
    socket.write("HTTP/1.1 200 Connected\r\n\r\n");
    if (head.length > 0) far.write(head);
    join(socket, far);
  });
  far.once("close", () => socket.destroy());
  socket.once("close", () => far.destroy());
}

function join(near: Duplex, far: Duplex): void {
  near.pipe(far).pipe(near);
}

async function forward(ways: Ways, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const url = URL.canParse(asked.url ?? "") ? new URL(asked.url ?? "") : null;
  const usable = url?.protocol === "http:" && url.username === "" && url.password === "";
  const way = await ways.judge(usable ? url.hostname : "", usable ? Number(url.port || 80) : 80);
  if (way.kind === "refused" || !url) return void answer.writeHead(403).end();
  if (way.kind === "sandbox") return sendToSandbox(way, "http", asked, answer, url.pathname + url.search);
  const target = { createConnection: () => ways.dial(way.address, 80), path: url.pathname + url.search };
  relay(target, { ...endToEnd(asked), host: way.host }, asked, answer);
}

/** Headers that speak of one connection, or to the proxy, go no further. */
function endToEnd(asked: IncomingMessage): Record<string, string | string[]> {
  const dropped = new Set(["connection", "keep-alive", "te", "trailer", "upgrade", "transfer-encoding"]);
  for (const name of (asked.headers.connection ?? "").split(",")) dropped.add(name.trim().toLowerCase());
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(asked.headers)) {
    if (value !== undefined && !dropped.has(name) && !/^(proxy-|x-forwarded-)/.test(name)) kept[name] = value;
  }
  return kept;
}

function relay(
  target: { host?: string; port?: number; path: string; createConnection?: () => Socket },
  headers: Record<string, string | string[]>,
  asked: IncomingMessage,
  answer: ServerResponse,
): void {
  const far = request({ ...target, method: asked.method, headers, setHost: false }, (got) => {
    answer.writeHead(got.statusCode ?? 502, got.statusMessage, got.rawHeaders);
    got.pipe(answer);
    got.once("error", () => answer.destroy());
  });
  far.once("error", () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
  answer.once("close", () => far.destroy());
  asked.pipe(far);
}

function sendToSandbox(
  way: { host: string; origin: URL },
  protocol: "http" | "https",
  asked: IncomingMessage,
  answer: ServerResponse,
  path: string,
): void {
  const headers = forwardedHeaders(way, protocol, endToEnd(asked));
  relay({ host: way.origin.hostname, port: Number(way.origin.port), path }, headers, asked, answer);
}

function forwardedHeaders(
  way: { host: string; origin: URL },
  protocol: "http" | "https",
  headers: Record<string, string | string[]>,
): Record<string, string | string[]> {
  return { ...headers, host: way.origin.host, "x-forwarded-host": way.host, "x-forwarded-proto": protocol };
}

interface SandboxDoor {
  readonly enter: (socket: Socket, way: { host: string; origin: URL }, encrypted: boolean) => void;
}

/** A server without a listener: tunnels to sandboxes end here, are read as HTTP, and go on as HTTP. */
function openSandboxDoor(identity: SandboxIdentity | null, sockets: Set<Duplex>): SandboxDoor {
  const behind = new WeakMap<Duplex, { host: string; origin: URL; protocol: "http" | "https" }>();
  const inner = createServer((asked, answer) => {
    const way = behind.get(asked.socket);
    if (!way) return void answer.destroy();
    sendToSandbox(way, way.protocol, asked, answer, asked.url ?? "/");
  });
  inner.on("upgrade", (asked: IncomingMessage, near: Duplex, head: Buffer) => {
    const way = behind.get(asked.socket);
    if (!way) return void near.destroy();
    const far = track(sockets, connect({ host: way.origin.hostname, port: Number(way.origin.port) }));
    const headers = {
      ...forwardedHeaders(way, way.protocol, endToEnd(asked)),
      connection: "Upgrade",
      upgrade: asked.headers.upgrade ?? "",
    };
    const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
    far.write(`GET ${asked.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    if (head.length > 0) far.write(head);
    join(near, far);
    far.once("close", () => near.destroy());
    near.once("close", () => far.destroy());
  });
  return {
    enter: (socket, way, encrypted) => {
      const plain = encrypted && identity ? tlsOn(socket, identity, sockets) : socket;
      behind.set(plain, { ...way, protocol: encrypted ? "https" : "http" });
      inner.emit("connection", plain);
    },
  };
}

function tlsOn(socket: Socket, { secureContext }: SandboxIdentity, sockets: Set<Duplex>): TLSSocket {
  return track(sockets, new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ["http/1.1"] }));
}
