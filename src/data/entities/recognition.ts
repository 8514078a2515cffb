/** By what shoppers are known at a Store's door. Keys are digests that only the org's key can make. */
import { defineEntity, p } from "@mikro-orm/core";
import type { ConnectionId, ConsumerId, StoreId } from "../../kernel/ids.js";
import { environment, moment, orgId } from "./columns.js";

/** A shopper as one Store knows them: an opaque random id for each standing. */
export const RecognitionEntity = defineEntity({
  name: "Recognition",
  tableName: "recognition",
  primaryKeys: ["orgId", "storeId", "id"],
  uniques: [{ name: "recognition_standing", properties: ["orgId", "connectionId", "standing"] }],
  indexes: [{ name: "recognition_consumer", properties: ["consumerId"] }],
  properties: {
    orgId: orgId(),
    storeId: p.uuid().$type<StoreId>().primary(),
    id: p.uuid().$type<string>().primary(),
    environment: environment(),
    consumerId: p.uuid().$type<ConsumerId>(),
    connectionId: p.uuid().$type<ConnectionId>(),
    standing: p.text(),
    /** The connection is ACTIVE: kept here, so that a question need not ask for it. */
    isOpen: p.boolean().default(true),
    createdAt: moment(),
  },
});

export const RecognitionKeyEntity = defineEntity({
  name: "RecognitionKey",
  tableName: "recognition_key",
  primaryKeys: ["orgId", "storeId", "digest"],
  indexes: [{ name: "recognition_key_of", properties: ["recognitionId"] }],
  properties: {
    orgId: orgId(),
    storeId: p.uuid().$type<StoreId>().primary(),
    digest: p.blob().$type<Buffer>().primary(),
    environment: environment(),
    recognitionId: p.uuid().$type<string>(),
    space: p.text(),
    once: p.boolean(),
    issuedAt: p.datetime(6).defaultRaw("clock_timestamp()"),
    spentAt: p.datetime(3).nullable(),
  },
});

/** What was answered, for whoever asks the same again; ten minutes long. */
export const RecognitionAnswerEntity = defineEntity({
  name: "RecognitionAnswer",
  tableName: "recognition_answer",
  primaryKeys: ["orgId", "storeId", "fingerprint"],
  indexes: [
    {
      name: "recognition_answer_age",
      expression: "create index recognition_answer_age on recognition_answer using brin (created_at)",
    },
  ],
  properties: {
    orgId: orgId(),
    storeId: p.uuid().$type<StoreId>().primary(),
    fingerprint: p.blob().$type<Buffer>().primary(),
    environment: environment(),
    recognitionId: p.uuid().$type<string>().nullable(),
    known: p.boolean(),
    createdAt: moment(),
  },
});

/** Whoever was known and turned away, and why: for the org to see what keeps a door closed. */
export const RecognitionRefusalEntity = defineEntity({
  name: "RecognitionRefusal",
  tableName: "recognition_refusal",
  primaryKeys: ["orgId", "storeId", "id"],
  indexes: [
    { name: "recognition_refusal_of", properties: ["orgId", "storeId", "recognitionId", "at"] },
    { name: "recognition_refusal_at", properties: ["orgId", "at"] },
  ],
  properties: {
    orgId: orgId(),
    storeId: p.uuid().$type<StoreId>().primary(),
    id: p.uuid().$type<string>().primary().defaultRaw("gen_random_uuid()"),
    environment: environment(),
    recognitionId: p.uuid().$type<string>(),
    reason: p.text(),
    at: moment(),
  },
});

/** What is left of a caller's rate, for all gateways together. */
export const RouteRateEntity = defineEntity({
  name: "RouteRate",
  tableName: "route_rate",
  primaryKeys: ["orgId", "storeId", "caller"],
  properties: {
    orgId: orgId(),
    storeId: p.uuid().$type<StoreId>().primary(),
    caller: p.blob().$type<Buffer>().primary(),
    environment: environment(),
    tokens: p.double(),
    at: p.datetime(6),
  },
});
