/** Every error that leaves the desk: fixed sentences, never a word of what was sent. */
import { randomUUID } from "node:crypto";
import { GraphQLError, type GraphQLErrorOptions, type GraphQLFormattedError, type SourceLocation } from "graphql";
import { errorFacts, type Log } from "../kernel/log.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import type { UserError } from "./types/shared.js";
import { wordsFor } from "./validation-words.js";

type Extensions = Readonly<Record<string, unknown>> & { readonly code: string };

type Place = Pick<GraphQLErrorOptions, "nodes" | "path"> & { readonly locations?: readonly SourceLocation[] };

/** An error whose message and extensions were written here, and may be sent as they are. */
export class DeskError extends GraphQLError {
  constructor(message: string, extensions: Extensions, at: Place = {}) {
    super(message, { nodes: at.nodes, path: at.path, extensions });
    this.name = "DeskError";
    if (at.locations !== undefined)
      Object.defineProperty(this, "locations", { value: at.locations, enumerable: true, configurable: true });
  }
}

const toUserError = (refusal: Refusal): UserError => ({
  code: refusal.code,
  field: refusal.field,
  message: refusal.message,
  retry: refusal.retry,
  nextAction: refusal.nextAction,
  retryAfterMs: refusal.retryAfterMs,
});

/** The refusals in an error, as the graph's user errors; null when it is something else. */
export function userErrorsOf(error: unknown): readonly UserError[] | null {
  if (error instanceof Refusal) return [toUserError(error)];
  if (error instanceof Refusals) return error.refusals.map(toUserError);
  return null;
}

const retryName = (retry: Refusal["retry"]): string => retry.replace("-", "_").toUpperCase();

function refusalExtensions(refusal: Refusal): Extensions {
  const { code, field, nextAction, retryAfterMs } = refusal;
  return {
    code,
    retry: retryName(refusal.retry),
    ...(field === null ? {} : { field }),
    nextAction,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  };
}

/** What HTTP says when a request as a whole is refused. */
const HTTP: Readonly<Record<string, { readonly status: number; readonly headers?: Map<string, string> }>> = {
  UNAUTHENTICATED: { status: 401, headers: new Map([["www-authenticate", 'Bearer realm="shopkey"']]) },
  FORBIDDEN: { status: 403 },
  STORE_UNAVAILABLE: { status: 503 },
};

/** A refusal of one field, or of the whole request when no place is given. */
export function refusalError(refusal: Refusal, at?: Place): DeskError {
  const extensions = refusalExtensions(refusal);
  const http = at === undefined ? HTTP[refusal.code] : undefined;
  return new DeskError(refusal.message, http === undefined ? extensions : { ...extensions, http }, at);
}

/** A bug: logged with an id, and answered with that id and nothing else. */
export function internalError(error: unknown, log: Log, requestId: string | undefined, at?: Place): DeskError {
  const errorId = randomUUID();
  log.error("graphql.error", { ...errorFacts(error), errorId, requestId });
  return new DeskError("Something went wrong inside the gateway.", { code: "INTERNAL", errorId }, at);
}

/** GraphQL's own complaint that a nullable variable without a value stands where a value must be. */
const MISSING_ARGUMENT = /^Argument ".*" of (non-null|required) type/s;

function rootCause(error: GraphQLError): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && !(cause instanceof DeskError) && cause.originalError != null)
    cause = cause.originalError;
  return cause;
}

/** What an executor's error becomes, at the same path and place. */
export function settleError(error: GraphQLError, log: Log, requestId: string): DeskError {
  if (error instanceof DeskError) return error;
  const at = { path: error.path, locations: error.locations };
  const cause = rootCause(error);
  if (cause instanceof Refusal) return refusalError(cause, at);
  if (cause instanceof Refusals && cause.refusals[0] !== undefined) return refusalError(cause.refusals[0], at);
  if (cause instanceof DeskError) return new DeskError(cause.message, cause.extensions as Extensions, at);
  if (cause instanceof GraphQLError && MISSING_ARGUMENT.test(cause.message))
    return new DeskError("A required argument was given no value.", { code: "BAD_USER_INPUT" }, at);
  return internalError(cause, log, requestId, at);
}

const WORDS: Readonly<Record<string, string>> = {
  GRAPHQL_PARSE_FAILED: "The document is not valid GraphQL.",
  BAD_USER_INPUT: "A variable does not fit its type.",
  OPERATION_RESOLUTION_FAILURE: "The document has no such operation, or several and none was named.",
  BAD_REQUEST: "The request is not a well-formed GraphQL request.",
  PERSISTED_QUERY_NOT_SUPPORTED: "Persisted queries are not supported; send the document.",
};

/**
 * Makes Apollo's `formatError`: desk errors pass, GraphQL's own are reworded by their code and keep their places,
 * anything else is a bug and masked.
 */
export function openErrorFormat(log: Log): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const cause = error instanceof GraphQLError ? rootCause(error) : error;
    const { locations, path } = formatted;
    const place = { ...(locations === undefined ? {} : { locations }), ...(path === undefined ? {} : { path }) };
    if (cause instanceof DeskError) {
      const { http: _, ...extensions } = cause.extensions;
      return { message: cause.message, ...place, extensions };
    }
    const code = String(formatted.extensions?.code);
    if (code === "GRAPHQL_PARSE_FAILED" && formatted.message.includes("tokens"))
      return { message: "The document is too long.", extensions: { code: "LIMIT_EXCEEDED", limit: "tokens" } };
    if (code === "GRAPHQL_VALIDATION_FAILED")
      return { message: wordsFor(formatted.message), ...place, extensions: { code } };
    const message = WORDS[code];
    if (message !== undefined) return { message, ...place, extensions: { code } };
    return internalError(cause, log, undefined).toJSON();
  };
}
