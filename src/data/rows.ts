/**
 * What the tables hold, as plain objects. Times are `Date`s of millisecond precision, ids are branded, `Buffer`s hold
 * sealed envelopes or digests: nothing here is a shopper's plain value.
 */
import type {
  AnonymizationId,
  ApiKeyId,
  AuditEventId,
  CheckoutId,
  ConnectionId,
  ConsumerId,
  ImpersonationId,
  OrgId,
  StoreId,
} from "../kernel/ids.js";

export type Environment = "test" | "live";

/** Whose rows: the org and the environment of the key. Everything but orgs, keys of consumers and profiles has both. */
export interface Scope {
  readonly orgId: OrgId;
  readonly environment: Environment;
}

/** What JSON can hold; kept in `jsonb`, so the order of an object's names is not. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export type OrgSettings = Readonly<Record<string, Json>>;
export interface OrgRow {
  readonly id: OrgId;
  readonly name: string;
  readonly settings: OrgSettings;
  readonly createdAt: Date;
}

export type OwnerKind = "USER" | "SERVICE";
export interface ApiKeyRow {
  readonly id: ApiKeyId;
  readonly orgId: OrgId;
  readonly environment: Environment;
  readonly name: string;
  /** SHA-256 of the key. */
  readonly hash: Buffer;
  readonly last4: string;
  readonly scopes: readonly string[];
  readonly ownerKind: OwnerKind;
  readonly ownerName: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
}
/** A key by its hash, expired and revoked ones as well, with its org. */
export interface CallerRow {
  readonly key: ApiKeyRow;
  readonly org: OrgRow;
}

/** `FROZEN`: asked to be forgotten, which can still be cancelled. Nothing is saved or bought for them, as for `ANONYMIZED`. */
export type ConsumerStatus = "PROSPECT" | "ACQUIRED" | "REPEAT" | "FROZEN" | "ANONYMIZED";
export const isClosed = ({ status }: { readonly status: ConsumerStatus }): boolean =>
  status === "FROZEN" || status === "ANONYMIZED";
