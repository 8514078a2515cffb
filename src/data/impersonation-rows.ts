import type { ApiKeyId, ConsumerId, ImpersonationId, OperatorLoginId, OrgId, StoreId } from "../kernel/ids.js";
import type { Environment } from "./rows.js";

/** `ENDED`, `DENIED` and `EXPIRED` are over. `BROKEN` may still be alive at the store, as long as `wrapped` is there. */
export type ImpersonationState = "VERIFYING" | "ACTIVE" | "ENDED" | "DENIED" | "EXPIRED" | "BROKEN";

/** An operator in a customer's place at a store. */
export interface ImpersonationRow {
  readonly id: ImpersonationId;
  readonly orgId: OrgId;
  readonly environment: Environment;
  readonly storeId: StoreId;
  /** Null for a customer whom the org does not keep as a consumer. */
  readonly consumerId: ConsumerId | null;
  readonly state: ImpersonationState;
  /** A code. */
  readonly stateReason: string | null;
  /** The adapter's own words about the reason, without a value. */
  readonly why: string | null;
  readonly operator: string;
  /** The same in small letters: what makes two operators one. */
  readonly operatorKey: string;
  readonly isVouched: boolean;
  /** Null for the command line, and for whoever came with a token that the org issued. */
  readonly keyId: ApiKeyId | null;
  /** Began with a token that the org issued. */
  readonly isByToken: boolean;
  /** The end of the key or the token that began it; null: it has none. */
  readonly holderEndsAt: Date | null;
  /** The operator's own login at the store that it was begun with; null: with a token given for it, or none. */
  readonly operatorLoginId: OperatorLoginId | null;
  readonly reason: string;
  readonly expiresAt: Date;
  readonly canImpersonate: boolean | null;
  readonly account: string | null;
  /** Blind index of the customer's e-mail address; gone with the key. */
  readonly emailDigest: Buffer | null;
  readonly keyVersion: number | null;
  readonly kekVersion: number | null;
  /** The row's own key, wrapped; deleted at the end, and with it everything sealed. */
  readonly wrapped: Buffer | null;
  /** Sealed `{ email, storeUserId }`. */
  readonly customer: Buffer | null;
  /** Sealed: what the adapter keeps, the operator's token among it. */
  readonly secret: Buffer | null;
  /** Set once it is to end; nobody uses it from then on. */
  readonly endReason: string | null;
  /** What it becomes when the store has agreed. */
  readonly endState: "ENDED" | "DENIED" | "EXPIRED" | null;
  readonly farewellSince: Date | null;
  /** The Store's sealed credentials, when the Store was removed before the end. */
  readonly farewellCredentials: Buffer | null;
  readonly storeAgreed: boolean | null;
  /** Somebody is at the store for it until then. */
  readonly leaseUntil: Date | null;
  readonly dueAt: Date | null;
  readonly checkedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export type ImpersonationInsert = Pick<
  ImpersonationRow,
  | "id"
  | "storeId"
  | "consumerId"
  | "operator"
  | "operatorKey"
  | "isVouched"
  | "keyId"
  | "isByToken"
  | "holderEndsAt"
  | "operatorLoginId"
  | "reason"
  | "expiresAt"
  | "emailDigest"
  | "keyVersion"
  | "kekVersion"
  | "wrapped"
  | "customer"
  | "leaseUntil"
  | "dueAt"
  | "createdAt"
>;
/** What is absent stays. */
export type ImpersonationChange = {
  -readonly [F in Exclude<keyof ImpersonationRow, "id" | "orgId" | "environment">]?: ImpersonationRow[F];
};
/** One that the clock has to look at. */
export interface DueImpersonation {
  readonly orgId: OrgId;
  readonly environment: Environment;
  readonly id: ImpersonationId;
}
