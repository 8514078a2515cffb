/** The street door's playground with a small graph behind it: the public schema, and one shopper who can be read. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Fastify from "fastify";
import { buildSchema, graphql } from "graphql";
import { servePlayground } from "../../src/http/playground.js";

const schema = buildSchema(readFileSync(join(import.meta.dirname, "../../schema.graphql"), "utf8"));
const buyer = { firstName: "A•••", lastName: "L•••", email: "a•••@example.com", document: "•••00", phone: "•••9999" };
const profile = { buyer, address: { postalCode: "013•••" }, complete: true, missing: [], warnings: [] };
const rootValue = { consumer: () => ({ id: "csm_1", status: "PROSPECT", profile }) };

export interface PlaygroundServer {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Listens on a free loopback port and hands `key` to the page. */
export async function openPlaygroundServer(key: string): Promise<PlaygroundServer> {
  const app = Fastify({ exposeHeadRoutes: false, forceCloseConnections: true });
  await servePlayground(app, { key, host: "127.0.0.1" });
  app.post<{ Body: { query: string; operationName?: string } }>("/graphql", async ({ body }) =>
    graphql({ schema, rootValue, source: body.query, operationName: body.operationName }),
  );
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { url, close: async () => app.close() };
}
