/** Rows of wishes to be forgotten: each request, its steps, its receipt. */
import type { AnonymizationId, ConsumerId, OrgId, StoreId } from "../kernel/ids.js";
import type { Environment, Json, Scope } from "./rows.js";

export type Regulation = "LGPD" | "GDPR" | "CCPA";
export type AnonymizationState = "REQUESTED" | "IN_PROGRESS" | "COMPLETED" | "CANCELLED" | "FAILED";
/** A shopper's wish to be forgotten. */
export interface AnonymizationRow {
  readonly id: AnonymizationId;
  readonly orgId: OrgId;
  readonly environment: Environment;
  readonly consumerId: ConsumerId;
  readonly regulation: Regulation;
  /** The org's own words; destroyed with the rest. */
  readonly note: string | null;
  readonly state: AnonymizationState;
  readonly actorKind: string;
  /** A UUID. */
  readonly actorId: string | null;
  readonly requestedAt: Date;
  /** Nothing is done before. */
  readonly cancellableUntil: Date;
  readonly deadlineAt: Date;
  readonly startedAt: Date | null;
  /** From here on nothing can be cancelled: the shred is certain. */
  readonly committedAt: Date | null;
  readonly shreddedAt: Date | null;
  readonly endedAt: Date | null;
  /** Somebody works on it right now, until this moment at the latest. */
  readonly leaseUntil: Date | null;
  /** When the clock has to look at it. */
  readonly dueAt: Date | null;
}
export type AnonymizationChange = Partial<Omit<AnonymizationRow, "id" | "orgId" | "environment" | "consumerId">>;
/** A request that the clock has to look at. */
export interface DueAnonymization extends Scope {
  readonly id: AnonymizationId;
}

export type StepName = "FREEZE" | "STORE" | "LOGINS" | "SUPPRESS" | "SHRED" | "PURGE" | "RECEIPT";
export type StepState =
  | "WAITING"
  | "IN_PROGRESS"
  | "AWAITING_OPERATOR"
  | "AWAITING_SHOPPER"
  | "DONE"
  | "SKIPPED"
  | "FAILED"
  | "CANCELLED";
export interface AnonymizationStepRow {
  readonly anonymizationId: AnonymizationId;
  /** The order of doing. */
  readonly position: number;
  readonly name: StepName;
  /** Of a `STORE` step. */
  readonly storeId: StoreId | null;
  readonly state: StepState;
  /** A Refusal's code. */
  readonly reason: string | null;
  /** The store's own, or the operator's. */
  readonly reference: string | null;
  /** For a person; no personal data. */
  readonly note: string | null;
  /** What the shopper has to do at the store. */
  readonly tasks: Json;
  /** The adapter's own word for how far it is. */
  readonly progress: string | null;
  /** How far the adapter came; at most 1 KB, no personal data. */
  readonly checkpoint: string | null;
  readonly attempts: number;
  readonly dueAt: Date | null;
  readonly askedAt: Date | null;
  readonly endedAt: Date | null;
}
export type StepChange = Partial<Omit<AnonymizationStepRow, "anonymizationId" | "position" | "name" | "storeId">>;

/** A receipt as it was signed. */
export interface ReceiptRow {
  /** 1, 2, 3, … in an org's environment. */
  readonly sequence: number;
  readonly anonymizationId: AnonymizationId;
  /** SHA-256 of the document. */
  readonly digest: Buffer;
  /** JSON, byte for byte. */
  readonly document: string;
  readonly createdAt: Date;
}
