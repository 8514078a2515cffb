/** Resolvers over entities, with DataLoaders for what hangs below a list: as the libraries' guides show them. */
import type { EntityManager } from "@mikro-orm/postgresql";
import DataLoader from "dataloader";
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { asId, fromWire, toWire } from "#dist/kernel/ids.js";
import type { Vault } from "#dist/vault/index.js";
import { maskProfile, openProfile, readProfile, sealProfile } from "./profile.js";
import {
  ConnectionEntity,
  type ConnectionRow,
  ConsumerEntity,
  ConsumerIndexEntity,
  ConsumerKeyEntity,
  type ConsumerRow,
  ProfileEntity,
  StoreEntity,
} from "./stock-entities.js";
import * as types from "./stock-types.js";

export interface StockContext {
  readonly em: EntityManager;
  readonly vault: Vault;
  readonly orgId: string;
  readonly environment: string;
  readonly load: ReturnType<typeof openLoaders>;
}

/** One value for each key, in the keys' order. */
function byKey<Row, Key>(keys: readonly Key[], rows: readonly Row[], keyOf: (row: Row) => Key): (Row | null)[] {
  const found = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => found.get(key) ?? null);
}

/** For one request. */
export function openLoaders(em: EntityManager, orgId: string) {
  return {
    keys: new DataLoader(async (ids: readonly string[]) => {
      const rows = await em.find(ConsumerKeyEntity, { orgId, consumerId: { $in: [...ids] } });
      return byKey(ids, rows, (row) => row.consumerId);
    }),
    profiles: new DataLoader(async (ids: readonly string[]) => {
      const rows = await em.find(ProfileEntity, { orgId, consumerId: { $in: [...ids] } });
      return byKey(ids, rows, (row) => row.consumerId);
    }),
    connections: new DataLoader(async (ids: readonly string[]) => {
      const where = { orgId, consumerId: { $in: [...ids] } };
      const rows = await em.find(ConnectionEntity, where, { orderBy: { id: "asc" } });
      return ids.map((id) => rows.filter((row) => row.consumerId === id));
    }),
    stores: new DataLoader(async (ids: readonly string[]) => {
      const rows = await em.find(StoreEntity, { orgId, id: { $in: [...ids] } });
      return byKey(ids, rows, (row) => row.id);
    }),
  };
}

@Resolver(() => types.Consumer)
export class ConsumerResolver {
  @Query(() => types.Consumer, { nullable: true })
  consumer(
    @Ctx() { em, orgId, environment }: StockContext,
    @Arg("externalId", () => String) externalId: string,
  ): Promise<ConsumerRow | null> {
    return em.findOne(ConsumerEntity, { orgId, environment, externalId });
  }

  @Query(() => types.ConsumerPage)
  async consumers(
    @Ctx() { em, orgId, environment }: StockContext,
    @Arg("first", () => Int) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null,
  ) {
    const from = after === null ? null : fromWire("csm", after);
    const where = { orgId, environment, ...(from === null ? {} : { id: { $lt: from } }) };
    const rows = await em.find(ConsumerEntity, where, { orderBy: { id: "desc" }, limit: first + 1 });
    const nodes = rows.slice(0, first);
    const last = nodes.at(-1);
    return {
      nodes,
      pageInfo: {
        hasNextPage: rows.length > first,
        endCursor: last === undefined ? null : toWire("csm", asId("csm", last.id)),
      },
    };
  }

  @FieldResolver(() => ID)
  id(@Root() consumer: ConsumerRow): string {
    return toWire("csm", asId("csm", consumer.id));
  }

  @FieldResolver(() => types.Profile, { nullable: true })
  async profile(@Root() consumer: ConsumerRow, @Ctx() context: StockContext) {
    const [key, profile] = await Promise.all([
      context.load.keys.load(consumer.id),
      context.load.profiles.load(consumer.id),
    ]);
    if (key === null || profile === null) return null;
    const org = await context.vault.org(asId("org", context.orgId));
    return org.withConsumer(asId("csm", consumer.id), key, (box) => maskProfile(openProfile(box, profile)));
  }

  @FieldResolver(() => [types.Connection])
  connections(@Root() consumer: ConsumerRow, @Ctx() { load }: StockContext): Promise<ConnectionRow[]> {
    return load.connections.load(consumer.id);
  }
}

@Resolver(() => types.Connection)
export class ConnectionResolver {
  @FieldResolver(() => ID)
  id(@Root() connection: ConnectionRow): string {
    return toWire("con", asId("con", connection.id));
  }

  @FieldResolver(() => types.Store)
  store(@Root() connection: ConnectionRow, @Ctx() { load }: StockContext) {
    return load.stores.load(connection.storeId);
  }
}

@Resolver(() => types.Store)
export class StoreResolver {
  @FieldResolver(() => ID)
  id(@Root() store: types.Store): string {
    return toWire("sto", asId("sto", store.id));
  }
}

@Resolver()
export class SaveProfileResolver {
  @Mutation(() => types.SaveProfilePayload)
  async saveProfile(
    @Ctx() { em, vault, orgId, environment }: StockContext,
    @Arg("input", () => types.SaveProfileInput) { externalId, profile: given }: types.SaveProfileInput,
  ) {
    const plain = readProfile({ buyer: { ...given.buyer }, address: { ...given.address } });
    const org = await vault.org(asId("org", orgId));
    const consumer = await em.transactional(async (tx) => {
      const found = await tx.findOneOrFail(ConsumerEntity, { orgId, environment, externalId });
      const key = await tx.findOneOrFail(ConsumerKeyEntity, { orgId, consumerId: found.id });
      const profile = await tx.findOneOrFail(ProfileEntity, { orgId, consumerId: found.id });
      const sealed = org.withConsumer(asId("csm", found.id), key, (box) => sealProfile(box, plain));
      tx.assign(profile, { ...sealed, revision: profile.revision + 1, updatedAt: new Date() });
      await tx.nativeDelete(ConsumerIndexEntity, {
        orgId,
        consumerId: found.id,
        field: { $in: ["email", "document"] },
      });
      const indexed = { email: plain.email ?? "", document: plain.document.document ?? "" };
      for (const field of ["email", "document"] as const) {
        for (const { value, version } of org.blindIndex(field, indexed[field])) {
          tx.create(ConsumerIndexEntity, { orgId, field, bidx: value, keyVersion: version, consumerId: found.id });
        }
      }
      return found;
    });
    return { created: false, consumer, profile: maskProfile(plain), userErrors: [] };
  }
}
