/** Rows of connections: what a shopper has at a store, and how it came to be. */
import type { ConnectionId, ConsumerId, OperatorLoginId, OrgId, StoreId } from "../kernel/ids.js";
import type { Environment, Scope } from "./rows.js";

export type ConnectionVia = "PROFILE" | "LOGIN";
export type ConnectionStatus = "PENDING" | "ACTIVE" | "EXPIRED" | "DISCONNECTED" | "FAILED";
export interface ConnectionFacts {
  readonly id: ConnectionId;
  readonly via: ConnectionVia;
  readonly status: ConnectionStatus;
  readonly statusReason: string | null;
  /** Sealed under the consumer's key. */
  readonly accountLabel: Buffer | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastVerifiedAt: Date | null;
  readonly lastUsedAt: Date | null;
}
export interface ConnectionRow extends ConnectionFacts {
  readonly orgId: OrgId;
  readonly environment: Environment;
  readonly consumerId: ConsumerId;
  readonly storeId: StoreId;
  /** Sealed under the consumer's key. */
  readonly secret: Buffer | null;
  /** The newest attempt to connect, under way or over. */
  readonly attemptId: string | null;
  readonly attemptState: AttemptState | null;
  /** An attempt that nobody finished ends here. */
  readonly attemptExpiresAt: Date | null;
  /** Somebody asks the store for this attempt right now, until this moment at the latest. */
  readonly attemptLeaseUntil: Date | null;
  /** Answers that the shopper gave in this attempt, right or wrong. */
  readonly attemptAnswers: number;
  /** What is asked of the shopper, with what the adapter must remember; sealed under the consumer's key. */
  readonly pending: Buffer | null;
  /** A keyed fingerprint of the account at the store; null where it is not known. */
  readonly accountDigest: Buffer | null;
  /** Counts the logins: what was learned of an older one says nothing of this one. */
  readonly generation: number;
  /** Answers of the store in a row that looked like a logout and prove none. */
  readonly suspicions: number;
  /** When the store is asked again to end a login that is disconnected already; null when there is nothing to end. */
  readonly farewellAt: Date | null;
  readonly farewellSince: Date | null;
  /** Of a connection that was ended: whether the store agreed. */
  readonly storeAgreed: boolean | null;
  /** When the clock has to look at it. */
  readonly dueAt: Date | null;
  /** The browser context that holds the login, where it is one of those; opaque. */
  readonly contextId: string | null;
  /** The newest generation of its bytes that is known here. */
  readonly contextGeneration: number;
  /** The context's key, sealed under the consumer's key. */
  readonly contextKey: Buffer | null;
  /** Where the attempt under way will save its login, once there is one. */
  readonly attemptContextId: string | null;
  /** Contexts that nobody needs any more and whose bytes may still be there. */
  readonly leftContexts: readonly string[];
  /** The live view of the attempt under way. */
  readonly attemptSessionId: string | null;
  /** The live view in which the shopper finishes a checkout. */
  readonly handOffSessionId: string | null;
}
/** Whose a live session is. */
export type SessionOwner = Scope &
  (
    | { readonly id: ConnectionId; readonly purpose: "connect" | "handOff" }
    | { readonly id: OperatorLoginId; readonly purpose: "operator" }
  );
/**
 * `BEGUN`: the store has not answered yet. `ASKED`: the shopper has something to do. The others are ends: `LAPSED`
 * is an attempt that nobody finished in time.
 */
export type AttemptState = "BEGUN" | "ASKED" | "CONNECTED" | "FAILED" | "CANCELLED" | "LAPSED";
/** What a change of a connection may touch; what is absent stays. */
export type ConnectionChange = Partial<
  Omit<ConnectionRow, "id" | "orgId" | "environment" | "consumerId" | "storeId" | "createdAt">
>;
/** A connection that the clock has to look at. */
export interface DueConnection extends Scope {
  readonly id: ConnectionId;
}
