import { defineEntity, p } from "@mikro-orm/core";
import type { ApiKeyId, ConsumerId, ImpersonationId, StoreId } from "../../kernel/ids.js";
import { environment, moment, orgId } from "./columns.js";

export const ImpersonationEntity = defineEntity({
  name: "Impersonation",
  tableName: "impersonation",
  primaryKeys: ["orgId", "id"],
  uniques: [
    { name: "impersonation_environment_id", properties: ["orgId", "environment", "id"] },
    // One place for each operator at each Store, for as long as its key is there.
    {
      name: "impersonation_operator",
      properties: ["orgId", "environment", "storeId", "operatorKey"],
      where: { wrapped: { $ne: null } },
    },
  ],
  indexes: [
    { name: "impersonation_store", properties: ["orgId", "environment", "storeId"] },
    { name: "impersonation_consumer", properties: ["orgId", "environment", "consumerId"] },
    { name: "impersonation_due", properties: ["dueAt"], where: { dueAt: { $ne: null } } },
  ],
  properties: {
    orgId: orgId(),
    id: p.uuid().$type<ImpersonationId>().primary(),
    environment: environment(),
    storeId: p.uuid().$type<StoreId>(),
    consumerId: p.uuid().$type<ConsumerId>().nullable(),
    state: p.enum(["VERIFYING", "ACTIVE", "ENDED", "DENIED", "EXPIRED", "BROKEN"]),
    stateReason: p.text().nullable(),
    why: p.text().nullable(),
    operator: p.text(),
    operatorKey: p.text(),
    isVouched: p.boolean(),
    keyId: p.uuid().$type<ApiKeyId>().nullable(),
    reason: p.text(),
    expiresAt: p.datetime(3),
    canImpersonate: p.boolean().nullable(),
    account: p.text().nullable(),
    emailDigest: p.blob().$type<Buffer>().nullable(),
    keyVersion: p.integer().nullable(),
    kekVersion: p.integer().nullable(),
    wrapped: p.blob().$type<Buffer>().nullable(),
    customer: p.blob().$type<Buffer>().nullable(),
    secret: p.blob().$type<Buffer>().nullable(),
    endReason: p.text().nullable(),
    endState: p.enum(["ENDED", "DENIED", "EXPIRED"]).nullable(),
    farewellSince: p.datetime(3).nullable(),
    farewellCredentials: p.blob().$type<Buffer>().nullable(),
    storeAgreed: p.boolean().nullable(),
    leaseUntil: p.datetime(3).nullable(),
    dueAt: p.datetime(3).nullable(),
    checkedAt: p.datetime(3).nullable(),
    createdAt: moment(),
    updatedAt: moment(),
    startedAt: p.datetime(3).nullable(),
    endedAt: p.datetime(3).nullable(),
  },
});
