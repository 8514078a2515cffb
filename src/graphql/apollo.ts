/** Apollo Server as this desk wants it: our executor, our errors, our limits, and nothing that calls home. */
import {
  ApolloServer,
  type ApolloServerPlugin,
  type BaseContext,
  type GraphQLRequestContext,
  type GraphQLRequestListener,
} from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import {
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  visit,
} from "graphql";
import type { Log } from "../kernel/log.js";
import { Refusal } from "../kernel/refusal.js";
import type { Desk } from "./desk.js";
import { refusalError } from "./errors.js";
import type { Execute } from "./executor.js";
import { type KnownDocuments, openDocumentStore } from "./known.js";
import { openCost } from "./limits/cost.js";
import { LIMITS, limitError } from "./limits/limits.js";
import { OperationKindsRule } from "./limits/operation-kinds.js";
import { ShapeRule } from "./limits/shape.js";

/** What one request tells the access log and the metrics; filled in as it becomes known. */
export interface RequestNotes {
  operationType: string;
  keyId: string | null;
  orgId: string | null;
  /** Codes of the errors at the top level. */
  codes: readonly string[];
}

export interface DeskContext extends BaseContext, Desk {
  readonly notes: RequestNotes;
}

function isIntrospection(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field: (node) => {
      found ||= node.name.value === "__schema" || node.name.value === "__type";
    },
  });
  return found;
}

/** With a live key the schema is told to those who may read it. */
function openIntrospectionGate(): (document: DocumentNode, desk: Desk) => void {
  const known = new WeakMap<DocumentNode, boolean>();
  return (document, { caller }) => {
    if (caller.scope.environment === "test" || caller.scopes.has("schema:read")) return;
    const introspects = known.get(document) ?? isIntrospection(document);
    known.set(document, introspects);
    if (!introspects) return;
    throw refusalError(
      new Refusal("FORBIDDEN", "Introspection with a live key needs the scope schema:read.", {
        nextAction: "Use a test key, or a key that has the scope schema:read.",
      }),
    );
  };
}

type Context = GraphQLRequestContext<DeskContext>;
const UNDERSTOOD_AS_BAD = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "OPERATION_RESOLUTION_FAILURE",
  "LIMIT_EXCEEDED",
]);

/**
 * A client that speaks plain `application/json` gets 200 for a well-formed request whatever became of it, as GraphQL
 * over HTTP has it; Apollo would say 400.
 */
function settleStatus({ request, response }: Context, code: string | undefined): void {
  if (code === undefined || !UNDERSTOOD_AS_BAD.has(code) || response.http.status === undefined) return;
  const accepts = request.http?.headers.get("accept") ?? "";
  if (!accepts.includes("application/graphql-response+json")) response.http.status = 200;
}

/** What every operation must pass before it runs; its cost. Throws a DeskError. */
export type Inspect = (
  operation: OperationDefinitionNode,
  ask: {
    readonly document: DocumentNode;
    readonly variables?: Readonly<Record<string, unknown>>;
    readonly desk: DeskContext;
  },
) => number;

export function openInspection(schema: GraphQLSchema): Inspect {
  const costOf = openCost(schema);
  const gate = openIntrospectionGate();
  return (operation, { document, variables, desk }) => {
    desk.notes.operationType = operation.operation;
    gate(document, desk);
    const cost = costOf(document, operation, variables);
    if (cost > LIMITS.cost) throw limitError("cost");
    return cost;
  };
}

function openPlugin(inspect: Inspect, known: KnownDocuments): ApolloServerPlugin<DeskContext> {
  const listener: GraphQLRequestListener<DeskContext> = {
    async didResolveOperation({ document, operation, request, contextValue, source }) {
      if (operation === undefined) return;
      inspect(operation, { document, variables: request.variables, desk: contextValue });
      known.remember(source, document);
    },
    async willSendResponse(context) {
      const { body } = context.response;
      if (body.kind !== "single" || body.singleResult.errors === undefined) return;
      const codes = body.singleResult.errors.map((error) => String(error.extensions?.code));
      context.contextValue.notes.codes = codes;
      if (body.singleResult.data === undefined) settleStatus(context, codes[0]);
    },
  };
  return {
    async requestDidStart() {
      return listener;
    },
  };
}

/** Our executor, in the one place where Apollo lets an executor in. */
function openGateway(schema: GraphQLSchema, run: Execute) {
  return {
    async load() {
      return {
        executor: ({ document, context, request }: ExecutorAsk) =>
          run({ document, operationName: request.operationName, variables: request.variables, desk: context as Desk }),
      };
    },
    onSchemaLoadOrUpdate(listen: (loaded: { apiSchema: GraphQLSchema; coreSupergraphSdl: string }) => void) {
      listen({ apiSchema: schema, coreSupergraphSdl: "" });
      return () => {};
    },
    async stop() {},
  };
}
interface ExecutorAsk {
  readonly document: DocumentNode;
  readonly context: unknown;
  readonly request: { readonly operationName?: string; readonly variables?: Record<string, unknown> };
}

const silent = () => {};

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly log: Log;
  readonly run: Execute;
  readonly inspect: Inspect;
  readonly format: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
  readonly known: KnownDocuments;
}

/** A started server. */
export async function openApollo({ schema, log, run, inspect, format, known }: ApolloOptions) {
  const apollo = new ApolloServer<DeskContext>({
    gateway: openGateway(schema, run),
    formatError: format,
    introspection: true,
    validationRules: [ShapeRule, OperationKindsRule],
    parseOptions: { maxTokens: LIMITS.tokens },
    validationOptions: { maxErrors: 10 },
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    documentStore: openDocumentStore(),
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    nodeEnv: "production",
    stringifyResult: (result) => JSON.stringify(result),
    // Apollo's own words may quote what was sent; whatever matters is logged by the desk.
    logger: { debug: silent, info: silent, warn: silent, error: () => log.error("graphql.apollo") },
    plugins: [
      openPlugin(inspect, known),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await apollo.start();
  return apollo;
}
