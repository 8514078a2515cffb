import type { ApiKeyId, OperatorLoginId, OrgId, StoreId } from "../kernel/ids.js";
import type { Environment, Scope } from "./rows.js";

/** `PENDING`: the operator has a live view to log in. The last three are ends, and nothing sealed is left of them. */
export type OperatorLoginState = "PENDING" | "ACTIVE" | "EXPIRED" | "DISCONNECTED" | "FAILED";

/** An operator's own login at a store, made in a live view; a new one for each time that they log in. */
export interface OperatorLoginRow {
  readonly id: OperatorLoginId;
  readonly orgId: OrgId;
  readonly environment: Environment;
  readonly storeId: StoreId;
  readonly state: OperatorLoginState;
  /** A code. */
  readonly stateReason: string | null;
  readonly operator: string;
  /** The same in small letters: what makes two operators one. */
  readonly operatorKey: string;
  readonly isVouched: boolean;
  /** Null for the command line, and for whoever came with a token that the org issued. */
  readonly keyId: ApiKeyId | null;
  /** Began with a token that the org issued. */
  readonly isByToken: boolean;
  readonly keyVersion: number | null;
  readonly kekVersion: number | null;
  /** The row's own key, wrapped; deleted at the end, and with it everything sealed. */
  readonly wrapped: Buffer | null;
  /** Sealed while PENDING: the live view's link. */
  readonly question: Buffer | null;
  /** Sealed while ACTIVE: what proves the operator to the store. */
  readonly secret: Buffer | null;
  /** The live view that is open for it. */
  readonly sessionId: string | null;
  /** Somebody is at the store for it until then. */
  readonly leaseUntil: Date | null;
  /** While PENDING: until when the operator may log in. While ACTIVE: until when the login is good. */
  readonly expiresAt: Date;
  readonly dueAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly connectedAt: Date | null;
  readonly endedAt: Date | null;
}

export type OperatorLoginInsert = Pick<
  OperatorLoginRow,
  | "id"
  | "storeId"
  | "operator"
  | "operatorKey"
  | "isVouched"
  | "keyId"
  | "isByToken"
  | "keyVersion"
  | "kekVersion"
  | "wrapped"
  | "expiresAt"
  | "dueAt"
  | "createdAt"
>;
/** What is absent stays. */
export type OperatorLoginChange = {
  -readonly [F in Exclude<keyof OperatorLoginRow, "id" | "orgId" | "environment">]?: OperatorLoginRow[F];
};
/** One that the clock has to look at. */
export interface DueOperatorLogin extends Scope {
  readonly id: OperatorLoginId;
}
