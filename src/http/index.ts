/** The street door: one listener, which keeps raw bodies for signatures and mounts the doors behind it. */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { openGraphql, type RequestNotes, readTrustedDocuments } from "../graphql/index.js";
import type { Identity } from "../identity/index.js";
import { errorFacts, type Log } from "../kernel/log.js";
import { canBeAnswered } from "./accept.js";
import { BODY_LIMIT, readJsonBodies } from "./body.js";
import { allowOnly, refuse, replyToError, WITH_HEAD } from "./errors.js";
import { type Metrics, openMetrics } from "./metrics.js";
import { servePlayground } from "./playground.js";
import { requestIdOf } from "./request-id.js";
import { openBareDoor, openStoreDoor, type StoreDoor } from "./store-door.js";
import { createTimedServer, type OpenListener, openStoreListener, type StoreListener } from "./store-listeners.js";

declare module "fastify" {
  interface FastifyRequest {
    /** What the front desk noted of a GraphQL request; null elsewhere. */
    notes: RequestNotes | null;
  }
}

export interface HttpOptions {
  readonly identity: Identity;
  /** Resolves when requests can be served, rejects when not (the database is away). */
  readonly ready: () => Promise<unknown>;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Log;
  /** Null: no playground. `key` is handed to the page on loopback only. */
  readonly playground: { readonly key: string | null } | null;
  /** JSON file of SHA-256 → document; null: any document that keeps the limits. */
  readonly trustedDocuments?: string | null;
  /** Host name, lower-case → the Store whose routes are at the bare path there. */
  readonly storeHosts?: ReadonlyMap<string, string>;
  /** Listeners that are one Store's alone. */
  readonly storeListeners?: readonly StoreListener[];
  /** How often an operation runs before it is compiled; see `GraphqlOptions`. */
  readonly warmUps?: number;
}

export interface Http {
  /** `http://host:port` */
  readonly url: string;
  /** The Stores' own listeners, in the order in which they were asked for. */
  readonly storeUrls: readonly string[];
  /** Stops accepting, lets what is under way finish, then resolves. */
  readonly close: () => Promise<void>;
}

const SECURITY_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
const READY_WITHIN_MS = 2_000;
/** Longer than a request's own deadline. */
const DRAIN_MS = 12_000;
const SWEEP_MS = 50;

function addHeaders(reply: FastifyReply, requestId: string): void {
  reply.headers(SECURITY_HEADERS).header("x-request-id", requestId);
}

function createApp(log: Log, door: StoreDoor): FastifyInstance {
  const onError = replyToError(log);
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    genReqId: requestIdOf,
    requestIdHeader: false,
    exposeHeadRoutes: false,
    // What is for a Store never reaches the framework.
    serverFactory: (handle) =>
      createTimedServer((request, response) => (door(request) ?? handle)(request, response as never)),
    forceCloseConnections: "idle",
    // Comes before the hooks, so it makes up for them.
    frameworkErrors: (error, request, reply) => {
      addHeaders(reply, request.id);
      onError(error, request, reply);
    },
  });
  app.setErrorHandler(onError);
  app.setNotFoundHandler((_, reply) => refuse(reply, 404));
  app.decorateRequest("notes", null);
  app.addHook("onRequest", (request, reply, done) => {
    addHeaders(reply, request.id);
    done();
  });
  readJsonBodies(app);
  return app;
}

/** One line for each request: ids and codes, never the document, its variables or a name that the client chose. */
function keepAccessLog(app: FastifyInstance, log: Log, metrics: Metrics): void {
  app.addHook("onResponse", (request: FastifyRequest, reply, done) => {
    const { notes } = request;
    const durationMs = Math.round(reply.elapsedTime * 100) / 100;
    const status = reply.statusCode;
    const facts = { requestId: request.id, method: request.method, path: request.routeOptions.url, status, durationMs };
    if (notes === null) log.debug("http.request", facts);
    else {
      const { operationType, keyId, orgId, codes } = notes;
      log.info("http.request", { ...facts, operationType, keyId, orgId, code: codes[0] });
      metrics.observe({ operationType, status, seconds: durationMs / 1_000, codes });
    }
    done();
  });
}

function within(work: Promise<unknown>, ms: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("not ready in time")), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function serveHealth(app: FastifyInstance, ready: HttpOptions["ready"], metrics: Metrics, log: Log): void {
  app.get("/healthz", WITH_HEAD, (_, reply) => reply.send({ status: "ok" }));
  app.get("/readyz", WITH_HEAD, async (_, reply) => {
    try {
      await within(ready(), READY_WITHIN_MS);
      return reply.send({ status: "ready" });
    } catch (error) {
      log.warn("http.not_ready", errorFacts(error));
      return refuse(reply, 503);
    }
  });
  app.get("/metrics", WITH_HEAD, async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  for (const url of ["/healthz", "/readyz", "/metrics"]) allowOnly(app, url, ["GET", "HEAD"]);
}

/** Opens every door and listens. */
export async function openHttp(options: HttpOptions): Promise<Http> {
  const { identity, log, playground, trustedDocuments = null, warmUps } = options;
  const trusted = trustedDocuments === null ? null : readTrustedDocuments(trustedDocuments);
  const graphql = await openGraphql({ identity, log, trustedDocuments: trusted, warmUps });
  const metrics = openMetrics();
  const atDoor = { door: identity.door, log, metrics };
  const app = createApp(log, openStoreDoor({ ...atDoor, hosts: options.storeHosts ?? new Map() }));
  keepAccessLog(app, log, metrics);
  serveHealth(app, options.ready, metrics, log);

  app.post("/graphql", async (request, reply) => {
    const { method, headers, body, id } = request;
    if (!canBeAnswered(headers.accept)) return refuse(reply, 406);
    const answer = await graphql.answer({ method, headers, body, requestId: id });
    request.notes = answer.notes;
    for (const [name, value] of answer.headers) if (name !== "content-length") reply.header(name, value);
    return reply.code(answer.status).send(answer.body);
  });
  allowOnly(app, "/graphql", ["POST"]);

  if (playground !== null) await servePlayground(app, { key: playground.key, host: options.host });
  app.get("/", WITH_HEAD, (_, reply) =>
    playground === null ? reply.send({ name: "shopkey", graphql: "/graphql" }) : reply.redirect("/playground/", 302),
  );
  allowOnly(app, "/", ["GET", "HEAD"]);

  const url = await app.listen({ host: options.host, port: options.port });
  const listeners: OpenListener[] = [];
  try {
    for (const one of options.storeListeners ?? [])
      listeners.push(await openStoreListener(one, openBareDoor(atDoor, one.store)));
  } catch (error) {
    await Promise.all([app.close(), ...listeners.map((one) => one.close())]);
    throw error;
  }
  let closed: Promise<void> | undefined;
  const close = async () => {
    // A connection whose last answer was under way when closing began falls idle later, and would be kept alive.
    const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
    const impatience = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
    await Promise.all([app.close(), ...listeners.map((one) => one.close())]);
    clearInterval(sweep);
    clearTimeout(impatience);
    await graphql.close();
    metrics.close();
  };
  return {
    url,
    storeUrls: listeners.map((one) => one.url),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
