/** What identity is asked, as it comes from outside: shapes are known, values are not yet judged. */
import type { Address, Buyer } from "@shopkey/adapter-sdk";
import type { OwnerKind } from "./caller.js";
import type { ScopeName } from "./scopes.js";
import type { ConnectionStatus, ConsumerStatus, ConsumerView } from "./views.js";

type Maybe<T> = T | null | undefined;

/** Exactly one of the two. */
export interface ConsumerRef {
  readonly id?: Maybe<string>;
  readonly externalId?: Maybe<string>;
}
/** Exactly one of the two. */
export interface StoreRef {
  readonly id?: Maybe<string>;
  readonly slug?: Maybe<string>;
}
/** A repetition with the same key and the same input is answered as the first time. 1 to 128 printable characters. */
export interface Repeatable {
  readonly idempotencyKey?: Maybe<string>;
}
/**
 * Null erases a field, an absent field is left. Values are any JSON and are judged here. A document and its type are
 * one value: a `document` that comes without a `documentType` is a CPF, whatever was there before.
 */
export interface ProfileInput {
  readonly buyer?: Maybe<{ readonly [F in keyof Buyer]?: unknown }>;
  readonly address?: Maybe<{ readonly [F in keyof Address]?: unknown }>;
}

export interface PageQuery {
  /** 1 to 100. */
  readonly first: number;
  readonly after?: Maybe<string>;
}
export interface ConsumerQuery extends PageQuery {
  readonly orderBy?: Maybe<"CREATED_AT_ASC" | "CREATED_AT_DESC">;
  readonly filter?: Maybe<{
    readonly status?: Maybe<ConsumerStatus>;
    /** Compared by blind index. */
    readonly email?: unknown;
    /** Compared by blind index. */
    readonly document?: unknown;
    readonly externalIdPrefix?: Maybe<string>;
    readonly createdAfter?: Maybe<Date>;
    readonly createdBefore?: Maybe<Date>;
  }>;
}
export interface AuditQuery extends PageQuery {
  readonly filter?: Maybe<{
    readonly consumer?: Maybe<ConsumerRef>;
    readonly action?: Maybe<string>;
    readonly after?: Maybe<Date>;
    readonly before?: Maybe<Date>;
  }>;
}

export type ProfileUnit = "name" | "email" | "document" | "phone" | "address" | "company";
/** A sealed unit, or what is derived: `completeness` (complete, missing) and `warnings`. */
export type ProfilePart = ProfileUnit | "completeness" | "warnings";
/** What a consumer is wanted with. Only the units behind the wanted parts are opened; `true` means all of them. */
export interface ConsumerWant {
  readonly profile: boolean | ReadonlySet<ProfilePart>;
  /** `brief`: without the dates, the account and most of the store; what is left out may not be looked at. */
  readonly connections: boolean | "brief";
}
export interface ConsumerPageWant extends ConsumerWant {
  readonly totalCount: boolean;
  /** Makes of each consumer, as soon as it is opened, what stands for it in the page; by default it stands for itself. */
  readonly show?: (consumer: ConsumerView) => ConsumerView;
}

export interface CreateConsumerInput extends Repeatable {
  readonly externalId: string;
  readonly shopperReference?: Maybe<string>;
}
export interface UpdateConsumerInput extends Repeatable {
  readonly consumer: ConsumerRef;
  readonly externalId?: Maybe<string>;
  readonly shopperReference?: Maybe<string>;
}
/** `externalId` (creates the consumer when new) or `consumer`. */
export interface SaveProfileInput extends Repeatable {
  readonly externalId?: Maybe<string>;
  readonly consumer?: Maybe<ConsumerRef>;
  readonly profile: ProfileInput;
}
export interface DeleteProfileInput extends Repeatable {
  readonly consumer: ConsumerRef;
}

