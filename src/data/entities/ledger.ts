import { defineEntity, p } from "@mikro-orm/core";
import type { ApiKeyId, AuditEventId, ConsumerId } from "../../kernel/ids.js";
import type { Json } from "../rows.js";
import { environment, moment, orgId } from "./columns.js";

export const IdempotencyEntity = defineEntity({
  name: "Idempotency",
  tableName: "idempotency",
  primaryKeys: ["orgId", "environment", "key"],
  indexes: [
    { name: "idempotency_consumer", properties: ["orgId", "consumerId"], where: { consumerId: { $ne: null } } },
  ],
  properties: {
    orgId: orgId(),
    environment: environment().primary(),
    key: p.text().primary(),
    operation: p.text(),
    fingerprint: p.blob().$type<Buffer>(),
    result: p.json().$type<Json>().nullable(),
    /** Whom the answer is about. The database fills it in. */
    consumerId: p.uuid().$type<ConsumerId>().nullable().lazy(),
    createdAt: moment(),
  },
});

/** Append-only: the app's role may insert and select. No foreign key, so that a line outlives what it speaks of. */
export const AuditEventEntity = defineEntity({
  name: "AuditEvent",
  tableName: "audit_event",
  primaryKeys: ["orgId", "environment", "id"],
  indexes: [{ name: "audit_event_consumer", properties: ["orgId", "consumerId", "id"] }],
  properties: {
    orgId: orgId(),
    environment: environment().primary(),
    id: p.uuid().$type<AuditEventId>().primary(),
    at: p.datetime(3),
    /** Commit order is not id order: a sealer may only take what is below every running transaction. */
    xid: p.string().columnType("xid8").defaultRaw("pg_current_xact_id()").lazy(),
    action: p.text(),
    actorKind: p.enum(["API_KEY", "TOKEN", "CLOCK", "CLI"]),
    actorId: p.uuid().$type<ApiKeyId>().nullable(),
    subjectKind: p.text().nullable(),
    subjectId: p.uuid().nullable(),
    consumerId: p.uuid().$type<ConsumerId>().nullable(),
    purpose: p.text().nullable(),
    outcome: p.text(),
    requestId: p.text().nullable(),
    facts: p.json().$type<Readonly<Record<string, Json>>>().default("{}"),
  },
});