export interface ConsumerRow {
  readonly id: ConsumerId;
  readonly orgId: OrgId;
  readonly environment: Environment;
  readonly externalId: string;
  readonly shopperReference: string;
  readonly status: ConsumerStatus;
  readonly orderCount: number;
  /** Version of the newest data key this consumer ever had; 0 before the first. The next one is larger, always. */
  readonly keyVersionLast: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A consumer's data key, wrapped. Shaped as the vault's `WrappedKey`. */
export interface ConsumerKeyRow {
  readonly version: number;
  readonly kekVersion: number;
  readonly wrapped: Buffer;
}

/** The six envelopes of a profile. */
export const PROFILE_UNITS = ["name", "email", "document", "phone", "address", "company"] as const;
export type ProfileUnit = (typeof PROFILE_UNITS)[number];
export interface ProfileRow extends Readonly<Record<ProfileUnit, Buffer | null>> {
  /** Counts the writes; a save names the one it has read. */
  readonly revision: number;
  readonly updatedAt: Date;
}

export interface StoreRow {
  readonly id: StoreId;
  readonly orgId: OrgId;
  readonly environment: Environment;
  readonly slug: string;
  /** The adapter's id. */
  readonly adapter: string;
  readonly title: string;
  readonly settings: Json;
  /** Sealed. */
  readonly credentials: Buffer | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly removedAt: Date | null;
}

export type ConnectionVia = "PROFILE" | "LOGIN";
export type ConnectionStatus = "PENDING" | "ACTIVE" | "EXPIRED" | "DISCONNECTED" | "FAILED";
interface ConnectionFacts {
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
  /** The live view of the attempt under way. */
  readonly attemptSessionId: string | null;
  /** The live view in which the shopper finishes a checkout. */
  readonly handOffSessionId: string | null;
}
/** Whose a live session is. */
export interface SessionOwner extends Scope {
  readonly id: ConnectionId;
  readonly purpose: "connect" | "handOff";
}
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
/** A store as a card shows it: whether it has credentials, and not what they are. */
export interface StoreCard extends Omit<StoreRow, "credentials"> {
  readonly hasCredentials: boolean;
}
export interface ConnectionCard extends ConnectionFacts {
  readonly store: StoreCard;
}

/** Everything of one consumer in one round trip. */
export interface ConsumerCard {
  readonly consumer: ConsumerRow;
  /** Null: nothing was ever sealed, or it was all erased. */
  readonly key: ConsumerKeyRow | null;
  /** Null when there is none, or it was not asked for. */
  readonly profile: ProfileRow | null;
  /** By the connection's id, oldest first; none when they were not asked for. */
  readonly connections: readonly ConnectionCard[];
}
export type ConsumerRef = { readonly id: ConsumerId } | { readonly externalId: string };
export interface CardWant {
  readonly profile: boolean;
  /** `brief`: their ids, `via`, status and reason, and of each store its id, slug, adapter and title; nothing else is there. */
  readonly connections: boolean | "brief";
}
/** A row by which a consumer is found. */
export interface IndexRow {
  readonly field: string;
  readonly version: number;
  readonly value: Buffer;
}
/** What a change of a profile starts from, all of one moment. */
export interface ProfileOutline {
  readonly consumer: ConsumerRow;
  readonly key: ConsumerKeyRow | null;
  /** 0: there is no profile. */
  readonly revision: number;
  readonly present: Readonly<Record<ProfileUnit, boolean>>;
  /** Null, or not asked for. */
  readonly units: Readonly<Record<ProfileUnit, Buffer | null>>;
  readonly index: readonly IndexRow[];
}
/** By any of these values: one for each version of the org's index key. */
export interface BlindIndexMatch {
  readonly field: string;
  readonly values: readonly Buffer[];
}
export interface ConsumerFilter {
  readonly status?: ConsumerStatus | null;
  readonly externalIdPrefix?: string | null;
  /** Created after this moment, itself excluded. */
  readonly createdAfter?: Date | null;
  /** Created before this moment, itself excluded. */
  readonly createdBefore?: Date | null;
  /** All of them must match. */
  readonly index?: readonly BlindIndexMatch[];
}
/** Ordered by id, which is by creation. */
export interface ConsumerPageQuery extends CardWant {
  /** Rows to answer; ask for one more than is shown to know whether there is a next page. */
  readonly limit: number;
  readonly after: ConsumerId | null;
  readonly descending: boolean;
  readonly filter?: ConsumerFilter;
}

export type ActorKind = "API_KEY" | "TOKEN" | "CLOCK" | "CLI";
/** One line of the ledger. `facts` hold ids, codes, counts and field paths. */
export interface AuditEventInsert {
  readonly id: AuditEventId;
  readonly at: Date;
  readonly action: string;
  readonly actorKind: ActorKind;
  readonly actorId: ApiKeyId | null;
  readonly subjectKind: string | null;
  /** A UUID. */
  readonly subjectId: string | null;
  readonly consumerId: ConsumerId | null;
  readonly purpose: string | null;
  readonly outcome: string;
  readonly requestId: string | null;
  readonly facts: Readonly<Record<string, Json>>;
}
export interface AuditEventRow extends AuditEventInsert {
  readonly orgId: OrgId;
  readonly environment: Environment;
}

/** What one idempotency key stands for. */
export interface IdempotencyInsert {
  /** 1 to 128 characters. */
  readonly key: string;
  readonly operation: string;
  readonly fingerprint: Buffer;
  /** Ids and booleans from which the answer is made again; null while the work is under way. */
  readonly result: Json;
}
export interface IdempotencyRow extends IdempotencyInsert {
  readonly createdAt: Date;
}

/** Everything that one save of a profile writes, in one statement. */
export interface ProfileWrite {
  readonly consumerId: ConsumerId;
  /** Set: the consumer is new, made with this id and these names. */
  readonly create: {
    readonly externalId: string;
    readonly shopperReference: string;
    readonly ledger: AuditEventInsert;
  } | null;
  /** The key that sealed the units. */
  readonly key: ConsumerKeyRow;
  /** The key is new; its version is larger than the consumer's `keyVersionLast`. */
  readonly newKey: boolean;
  /** The revision that was read; 0 when there was no profile. */
  readonly expectedRevision: number;
  /** Absent leaves a unit, null erases it. */
  readonly units: Readonly<Partial<Record<ProfileUnit, Buffer | null>>>;
  /** The fields whose index rows are replaced by these; a field without entries is found no more. */
  readonly index: readonly {
    readonly field: string;
    readonly entries: readonly { readonly version: number; readonly value: Buffer }[];
  }[];
  readonly ledger: AuditEventInsert;
  readonly idempotency: IdempotencyInsert | null;
  /** What was read of the consumer, where something was: then only what differs is written. */
  readonly read: ProfileOutline | null;
}
/**
 * `conflict`: something changed since it was read (or the consumer was made meanwhile): read again and try again.
 * `repeated`: the idempotency key is known. Nothing at all is written unless it is `saved`.
 */
export type ProfileWriteOutcome = "saved" | "conflict" | "repeated" | "anonymized" | "not_found";
export interface ProfileWriteResult {
  readonly outcome: ProfileWriteOutcome;
  /** Null unless `saved`. */
  readonly consumer: ConsumerRow | null;
  /** The new revision; 0 unless `saved`. */
  readonly revision: number;
  /** When the profile was written; null unless `saved`. */
  readonly updatedAt: Date | null;
}

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
