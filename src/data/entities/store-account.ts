import { defineEntity, p } from "@mikro-orm/core";
import type { ConnectionId, ConsumerId, StoreId } from "../../kernel/ids.js";
import { environment, moment, orgId } from "./columns.js";

export const StoreAccountEntity = defineEntity({
  name: "StoreAccount",
  tableName: "store_account",
  primaryKeys: ["orgId", "connectionId"],
  indexes: [
    { name: "store_account_told_of", properties: ["orgId", "environment", "storeId", "account"] },
    { name: "store_account_consumer", properties: ["orgId", "environment", "consumerId"] },
    { name: "store_account_due", properties: ["dueAt"], where: { dueAt: { $ne: null } } },
  ],
  properties: {
    orgId: orgId(),
    environment: environment(),
    connectionId: p.uuid().$type<ConnectionId>().primary(),
    consumerId: p.uuid().$type<ConsumerId>(),
    storeId: p.uuid().$type<StoreId>(),
    account: p.blob().$type<Buffer>(),
    standing: p.enum(["PROSPECT", "ACQUIRED", "REPEAT"]).nullable(),
    told: p.blob().$type<Buffer>().nullable(),
    /** Sealed. */
    groups: p.blob().$type<Buffer>().nullable().lazy(),
    attempts: p.integer().default(0),
    dueAt: p.datetime(3).nullable(),
    updatedAt: moment(),
  },
});
