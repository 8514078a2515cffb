import { defineEntity, p } from "@mikro-orm/core";
import type { StoreId } from "../../kernel/ids.js";
import { environment, orgId } from "./columns.js";

export const StoreMemoryEntity = defineEntity({
  name: "StoreMemory",
  tableName: "store_memory",
  primaryKeys: ["orgId", "storeId", "name"],
  properties: {
    orgId: orgId(),
    environment: environment(),
    storeId: p.uuid().$type<StoreId>().primary(),
    name: p.blob().$type<Buffer>().primary(),
    sealed: p.blob().$type<Buffer>().nullable(),
    print: p.blob().$type<Buffer>().nullable(),
    freshUntil: p.datetime(3).nullable(),
    leaseUntil: p.datetime(3).nullable(),
  },
});

/** Of no org: a store counts its calls by the address that they come from. */
export const StoreAllowanceEntity = defineEntity({
  name: "StoreAllowance",
  tableName: "store_allowance",
  properties: {
    name: p.text().primary(),
    taken: p.array().columnType("timestamptz[]").$type<readonly string[]>(),
  },
});
