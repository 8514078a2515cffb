/** A small server for the playground's page: the built files with the room's own headers, and a graph to ask. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { buildSchema, graphql } from "graphql";
import { playgroundBoot, playgroundCaching, playgroundFiles, playgroundHeaders } from "../../src/web/index.js";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
};
const schema = buildSchema(readFileSync(join(import.meta.dirname, "../../schema.graphql"), "utf8"));
const buyer = { firstName: "A•••", lastName: "L•••", email: "a•••@example.com", document: "•••00", phone: "•••9999" };
const profile = { buyer, address: { postalCode: "013•••" }, complete: true, missing: [], warnings: [] };
const rootValue = { consumer: () => ({ id: "csm_1", status: "PROSPECT", profile }) };

/** What arrived, for the test to look at. */
export interface PlaygroundServer {
  readonly origin: string;
  readonly authorizations: readonly (string | undefined)[];
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** Listens on a free loopback port. `key` is what `boot.json` hands to the page. */
export async function openPlaygroundServer(key: string | null): Promise<PlaygroundServer> {
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    answer(request, response, key, authorizations).catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${port}`, authorizations, close, [Symbol.asyncDispose]: close };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  key: string | null,
  authorizations: (string | undefined)[],
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://x");
  if (pathname === "/graphql") {
    authorizations.push(request.headers.authorization);
    const body: { query: string; operationName?: string } = JSON.parse(await readBody(request));
    const result = await graphql({ schema, rootValue, source: body.query, operationName: body.operationName });
    response.writeHead(200, { "content-type": "application/graphql-response+json" }).end(JSON.stringify(result));
    return;
  }
  const path = normalize(pathname.replace(/^\/playground\//, "/"));
  const headers = { ...playgroundHeaders(), "cache-control": playgroundCaching(pathname) };
  if (path === "/boot.json") {
    response
      .writeHead(200, { ...headers, "content-type": "application/json" })
      .end(JSON.stringify(playgroundBoot({ key })));
    return;
  }
  const file = path === "/" ? "/index.html" : path;
  const bytes = await readFile(join(playgroundFiles().root, file));
  response
    .writeHead(200, { ...headers, "content-type": TYPES[extname(file)] ?? "application/octet-stream" })
    .end(bytes);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
