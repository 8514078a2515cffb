/** The tables as MikroORM entities, related as its guide shows. */
import { defineEntity, type InferEntity, p } from "@mikro-orm/core";

const id = () => p.uuid().primary();
const unit = () => p.blob().$type<Buffer>().nullable();
const moment = () => p.datetime(3).defaultRaw("now()");

export const ApiKeyEntity = defineEntity({
  name: "ApiKey",
  tableName: "api_key",
  primaryKeys: ["orgId", "id"],
  properties: {
    orgId: id(),
    id: id(),
    environment: p.string(),
    hash: p.blob().$type<Buffer>(),
    revokedAt: p.datetime(3).nullable(),
    expiresAt: p.datetime(3).nullable(),
  },
});

export const ConsumerEntity = defineEntity({
  name: "Consumer",
  tableName: "consumer",
  primaryKeys: ["orgId", "id"],
  properties: {
    orgId: id(),
    id: id(),
    environment: p.string(),
    externalId: p.text(),
    shopperReference: p.text(),
    status: p.string(),
    orderCount: p.integer(),
    createdAt: moment(),
    updatedAt: moment(),
  },
});
export type ConsumerRow = InferEntity<typeof ConsumerEntity>;

export const ConsumerKeyEntity = defineEntity({
  name: "ConsumerKey",
  tableName: "consumer_key",
  primaryKeys: ["orgId", "consumerId"],
  properties: {
    orgId: id(),
    consumerId: id(),
    version: p.integer(),
    kekVersion: p.integer(),
    wrapped: p.blob().$type<Buffer>(),
  },
});

export const ProfileEntity = defineEntity({
  name: "Profile",
  tableName: "profile",
  primaryKeys: ["orgId", "consumerId"],
  properties: {
    orgId: id(),
    consumerId: id(),
    revision: p.integer(),
    name: unit(),
    email: unit(),
    document: unit(),
    phone: unit(),
    address: unit(),
    updatedAt: moment(),
  },
});

export const ConsumerIndexEntity = defineEntity({
  name: "ConsumerIndex",
  tableName: "consumer_index",
  primaryKeys: ["orgId", "field", "bidx", "keyVersion", "consumerId"],
  properties: {
    orgId: id(),
    field: p.text().primary(),
    bidx: p.blob().$type<Buffer>().primary(),
    keyVersion: p.integer().primary(),
    consumerId: id(),
  },
});

export const StoreEntity = defineEntity({
  name: "Store",
  tableName: "store",
  primaryKeys: ["orgId", "id"],
  properties: { orgId: id(), id: id(), slug: p.text(), adapter: p.text(), title: p.text() },
});

export const ConnectionEntity = defineEntity({
  name: "Connection",
  tableName: "connection",
  primaryKeys: ["orgId", "id"],
  properties: {
    orgId: id(),
    id: id(),
    consumerId: p.uuid(),
    storeId: p.uuid(),
    via: p.string(),
    status: p.string(),
    createdAt: moment(),
    lastUsedAt: p.datetime(3).nullable(),
  },
});
export type ConnectionRow = InferEntity<typeof ConnectionEntity>;

export const entities = [
  ApiKeyEntity,
  ConsumerEntity,
  ConsumerKeyEntity,
  ProfileEntity,
  ConsumerIndexEntity,
  StoreEntity,
  ConnectionEntity,
];
