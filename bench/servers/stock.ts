/** The stock set-up: Apollo Server, TypeGraphQL, MikroORM entities and DataLoader, wired as their guides wire them. */
import "reflect-metadata";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { MikroORM } from "@mikro-orm/postgresql";
import { GraphQLError } from "graphql";
import { buildSchema } from "type-graphql";
import { hashApiKey } from "#dist/identity/api-key-format.js";
import { databaseUrl, openSharedVault, POOL_SIZE, port } from "./settings.js";
import { ApiKeyEntity, entities } from "./stock-entities.js";
import {
  ConnectionResolver,
  ConsumerResolver,
  openLoaders,
  SaveProfileResolver,
  type StockContext,
  StoreResolver,
} from "./stock-resolvers.js";

const orm = await MikroORM.init({ clientUrl: databaseUrl, entities, pool: { min: 0, max: POOL_SIZE }, debug: false });
const vault = await openSharedVault();
const schema = await buildSchema({
  resolvers: [ConsumerResolver, ConnectionResolver, StoreResolver, SaveProfileResolver],
});

type Known = Pick<StockContext, "orgId" | "environment"> & { readonly until: number };
const callers = new Map<string, Known>();

async function authenticate(header: string | undefined): Promise<Known> {
  const key = header?.startsWith("Bearer ") ? header.slice(7) : "";
  const known = callers.get(key);
  if (known !== undefined && known.until > Date.now()) return known;
  const row = await orm.em.fork().findOne(ApiKeyEntity, { hash: hashApiKey(key), revokedAt: null });
  if (row === null) throw new GraphQLError("Unauthenticated", { extensions: { code: "UNAUTHENTICATED" } });
  const caller = { orgId: row.orgId, environment: row.environment, until: Date.now() + 10_000 };
  callers.set(key, caller);
  return caller;
}

await startStandaloneServer(new ApolloServer<StockContext>({ schema }), {
  listen: { port, host: "127.0.0.1" },
  context: async ({ req }) => {
    const { orgId, environment } = await authenticate(req.headers.authorization);
    const em = orm.em.fork();
    return { em, vault, orgId, environment, load: openLoaders(em, orgId) };
  },
});

process.on("SIGTERM", () => process.exit(0));
