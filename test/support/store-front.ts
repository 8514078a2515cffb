/**
 * The way of a browser into a sandbox: a proxy that takes every https address, ends TLS with a certificate of its own and hands the
 * request to one local server, the real host in `x-forwarded-host`. Nothing else can be reached through it. Give it to a context as
 * `proxy: { server: front.url }`, with `ignoreHTTPSErrors`.
 */
import { once } from "node:events";
import { createServer as createPlainServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { makeCertificate } from "./certificate.js";

export interface StoreFront {
  /** `http://127.0.0.1:<port>`, the proxy. */
  readonly url: string;
  /** The sandbox that is behind it from now on: `http://127.0.0.1:<port>`. */
  readonly lead: (sandboxUrl: string) => void;
  readonly close: () => Promise<void>;
}

export async function openStoreFront(): Promise<StoreFront> {
  let target = "";
  const sockets = new Set<Socket>();
  const secure = createServer(makeCertificate(), (incoming, outgoing) => relay(target, incoming, outgoing));
  const proxy = createPlainServer((_incoming, outgoing) => outgoing.writeHead(403).end());
  proxy.on("connect", (_request, socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    socket.write("HTTP/1.1 200 OK\r\n\r\n", () => secure.emit("connection", socket));
  });
  secure.on("tlsClientError", (_error, socket) => socket.destroy());
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    lead: (sandboxUrl) => {
      target = sandboxUrl;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.closeAllConnections();
      const closed = once(proxy, "close");
      proxy.close();
      await closed;
    },
  };
}

/** Breaks off where the sandbox breaks off. */
function relay(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { host = "", ...headers } = incoming.headers;
  const sent = request(`${target}${incoming.url ?? "/"}`, {
    method: incoming.method ?? "GET",
    headers: { ...headers, "x-forwarded-host": host },
  });
  sent.on("error", () => outgoing.destroy());
  sent.on("response", (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on("error", () => outgoing.destroy());
    answer.on("aborted", () => outgoing.destroy());
    answer.pipe(outgoing);
  });
  outgoing.on("close", () => sent.destroy());
  incoming.pipe(sent);
}
