import { defineEntity, p } from "@mikro-orm/core";
import type { ApiKeyId, OperatorLoginId, StoreId } from "../../kernel/ids.js";
import { environment, moment, orgId } from "./columns.js";

export const OperatorLoginEntity = defineEntity({
  name: "OperatorLogin",
  tableName: "operator_login",
  primaryKeys: ["orgId", "id"],
  uniques: [{ name: "operator_login_environment_id", properties: ["orgId", "environment", "id"] }],
  indexes: [
    { name: "operator_login_operator", properties: ["orgId", "environment", "storeId", "operatorKey"] },
    { name: "operator_login_due", properties: ["dueAt"], where: { dueAt: { $ne: null } } },
    { name: "operator_login_session", properties: ["sessionId"], where: { sessionId: { $ne: null } } },
  ],
  properties: {
    orgId: orgId(),
    id: p.uuid().$type<OperatorLoginId>().primary(),
    environment: environment(),
    storeId: p.uuid().$type<StoreId>(),
    state: p.enum(["PENDING", "ACTIVE", "EXPIRED", "DISCONNECTED", "FAILED"]),
    stateReason: p.text().nullable(),
    operator: p.text(),
    operatorKey: p.text().collation("C"),
    isVouched: p.boolean(),
    keyId: p.uuid().$type<ApiKeyId>().nullable(),
    isByToken: p.boolean(),
    keyVersion: p.integer().nullable(),
    kekVersion: p.integer().nullable(),
    wrapped: p.blob().$type<Buffer>().nullable(),
    question: p.blob().$type<Buffer>().nullable(),
    secret: p.blob().$type<Buffer>().nullable(),
    sessionId: p.text().nullable(),
    leaseUntil: p.datetime(3).nullable(),
    expiresAt: p.datetime(3),
    dueAt: p.datetime(3).nullable(),
    createdAt: moment(),
    updatedAt: moment(),
    connectedAt: p.datetime(3).nullable(),
    endedAt: p.datetime(3).nullable(),
  },
});
