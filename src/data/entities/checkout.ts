import { defineEntity, p } from "@mikro-orm/core";
import type { ApiKeyId, CheckoutId, ConsumerId, ImpersonationId, StoreId } from "../../kernel/ids.js";
import type { Json } from "../rows.js";
import { environment, moment, orgId } from "./columns.js";

export const CheckoutEntity = defineEntity({
  name: "Checkout",
  tableName: "checkout",
  primaryKeys: ["orgId", "id"],
  uniques: [
    { name: "checkout_environment_id", properties: ["orgId", "environment", "id"] },
    {
      name: "checkout_idempotency_key",
      properties: ["orgId", "environment", "idempotencyKey"],
      where: { idempotencyKey: { $ne: null } },
    },
  ],
  indexes: [
    { name: "checkout_consumer", properties: ["orgId", "environment", "consumerId"] },
    { name: "checkout_store", properties: ["orgId", "environment", "storeId"] },
    { name: "checkout_impersonation", properties: ["orgId", "environment", "impersonationId"] },
    { name: "checkout_pending", properties: ["leaseUntil"], where: { state: "PENDING" } },
  ],
  properties: {
    orgId: orgId(),
    id: p.uuid().$type<CheckoutId>().primary(),
    environment: environment(),
    consumerId: p.uuid().$type<ConsumerId>(),
    storeId: p.uuid().$type<StoreId>(),
    state: p.enum(["PENDING", "APPLIED", "ORDERED", "FAILED"]),
    idempotencyKey: p.text().nullable(),
    fingerprint: p.blob().$type<Buffer>().nullable(),
    cart: p.json().$type<Json>(),
    hasOverrides: p.boolean(),
    checkpoint: p.text().nullable(),
    leaseUntil: p.datetime(3).nullable(),
    purpose: p.text().nullable(),
    cartId: p.text().nullable(),
    cartUrl: p.text().nullable(),
    totalMinor: p.bigint("number").nullable(),
    currency: p.text().nullable(),
    sources: p.json().$type<Readonly<Record<string, string>>>().default("{}"),
    masks: p.blob().$type<Buffer>().nullable(),
    handOff: p.blob().$type<Buffer>().nullable(),
    remarks: p.array().$type<readonly string[]>().default([]),
    reason: p.text().nullable(),
    retryAfterMs: p.integer().nullable(),
    failedFields: p.array().$type<readonly string[]>().default([]),
    orderReference: p.text().nullable(),
    keyId: p.uuid().$type<ApiKeyId>().nullable(),
    impersonationId: p.uuid().$type<ImpersonationId>().nullable(),
    createdAt: moment(),
    settledAt: p.datetime(3).nullable(),
  },
});

export const OrderReportEntity = defineEntity({
  name: "OrderReport",
  tableName: "order_report",
  primaryKeys: ["orgId", "environment", "consumerId", "reference"],
  indexes: [
    { name: "order_report_store", properties: ["orgId", "environment", "storeId"] },
    { name: "order_report_checkout", properties: ["orgId", "environment", "checkoutId"] },
  ],
  properties: {
    orgId: orgId(),
    environment: environment().primary(),
    consumerId: p.uuid().$type<ConsumerId>().primary(),
    reference: p.text().primary(),
    storeId: p.uuid().$type<StoreId>().nullable(),
    checkoutId: p.uuid().$type<CheckoutId>().nullable(),
    reportedAt: moment(),
  },
});
