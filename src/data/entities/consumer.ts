import { defineEntity, p } from "@mikro-orm/core";
import type { ConsumerId } from "../../kernel/ids.js";
import { environment, moment, orgId } from "./columns.js";

const consumerKey = () => p.uuid().$type<ConsumerId>().primary();
const unit = () => p.blob().$type<Buffer>().nullable();

export const ConsumerEntity = defineEntity({
  name: "Consumer",
  tableName: "consumer",
  primaryKeys: ["orgId", "id"],
  uniques: [
    // What other tables point at, so that nothing of one environment hangs on another's consumer; also pages.
    { name: "consumer_environment_id", properties: ["orgId", "environment", "id"] },
    { name: "consumer_external_id", properties: ["orgId", "environment", "externalId"] },
    { name: "consumer_shopper_reference", properties: ["orgId", "environment", "shopperReference"] },
  ],
  properties: {
    orgId: orgId(),
    id: consumerKey(),
    environment: environment(),
    externalId: p.text().collation("C"),
    shopperReference: p.text().collation("C"),
    status: p.enum(["PROSPECT", "ACQUIRED", "REPEAT", "FROZEN", "ANONYMIZED"]).default("PROSPECT"),
    orderCount: p.integer().default(0),
    keyVersionLast: p.integer().default(0),
    createdAt: moment(),
    updatedAt: moment(),
  },
});

/** Deleting the row forgets the consumer: nothing else unwraps what was sealed. */
export const ConsumerKeyEntity = defineEntity({
  name: "ConsumerKey",
  tableName: "consumer_key",
  primaryKeys: ["orgId", "consumerId"],
  properties: {
    orgId: orgId(),
    consumerId: consumerKey(),
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
    orgId: orgId(),
    consumerId: consumerKey(),
    revision: p.integer(),
    name: unit(),
    email: unit(),
    document: unit(),
    phone: unit(),
    address: unit(),
    company: unit(),
    updatedAt: moment(),
  },
});

/** Not unique over consumers: two shoppers may share an e-mail, and a refusal would tell that one exists. */
export const ConsumerIndexEntity = defineEntity({
  name: "ConsumerIndex",
  tableName: "consumer_index",
  primaryKeys: ["orgId", "field", "bidx", "keyVersion", "consumerId"],
  indexes: [{ name: "consumer_index_consumer", properties: ["orgId", "consumerId"] }],
  properties: {
    orgId: orgId(),
    field: p.text().primary(),
    bidx: p.blob().$type<Buffer>().primary(),
    keyVersion: p.integer().primary(),
    consumerId: consumerKey(),
  },
});
