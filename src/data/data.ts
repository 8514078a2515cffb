import type { StoreId } from "../kernel/ids.js";
import type { Log } from "../kernel/log.js";
import type { DueImpersonation } from "./impersonation-rows.js";
import type { AddressedStore, MeetingAnswers, MeetingBatch } from "./meetings.js";
import type { DueOperatorLogin } from "./operator-login-rows.js";
import type {
  CallerRow,
  CardWant,
  ConsumerCard,
  ConsumerFilter,
  ConsumerPageQuery,
  ConsumerRef,
  DueAnonymization,
  DueConnection,
  PendingCheckout,
  ProfileOutline,
  ProfileWrite,
  ProfileWriteResult,
  Scope,
  SessionOwner,
} from "./rows.js";
import type { DueStoreAccount } from "./store-accounts.js";
import type { Tx } from "./tx.js";

export interface DataOptions {
  /** As the role `shopkey_app`, which owns nothing and which row-level security holds. */
  readonly appUrl: string;
  /** As the role `shopkey_clock`, which sees which checkouts and connections are due or have a session, and nothing else. */
  readonly clockUrl: string;
  /** Connections of the app's role, 10 by default. Reads share four more, and the clock and the listener have one each. */
  readonly poolSize?: number;
  /** The server gives up on a statement after this time; 10 seconds by default. */
  readonly statementTimeoutMs?: number;
  readonly log: Log;
}

/** Called with a key's hash in hex, or with `"all"` when any may have changed (an org did, or we were not listening). */
export type ApiKeyListener = (hashHex: string) => void;

/** Called with a Store's id as the tables have it, or with `"all"`. */
export type StoreListener = (storeId: string) => void;

/**
 * The database. The hot path (`callerByKey`, `consumerCard`, `consumerPage`, `profileOutline`, `saveProfile`) is one round trip each,
 * with its org set inside the same statement; everything else goes through `inScope` and the repositories.
 */
export interface Data {
  /**
   * One transaction that sees the scope's rows and no others. Never leave it open while a store is called.
   * @param safe the work may be run again from the start after a deadlock or a serialization failure (three times)
   */
  readonly inScope: <T>(scope: Scope, work: (tx: Tx) => Promise<T>, safe?: "repeatable") => Promise<T>;
  /** The key with this SHA-256, whatever its state; null when there is none. */
  readonly callerByKey: (hash: Buffer) => Promise<CallerRow | null>;
  readonly consumerCard: (scope: Scope, ref: ConsumerRef, want: CardWant) => Promise<ConsumerCard | null>;
  /** Each card is made when it is called for. */
  readonly consumerPage: (scope: Scope, query: ConsumerPageQuery) => Promise<readonly (() => ConsumerCard)[]>;
  readonly consumerCount: (scope: Scope, filter?: ConsumerFilter) => Promise<number>;
  /** What a change of a profile starts from; the sealed units themselves only when asked for. */
  readonly profileOutline: (scope: Scope, ref: ConsumerRef, withUnits: boolean) => Promise<ProfileOutline | null>;
  readonly saveProfile: (scope: Scope, write: ProfileWrite) => Promise<ProfileWriteResult>;
  /** Checkouts of every org whose lease ended before this moment, the oldest first. The clock's role. */
  readonly pendingCheckouts: (olderThan: Date, limit: number) => Promise<PendingCheckout[]>;
  /** Connections of every org that were due before this moment, the longest due first. The clock's role. */
  readonly dueConnections: (dueBefore: Date, limit: number) => Promise<DueConnection[]>;
  /** Requests of every org that were due before this moment, the longest due first. The clock's role. */
  readonly dueAnonymizations: (dueBefore: Date, limit: number) => Promise<DueAnonymization[]>;
  /** Accounts at stores of every org that were due before this moment, the longest due first. The clock's role. */
  readonly dueStoreAccounts: (dueBefore: Date, limit: number) => Promise<DueStoreAccount[]>;
  /** Impersonations of every org that were due before this moment, the longest due first. The clock's role. */
  readonly dueImpersonations: (dueBefore: Date, limit: number) => Promise<DueImpersonation[]>;
  /** Operators' logins of every org that were due before this moment, the longest due first. The clock's role. */
  readonly dueOperatorLogins: (dueBefore: Date, limit: number) => Promise<DueOperatorLogin[]>;
  /** Whose a live session is; null when it is nobody's any more. The clock's role. */
  readonly sessionOwner: (sessionId: string) => Promise<SessionOwner | null>;
  /** The Store of an address, whosever it is; null when there is none. */
  readonly addressedStore: (id: StoreId) => Promise<AddressedStore | null>;
  /** Who is at the Store's door. What was spent is on disk when it answers. */
  readonly meetShoppers: (scope: Scope, batch: MeetingBatch) => Promise<MeetingAnswers>;
  /** Calls the listener when a Store changes, on whichever gateway. Answers the function that stops it. */
  readonly onStoreChange: (listener: StoreListener) => () => void;
  /** Calls the listener when a key changes, on whichever gateway. Answers the function that stops it. */
  readonly onApiKeyChange: (listener: ApiKeyListener) => () => void;
  /** Tells every gateway that keys have changed in the keystore. */
  readonly tellKeys: () => Promise<void>;
  /** Does the work unless somebody does it on this database at this moment; null then. On a connection of its own. */
  readonly exclusively: <T>(what: string, work: () => Promise<T>) => Promise<T | null>;
  /** Throws when the database does not answer. */
  readonly ping: () => Promise<void>;
  readonly close: () => Promise<void>;
}
