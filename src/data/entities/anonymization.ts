import { defineEntity, p } from "@mikro-orm/core";
import type { AnonymizationId, ConsumerId, StoreId } from "../../kernel/ids.js";
import type { Json } from "../rows.js";
import { environment, moment, orgId } from "./columns.js";

const anonymizationKey = () => p.uuid().$type<AnonymizationId>();

export const AnonymizationEntity = defineEntity({
  name: "Anonymization",
  tableName: "anonymization",
  primaryKeys: ["orgId", "id"],
  uniques: [
    { name: "anonymization_environment_id", properties: ["orgId", "environment", "id"] },
    // One at a time for each consumer.
    { name: "anonymization_open", properties: ["orgId", "consumerId"], where: { endedAt: null } },
  ],
  indexes: [
    { name: "anonymization_consumer", properties: ["orgId", "environment", "consumerId"] },
    { name: "anonymization_due", properties: ["dueAt"], where: { dueAt: { $ne: null } } },
  ],
  properties: {
    orgId: orgId(),
    id: anonymizationKey().primary(),
    environment: environment(),
    consumerId: p.uuid().$type<ConsumerId>(),
    regulation: p.enum(["LGPD", "GDPR", "CCPA"]),
    note: p.text().nullable(),
    state: p.enum(["REQUESTED", "IN_PROGRESS", "COMPLETED", "CANCELLED", "FAILED"]),
    actorKind: p.text(),
    actorId: p.uuid().$type<string>().nullable(),
    requestedAt: p.datetime(3),
    cancellableUntil: p.datetime(3),
    deadlineAt: p.datetime(3),
    startedAt: p.datetime(3).nullable(),
    committedAt: p.datetime(3).nullable(),
    shreddedAt: p.datetime(3).nullable(),
    endedAt: p.datetime(3).nullable(),
    leaseUntil: p.datetime(3).nullable(),
    dueAt: p.datetime(3).nullable(),
  },
});

export const AnonymizationStepEntity = defineEntity({
  name: "AnonymizationStep",
  tableName: "anonymization_step",
  primaryKeys: ["orgId", "environment", "anonymizationId", "position"],
  indexes: [{ name: "anonymization_step_store", properties: ["orgId", "environment", "storeId"] }],
  properties: {
    orgId: orgId(),
    environment: environment().primary(),
    anonymizationId: anonymizationKey().primary(),
    position: p.integer().primary(),
    name: p.enum(["FREEZE", "STORE", "LOGINS", "SUPPRESS", "SHRED", "PURGE", "RECEIPT"]),
    storeId: p.uuid().$type<StoreId>().nullable(),
    state: p.enum([
      ...(["WAITING", "IN_PROGRESS", "AWAITING_OPERATOR", "AWAITING_SHOPPER"] as const),
      ...(["DONE", "SKIPPED", "FAILED", "CANCELLED"] as const),
    ]),
    reason: p.text().nullable(),
    reference: p.text().nullable(),
    note: p.text().nullable(),
    tasks: p.json().$type<Json>().default("[]"),
    progress: p.text().nullable(),
    checkpoint: p.text().nullable(),
    attempts: p.integer().default(0),
    dueAt: p.datetime(3).nullable(),
    askedAt: p.datetime(3).nullable(),
    endedAt: p.datetime(3).nullable(),
  },
});

/** Append-only: each receipt names the one before it. */
export const AnonymizationReceiptEntity = defineEntity({
  name: "AnonymizationReceipt",
  tableName: "anonymization_receipt",
  primaryKeys: ["orgId", "environment", "sequence"],
  uniques: [{ name: "anonymization_receipt_once", properties: ["orgId", "environment", "anonymizationId"] }],
  properties: {
    orgId: orgId(),
    environment: environment().primary(),
    sequence: p.integer().primary(),
    anonymizationId: anonymizationKey(),
    digest: p.blob().$type<Buffer>(),
    /** Text, not `jsonb`: what was signed is kept byte for byte. */
    document: p.text(),
    createdAt: moment(),
  },
});

/** Keyed digests of what an import must not bring back. */
export const SuppressionEntity = defineEntity({
  name: "Suppression",
  tableName: "suppression",
  primaryKeys: ["orgId", "environment", "field", "digest"],
  indexes: [{ name: "suppression_age", properties: ["orgId", "environment", "createdAt"] }],
  properties: {
    orgId: orgId(),
    environment: environment().primary(),
    field: p.text().primary(),
    digest: p.blob().$type<Buffer>().primary(),
    createdAt: moment(),
  },
});
