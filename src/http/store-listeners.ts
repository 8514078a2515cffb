/** Listeners that are one Store's alone: its routes are at the bare path, and nothing else is there. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface StoreListener {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** `sto_…` */
  readonly store: string;
}
export interface OpenListener {
  /** `http://host:port` */
  readonly url: string;
  readonly store: string;
  /** Stops accepting, lets what is under way finish, then resolves. */
  readonly close: () => Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 72_000;
const SWEEP_MS = 50;
const DRAIN_MS = 3_000;

/** With the times that every listener of the gateway has. */
export function createTimedServer(listener: RequestListener): Server {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, listener);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

export async function openStoreListener(
  { host, port, store }: StoreListener,
  listener: RequestListener,
): Promise<OpenListener> {
  const server = createTimedServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  const close = () =>
    new Promise<void>((resolve) => {
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
      const impatience = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      server.close(() => {
        clearInterval(sweep);
        clearTimeout(impatience);
        resolve();
      });
    });
  return { url: `http://${name}:${address.port}`, store, close };
}
