/**
 * What the tables hold, as plain objects. Times are `Date`s of millisecond precision, ids are branded, `Buffer`s hold
 * sealed envelopes or digests: nothing here is a shopper's plain value.
 */
import type { ApiKeyId, AuditEventId, ConsumerId, OrgId, StoreId } from "../kernel/ids.js";

import type { ConnectionFacts } from "./connection-rows.js";

export * from "./anonymization-rows.js";
export * from "./checkout-rows.js";
export * from "./connection-rows.js";

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