export interface CartItemInput {
  readonly id: string;
  readonly quantity?: Maybe<number>;
  readonly seller?: Maybe<string>;
}
/** Exactly one of `id` and `items`. */
export interface CartInput {
  readonly id?: Maybe<string>;
  readonly items?: Maybe<readonly CartItemInput[]>;
  /** The address of one product, for stores where the shopper buys in the hosted browser. */
  readonly url?: Maybe<string>;
}
export interface ApplyCheckoutIdentityInput extends Repeatable {
  readonly consumer: ConsumerRef;
  readonly store: StoreRef;
  readonly cart: CartInput;
  /** Wins over the profile field by field; never stored. */
  readonly overrides?: Maybe<ProfileInput>;
  readonly purpose?: Maybe<string>;
  /** An operator's place in which it is filled in. */
  readonly impersonationSession?: Maybe<string>;
}
/** `checkoutIdentity`, or `consumer` with or without `store`. */
export interface ReportOrderInput extends Repeatable {
  readonly consumer?: Maybe<ConsumerRef>;
  readonly store?: Maybe<StoreRef>;
  readonly checkoutIdentity?: Maybe<string>;
  readonly orderReference: string;
}

export interface StartConnectionInput extends Repeatable {
  readonly consumer: ConsumerRef;
  readonly store: StoreRef;
  /** The shopper means another account than before: where they log in, nobody is logged in already. */
  readonly confirmOtherAccount?: Maybe<boolean>;
}
export interface FinishConnectionInput extends Repeatable {
  readonly connection: string;
  /** Write-only: kept nowhere, in no form. Values are any JSON and are judged here. */
  readonly answer?: Maybe<readonly { readonly name: string; readonly value?: unknown }[]>;
  /** The shopper wants the account that they logged in to, even if it is another one than before. */
  readonly confirmOtherAccount?: Maybe<boolean>;
}
export interface ConnectionInput extends Repeatable {
  readonly connection: string;
}
export interface GateRefusalQuery extends PageQuery {
  readonly filter?: Maybe<{ readonly consumer?: Maybe<ConsumerRef>; readonly store?: Maybe<StoreRef> }>;
}

export interface ConnectionQuery extends PageQuery {
  readonly filter?: Maybe<{
    readonly consumer?: Maybe<ConsumerRef>;
    readonly store?: Maybe<StoreRef>;
    readonly status?: Maybe<ConnectionStatus>;
  }>;
}

export interface StartImpersonationInput extends Repeatable {
  readonly store: StoreRef;
  /** Exactly one of the two. Values are any JSON and are judged here. */
  readonly customer: { readonly email?: unknown; readonly consumer?: Maybe<ConsumerRef> };
  readonly operator?: Maybe<{
    /** The key's owner when absent. */
    readonly name?: Maybe<string>;
    /** Write-only: sealed while the session lasts, gone at its end. Absent: the login that `connectOperator` made. */
    readonly token?: unknown;
  }>;
  readonly reason: string;
  /** Seconds. */
  readonly ttl?: Maybe<number>;
}
export interface ImpersonationInput extends Repeatable {
  readonly impersonationSession: string;
}
export interface SwitchImpersonationsInput extends Repeatable {
  readonly on: boolean;
}
export interface ImpersonationQuery extends PageQuery {
  readonly filter?: Maybe<{
    readonly consumer?: Maybe<ConsumerRef>;
    readonly store?: Maybe<StoreRef>;
    readonly alive?: Maybe<boolean>;
  }>;
}

export interface RegisterStoreInput extends Repeatable {
  readonly adapter: string;
  readonly slug: string;
  readonly title: string;
  readonly settings: unknown;
  readonly credentials?: unknown;
}
/** Absent leaves; null `credentials` removes them. */
export interface UpdateStoreInput extends Repeatable {
  readonly store: StoreRef;
  readonly title?: Maybe<string>;
  readonly settings?: unknown;
  readonly credentials?: unknown;
}
export interface RemoveStoreInput extends Repeatable {
  readonly store: StoreRef;
}

export interface CreateApiKeyInput extends Repeatable {
  readonly name: string;
  readonly scopes: readonly ScopeName[];
  readonly ownerKind: OwnerKind;
  readonly ownerName: string;
  readonly expiresAt?: Maybe<Date>;
}
export interface RevokeApiKeyInput extends Repeatable {
  readonly id: string;
}
