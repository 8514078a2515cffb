import "reflect-metadata";
import { type GraphQLFieldResolver, type GraphQLObjectType, type GraphQLResolveInfo, GraphQLSchema } from "graphql";
import { buildSchemaSync, getMetadataStorage } from "type-graphql";
import type { Desk } from "./desk.js";
import { AnonymizationsResolver } from "./resolvers/anonymizations.js";
import { ApiKeysResolver } from "./resolvers/api-keys.js";
import { AuditEventsResolver } from "./resolvers/audit-events.js";
import { CheckoutsResolver } from "./resolvers/checkouts.js";
import { ConnectionsResolver } from "./resolvers/connections.js";
import { ConsumersResolver } from "./resolvers/consumers.js";
import { GateRefusalsResolver } from "./resolvers/gate-refusals.js";
import { ImpersonationsResolver } from "./resolvers/impersonations.js";
import { OperatorLoginsResolver } from "./resolvers/operator-logins.js";
import { ProfilesResolver } from "./resolvers/profiles.js";
import { StoreAccountsResolver } from "./resolvers/store-accounts.js";
import { StoresResolver } from "./resolvers/stores.js";
import { ViewerResolver } from "./resolvers/viewer.js";

const RESOLVERS = [
  ViewerResolver,
  StoresResolver,
  ConsumersResolver,
  ProfilesResolver,
  ConnectionsResolver,
  CheckoutsResolver,
  ImpersonationsResolver,
  OperatorLoginsResolver,
  AnonymizationsResolver,
  StoreAccountsResolver,
  ApiKeysResolver,
  AuditEventsResolver,
  GateRefusalsResolver,
] as const;

type Args = Readonly<Record<string, unknown>>;
type Handler = ReturnType<typeof getMetadataStorage>["queries"][number];
type Method = (...given: unknown[]) => unknown;

/**
 * A root field's resolver that hands the arguments over as graphql-js read them. TypeGraphQL's own copies every input
 * into a class instance, on which an absent field cannot be told from one declared and undefined, and awaits each.
 */
function plainResolver(handler: Handler, instance: object): GraphQLFieldResolver<unknown, Desk, Args> {
  const method = (instance as Record<string, unknown>)[handler.methodName] as Method;
  const readers = [...(handler.params ?? [])]
    .sort((a, b) => a.index - b.index)
    .map((param): ((args: Args, desk: Desk, info: GraphQLResolveInfo) => unknown) => {
      if (param.kind === "arg") return (args) => args[param.name];
      if (param.kind === "context") return (_, desk) => desk;
      if (param.kind === "info") return (_, __, info) => info;
      throw new TypeError(`${handler.methodName}: a root field takes the desk, arguments and info only`);
    });
  return (_, args, desk, info) =>
    method.apply(
      instance,
      readers.map((reader) => reader(args, desk, info)),
    );
}

function settleRoot(type: GraphQLObjectType, description: string, handlers: readonly Handler[]): void {
  type.description = description;
  const fields = type.getFields();
  for (const handler of handlers) {
    const field = fields[handler.schemaName];
    const Class = RESOLVERS.find((candidate) => candidate === handler.target);
    if (field === undefined || Class === undefined) continue;
    field.resolve = plainResolver(handler, new Class());
    if (field.extensions.scope !== undefined) field.description += `\n\nScope: \`${field.extensions.scope}\`.`;
  }
}

/** The graph, built from the classes of this room. */
export function buildGraph(): GraphQLSchema {
  const schema = buildSchemaSync({ resolvers: [...RESOLVERS], validate: false });
  const { queries, mutations } = getMetadataStorage();
  const query = schema.getQueryType();
  const mutation = schema.getMutationType();
  if (query == null || mutation == null) throw new TypeError("the graph has queries and mutations");
  settleRoot(query, "What can be asked. Nothing here changes anything.", queries);
  settleRoot(mutation, "What can be done. An expected no comes back in `userErrors`.", mutations);
  return new GraphQLSchema({
    ...schema.toConfig(),
    description:
      "Shopkey, a shopper identity gateway: acts for a shopper at a store, and never hands out what that takes.",
  });
}
