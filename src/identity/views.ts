/**
 * What identity answers: plain objects whose property names are those of the graph's types. Ids are in wire form,
 * every shopper's value is masked. Enumerations hold the graph's names, but `Environment` ("test", "live") and
 * scopes ("profiles:write") hold the form in which they are stored.
 */
import type { ActorKind, CpfPolicy, EmailDomainPolicy, Environment, OwnerKind } from "./caller.js";
import type { ScopeName } from "./scopes.js";

export type ConsumerStatus = "PROSPECT" | "ACQUIRED" | "REPEAT" | "ANONYMIZED";
export type ConnectionVia = "PROFILE" | "LOGIN";
export type ConnectionStatus = "PENDING" | "ACTIVE" | "EXPIRED" | "DISCONNECTED" | "FAILED";
export type CheckoutState = "PENDING" | "APPLIED" | "ORDERED" | "FAILED";
export type FieldSource = "OVERRIDE" | "PROFILE" | "DERIVED";
export type ReadinessState =
  | "READY"
  | "PROFILE_INCOMPLETE"
  | "LOGIN_REQUIRED"
  | "ADDRESS_REQUIRED"
  | "STORE_UNAVAILABLE"
  | "PERMISSION_MISSING";
export type Capability =
  | "CHECKOUT_IDENTITY"
  | "ANONYMIZATION"
  | "IMPERSONATION"
  | "OPERATOR_LOGIN"
  | "LIVE_VIEW"
  | "INBOUND_ROUTES";
export type ProfileWarningCode = "CHECK_DIGITS";

/** Cursors are opaque to clients. */
export interface PageInfoView {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}
export interface PageView<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: PageInfoView;
}

export interface OrgView {
  readonly id: string;
  readonly name: string;
  readonly cpfPolicy: CpfPolicy;
  readonly emailDomainPolicy: EmailDomainPolicy;
}
export interface ApiKeyView {
  readonly id: string;
  readonly name: string;
  readonly environment: Environment;
  readonly last4: string;
  readonly scopes: readonly ScopeName[];
  readonly ownerKind: OwnerKind;
  readonly ownerName: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
}
export interface ViewerView {
  readonly org: OrgView;
  readonly environment: Environment;
  /** Null for a token. */
  readonly apiKey: ApiKeyView | null;
  readonly owner: { readonly kind: OwnerKind; readonly name: string };
}

export interface AdapterView {
  readonly id: string;
  readonly title: string;
  readonly capabilities: readonly Capability[];
  /** JSON Schema. */
  readonly settingsSchema: unknown;
  /** JSON Schema. */
  readonly credentialsSchema: unknown;
  /** Paths such as `buyer.email`. */
  readonly requiredFields: readonly string[];
  readonly optionalFields: readonly string[];
}
export interface StoreView {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly adapter: AdapterView;
  readonly environment: Environment;
  readonly settings: unknown;
  readonly hasCredentials: boolean;
  readonly capabilities: readonly Capability[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** `profile` is null when there is none or it was not asked for; `connections` is empty when not asked for. */
export interface ConsumerView {
  readonly id: string;
  readonly externalId: string;
  readonly shopperReference: string;
  readonly status: ConsumerStatus;
  readonly orderCount: number;
  readonly environment: Environment;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly profile: ProfileView | null;
  readonly connections: readonly ConnectionView[];
}
export interface ConsumerPageView extends PageView<ConsumerView> {
  /** Counted only when asked for; -1 otherwise. */
  readonly totalCount: number;
}

/** All masked but a `documentType` that is a known word. Parts that were not asked for are null. */
export interface BuyerView {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly document: string | null;
  readonly documentType: string | null;
  readonly phone: string | null;
  readonly corporateName: string | null;
  readonly tradeName: string | null;
  readonly corporateDocument: string | null;
  readonly corporatePhone: string | null;
  readonly stateInscription: string | null;
}
/** All masked but `state` and `country`. */
export interface AddressView {
  readonly postalCode: string | null;
  readonly street: string | null;
  readonly number: string | null;
  readonly complement: string | null;
  readonly neighborhood: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  readonly reference: string | null;
  readonly receiver: string | null;
}
export interface ProfileWarningView {
  readonly code: ProfileWarningCode;
  /** Path into the profile, for example `["buyer", "document"]`. */
  readonly field: readonly string[];
  readonly message: string;
}
export interface ProfileView {
  readonly buyer: BuyerView;
  readonly address: AddressView;
  /** Nothing that a Brazilian guest checkout needs is missing. Meaningful when the part `completeness` was asked for. */
  readonly complete: boolean;
  readonly missing: readonly string[];
  readonly warnings: readonly ProfileWarningView[];
  readonly updatedAt: Date;
}

export interface ConnectionView {
  readonly id: string;
  readonly consumerId: string;
  readonly store: StoreView;
  readonly via: ConnectionVia;
  readonly status: ConnectionStatus;
  readonly statusReason: string | null;
  readonly nextAction: string | null;
  readonly accountLabel: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastVerifiedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export interface CheckoutReadinessView {
  readonly ready: boolean;
  readonly state: ReadinessState;
  readonly missing: readonly string[];
  readonly nextAction: string | null;
}
export interface AppliedFieldView {
  /** For example `buyer.email`. */
  readonly path: string;
  readonly source: FieldSource;
  readonly mask: string;
}
/** A live view in which the shopper finishes and pays. */
export interface HandOffView {
  readonly liveViewUrl: string;
  readonly sessionId: string;
  readonly expiresAt: Date;
}
export interface CheckoutIdentityView {
  readonly id: string;
  readonly consumer: ConsumerView;
  readonly store: StoreView;
  readonly state: CheckoutState;
  readonly statusReason: string | null;
  readonly nextAction: string | null;
  readonly cartId: string | null;
  readonly checkoutUrl: string | null;
  readonly total: { readonly amountMinor: number; readonly currency: string } | null;
  readonly fields: readonly AppliedFieldView[];
  readonly remarks: readonly string[];
  readonly handOff: HandOffView | null;
  readonly orderReference: string | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
}

export interface AuditEventView {
  readonly id: string;
  readonly at: Date;
  readonly action: string;
  readonly actorKind: ActorKind;
  readonly actorId: string | null;
  readonly subjectKind: string | null;
  readonly subjectId: string | null;
  readonly consumerId: string | null;
  readonly purpose: string | null;
  readonly outcome: string;
  readonly requestId: string | null;
  readonly facts: unknown;
}
