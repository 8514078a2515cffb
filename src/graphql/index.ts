/** The front desk: what may be asked, by whom, in which words. The only room with TypeGraphQL and Apollo. */
import { HeaderMap } from "@apollo/server";
import type { GraphQLSchema } from "graphql";
import type { Identity } from "../identity/index.js";
import { toWire } from "../kernel/ids.js";
import { errorFacts, type Log } from "../kernel/log.js";
import { Refusal } from "../kernel/refusal.js";
import { type DeskContext, openApollo, openInspection, type RequestNotes } from "./apollo.js";
import type { GraphqlAnswer, GraphqlAsk, Way } from "./asks.js";
import { openDesk } from "./desk.js";
import { type DeskError, internalError, openErrorFormat, refusalError } from "./errors.js";
import { openExecutor } from "./executor.js";
import { openKnownDocuments } from "./known.js";
import { LIMITS } from "./limits/limits.js";
import type { TrustedDocuments } from "./limits/trusted.js";
import { buildGraph } from "./schema.js";
import { openShortWay } from "./short-way.js";

export type { RequestNotes } from "./apollo.js";
export type { GraphqlAnswer, GraphqlAsk } from "./asks.js";
export { readTrustedDocuments, type TrustedDocuments } from "./limits/trusted.js";

export interface Graphql {
  readonly schema: GraphQLSchema;
  readonly answer: (ask: GraphqlAsk) => Promise<GraphqlAnswer>;
  readonly close: () => Promise<void>;
}

export interface GraphqlOptions {
  readonly identity: Identity;
  readonly log: Log;
  /** When given, no other document runs. */
  readonly trustedDocuments?: TrustedDocuments | null;
  /** How often an operation runs before it is compiled; 2 by default. `Infinity` never compiles. */
  readonly warmUps?: number;
  /** Milliseconds until an answer must be there; by default `LIMITS.deadlineMs`, and `mutationDeadlineMs` for mutations. */
  readonly deadlineMs?: number;
}

const untrusted = () =>
  new Refusal("FORBIDDEN", "This gateway runs trusted documents only, and this is not one of them.", {
    nextAction: "Add the document to the gateway's list of trusted documents.",
  });

const asRequestError = (error: unknown, log: Log, requestId: string): DeskError =>
  error instanceof Refusal ? refusalError(error) : internalError(error, log, requestId);

function isTrusted(trusted: TrustedDocuments, body: unknown): boolean {
  const query = typeof body === "object" && body !== null && "query" in body ? body.query : undefined;
  return typeof query !== "string" || trusted.has(query);
}

/** Some clients send an empty name where they have none; Apollo neither takes it for one nor for none. */
function withoutEmptyName(body: unknown): unknown {
  if (typeof body !== "object" || body === null || !("operationName" in body) || body.operationName !== "") return body;
  const { operationName: _, ...rest } = body;
  return rest;
}

function headersOf(ask: GraphqlAsk): HeaderMap {
  const headers = new HeaderMap();
  for (const name of ["accept", "content-type", "apollo-require-preflight", "x-apollo-operation-name"]) {
    const value = ask.headers[name];
    if (typeof value === "string") headers.set(name, value);
  }
  return headers;
}

/** Opens the desk. `answer` never throws. */
export async function openGraphql(options: GraphqlOptions): Promise<Graphql> {
  const { identity, log, trustedDocuments = null, warmUps = 2 } = options;
  const { deadlineMs = LIMITS.deadlineMs, deadlineMs: mutationDeadlineMs = LIMITS.mutationDeadlineMs } = options;
  const schema = buildGraph();
  const { run, print } = openExecutor({ schema, warmUps });
  const inspect = openInspection(schema);
  const format = openErrorFormat(log);
  const known = openKnownDocuments();
  const answerShortly = openShortWay({ known, inspect, print, format });
  const apollo = await openApollo({ schema, log, run, inspect, format, known });

  /** Who is asking: the one thing that must be known before a document is looked at. */
  const admit = async (ask: GraphqlAsk, signal: AbortSignal, notes: RequestNotes): Promise<DeskContext> => {
    const { authorization } = ask.headers;
    try {
      const header = typeof authorization === "string" ? authorization : undefined;
      const caller = await identity.authenticate(header, { requestId: ask.requestId, signal });
      notes.keyId = caller.keyId === null ? null : toWire("key", caller.keyId);
      notes.orgId = toWire("org", caller.scope.orgId);
      if (trustedDocuments !== null && !isTrusted(trustedDocuments, ask.body)) throw untrusted();
      return Object.assign(openDesk({ identity, caller, log }), { notes });
    } catch (error) {
      const told = asRequestError(error, log, ask.requestId);
      notes.codes = [String(told.extensions.code)];
      throw told;
    }
  };

  const answerByApollo = async (ask: GraphqlAsk, { context, notes }: Way): Promise<GraphqlAnswer> => {
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: ask.method, headers: headersOf(ask), search: "", body: ask.body },
      context,
    });
    if (body.kind !== "complete") throw new TypeError("the graph has no incremental answers");
    const { accept = "" } = ask.headers;
    if (typeof accept === "string" && (status ?? 200) === 200 && body.string.startsWith('{"data":'))
      known.learnHeaders(accept, headers);
    return { status: status ?? 200, headers, body: body.string, notes };
  };

  const answer = async (asked: GraphqlAsk): Promise<GraphqlAnswer> => {
    const ask = { ...asked, body: withoutEmptyName(asked.body) };
    const notes: RequestNotes = { operationType: "none", keyId: null, orgId: null, codes: [] };
    const deadline = new AbortController();
    // What it is has become known by then.
    let timer = setTimeout(() => {
      if (notes.operationType !== "mutation" || mutationDeadlineMs <= deadlineMs) return deadline.abort();
      timer = setTimeout(() => deadline.abort(), mutationDeadlineMs - deadlineMs);
    }, deadlineMs);
    let admitted: Promise<DeskContext> | undefined;
    const context = () => {
      admitted ??= admit(ask, deadline.signal, notes);
      return admitted;
    };
    try {
      const way = { context, notes };
      return (await answerShortly(ask, way)) ?? (await answerByApollo(ask, way));
    } catch (error) {
      log.error("graphql.failed", { ...errorFacts(error), requestId: ask.requestId });
      return { status: 500, headers: [["content-type", "application/json; charset=utf-8"]], body: FAILED, notes };
    } finally {
      clearTimeout(timer);
    }
  };

  return { schema, answer, close: () => apollo.stop() };
}

const FAILED = JSON.stringify({
  errors: [{ message: "Something went wrong inside the gateway.", extensions: { code: "INTERNAL" } }],
});
