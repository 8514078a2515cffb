/** Rows of checkouts: intended, and how they came out. */
import type { ApiKeyId, CheckoutId, ConsumerId, ImpersonationId, OrgId, StoreId } from "../kernel/ids.js";
import type { Environment, Json, Scope } from "./rows.js";

export type CheckoutState = "PENDING" | "APPLIED" | "ORDERED" | "FAILED";
export interface CheckoutInsert {
  readonly id: CheckoutId;
  readonly consumerId: ConsumerId;
  readonly storeId: StoreId;
  readonly idempotencyKey: string | null;
  readonly fingerprint: Buffer | null;
  /** An existing cart's id, or items. */
  readonly cart: Json;
  readonly hasOverrides: boolean;
  readonly purpose: string | null;
  /** Null for the clock and the command line. */
  readonly keyId: ApiKeyId | null;
  /** The operator's place in which it is filled in; null for the shopper's own. */
  readonly impersonationId: ImpersonationId | null;
  readonly leaseUntil: Date;
  readonly createdAt: Date;
}
/** How a checkout came out. */
export interface CheckoutSettlement {
  readonly state: "APPLIED" | "ORDERED" | "FAILED";
  readonly cartId: string | null;
  readonly cartUrl: string | null;
  /** Minor units. */
  readonly totalMinor: number | null;
  /** ISO 4217. */
  readonly currency: string | null;
  /** Where each field came from: `{"buyer.email": "PROFILE"}`. */
  readonly sources: Readonly<Record<string, string>>;
  /** Sealed JSON `{path: mask}` under the consumer's key. */
  readonly masks: Buffer | null;
  /** The live view where the shopper goes on, sealed under the consumer's key. */
  readonly handOff: Buffer | null;
  readonly remarks: readonly string[];
  /** A Refusal's code. */
  readonly reason: string | null;
  readonly retryAfterMs: number | null;
  /** Paths of fields, never values. */
  readonly failedFields: readonly string[];
  readonly orderReference: string | null;
  readonly settledAt: Date;
}
export interface CheckoutRow
  extends Omit<CheckoutInsert, "leaseUntil">,
    Omit<CheckoutSettlement, "state" | "settledAt"> {
  readonly orgId: OrgId;
  readonly environment: Environment;
  readonly state: CheckoutState;
  /** How far the adapter came; at most 1 KB, no personal data. */
  readonly checkpoint: string | null;
  readonly leaseUntil: Date | null;
  readonly settledAt: Date | null;
}
/** A checkout whose lease ran out, as the clock sees it. */
export interface PendingCheckout extends Scope {
  readonly id: CheckoutId;
}
