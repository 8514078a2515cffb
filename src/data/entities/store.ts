import { defineEntity, p } from "@mikro-orm/core";
import type { ConnectionId, ConsumerId, StoreId } from "../../kernel/ids.js";
import type { Json } from "../rows.js";
import { environment, moment, orgId } from "./columns.js";

export const StoreEntity = defineEntity({
  name: "Store",
  tableName: "store",
  primaryKeys: ["orgId", "id"],
  uniques: [
    { name: "store_environment_id", properties: ["orgId", "environment", "id"] },
    {
      name: "store_slug",
      properties: ["orgId", "environment", "slug"],
      where: { removedAt: null },
    },
  ],
  indexes: [{ name: "store_address", properties: ["id"] }],
  properties: {
    orgId: orgId(),
    id: p.uuid().$type<StoreId>().primary(),
    environment: environment(),
    slug: p.text(),
    adapter: p.text(),
    title: p.text(),
    settings: p.json().$type<Json>().default("{}"),
    credentials: p.blob().$type<Buffer>().nullable(),
    createdAt: moment(),
    updatedAt: moment(),
    removedAt: p.datetime(3).nullable(),
  },
});

export const ConnectionEntity = defineEntity({
  name: "Connection",
  tableName: "connection",
  primaryKeys: ["orgId", "id"],
  uniques: [{ name: "connection_once", properties: ["orgId", "consumerId", "storeId"] }],
  indexes: [
    { name: "connection_store", properties: ["orgId", "environment", "storeId"] },
    { name: "connection_due", properties: ["dueAt"], where: { dueAt: { $ne: null } } },
    {
      name: "connection_attempt_session",
      properties: ["attemptSessionId"],
      where: { attemptSessionId: { $ne: null } },
    },
    {
      name: "connection_hand_off_session",
      properties: ["handOffSessionId"],
      where: { handOffSessionId: { $ne: null } },
    },
  ],
  properties: {
    orgId: orgId(),
    id: p.uuid().$type<ConnectionId>().primary(),
    environment: environment(),
    consumerId: p.uuid().$type<ConsumerId>(),
    storeId: p.uuid().$type<StoreId>(),
    via: p.enum(["PROFILE", "LOGIN"]),
    status: p.enum(["PENDING", "ACTIVE", "EXPIRED", "DISCONNECTED", "FAILED"]),
    statusReason: p.text().nullable(),
    accountLabel: p.blob().$type<Buffer>().nullable(),
    secret: p.blob().$type<Buffer>().nullable(),
    createdAt: moment(),
    updatedAt: moment(),
    lastVerifiedAt: p.datetime(3).nullable(),
    lastUsedAt: p.datetime(3).nullable(),
    attemptId: p.uuid().$type<string>().nullable(),
    attemptState: p.enum(["BEGUN", "ASKED", "CONNECTED", "FAILED", "CANCELLED", "LAPSED"]).nullable(),
    attemptExpiresAt: p.datetime(3).nullable(),
    attemptLeaseUntil: p.datetime(3).nullable(),
    attemptAnswers: p.integer().default(0),
    pending: p.blob().$type<Buffer>().nullable(),
    accountDigest: p.blob().$type<Buffer>().nullable(),
    generation: p.integer().default(0),
    suspicions: p.integer().default(0),
    farewellAt: p.datetime(3).nullable(),
    farewellSince: p.datetime(3).nullable(),
    storeAgreed: p.boolean().nullable(),
    dueAt: p.datetime(3).nullable(),
    contextId: p.text().nullable(),
    contextGeneration: p.integer().default(0),
    contextKey: p.blob().$type<Buffer>().nullable(),
    attemptContextId: p.text().nullable(),
    leftContexts: p.array().$type<readonly string[]>().default([]),
    attemptSessionId: p.text().nullable(),
    handOffSessionId: p.text().nullable(),
  },
});
