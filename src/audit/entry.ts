import type { AuditEventInsert, Json } from "../data/index.js";
import { type ApiKeyId, type ConsumerId, newId } from "../kernel/ids.js";

/** Noun and past tense. `profile.used` is committed before plaintext goes to a store. */
export type LedgerAction =
  | "org.created"
  | "key.created"
  | "key.revoked"
  | "store.registered"
  | "store.updated"
  | "store.removed"
  | "consumer.created"
  | "consumer.updated"
  | "profile.saved"
  | "profile.deleted"
  | "profile.used"
  | "checkout.applied"
  | "checkout.failed"
  | "order.reported"
  | "connection.started"
  | "connection.connected"
  | "connection.failed"
  | "connection.verified"
  | "connection.disconnected"
  | "connection.cancelled"
  | "connection.told"
  | "impersonation.started"
  | "impersonation.activated"
  | "impersonation.denied"
  | "impersonation.lost"
  | "impersonation.renewed"
  | "impersonation.ending"
  | "impersonation.ended"
  | "impersonation.expired"
  | "impersonation.broken"
  | "impersonations.switched"
  | "operatorLogin.started"
  | "operatorLogin.connected"
  | "operatorLogin.failed"
  | "operatorLogin.expired"
  | "operatorLogin.disconnected"
  | "anonymization.requested"
  | "anonymization.cancelled"
  | "anonymization.started"
  | "anonymization.asked"
  | "anonymization.settled"
  | "anonymization.shredded"
  | "anonymization.ended"
  | "keys.rotated";

export type SubjectKind =
  | "org"
  | "apiKey"
  | "store"
  | "consumer"
  | "checkoutIdentity"
  | "connection"
  | "impersonationSession"
  | "operatorLogin"
  | "anonymization";

/** Ids in wire form, codes, counts and paths of fields: there is no place for a shopper's value. */
export interface LedgerFacts {
  readonly store?: string;
  readonly adapter?: string;
  readonly checkoutIdentity?: string;
  /** Paths of the fields concerned. */
  readonly fields?: readonly FieldPath[];
  /** Paths of the fields that were erased. */
  readonly erased?: readonly FieldPath[];
  /** Paths of the fields that the caller gave for one checkout only. */
  readonly overrides?: readonly FieldPath[];
  /** Names of what changed in a row, such as `title`. */
  readonly changed?: readonly ("title" | "settings" | "credentials" | "externalId" | "shopperReference" | "status")[];
  readonly scopes?: readonly string[];
  readonly ownerKind?: "USER" | "SERVICE";
  readonly use?: "checkout" | "readiness" | "connect" | "anonymize" | "impersonate";
  /** Of an impersonation: the key's owner says that somebody else acts. */
  readonly vouched?: boolean;
  /** In whose place a checkout was filled in, `imp_…`. */
  readonly impersonation?: string;
  /** The operator's own login that an impersonation was begun with, `opl_…`. */
  readonly operatorLogin?: string;
  /** What a switch was set to. */
  readonly on?: boolean;
  readonly orderCount?: number;
  /** What a connection rests on. */
  readonly via?: "PROFILE" | "LOGIN";
  /** What a connection became. */
  readonly status?: "PENDING" | "ACTIVE" | "EXPIRED" | "DISCONNECTED" | "FAILED";
  /** Of a token's caller: the owner's opaque id. */
  readonly owner?: string;
  readonly regulation?: "LGPD" | "GDPR" | "CCPA";
  /** What a step of being forgotten became, or what was rotated. */
  readonly step?: string;
  /** Of the keys that were rotated. */
  readonly version?: number;
  /** How many things were made anew. */
  readonly count?: number;
  /** Whether the store agreed to the end of a connection. */
  readonly storeAgreed?: boolean;
}
type FieldPath = `buyer.${string}` | `address.${string}`;

/** One decision: who, what, to whom, why, and how it came out. */
export interface LedgerEntry {
  readonly action: LedgerAction;
  readonly actor: { readonly kind: "API_KEY" | "TOKEN" | "CLOCK" | "CLI"; readonly id: ApiKeyId | null };
  /** `id` is a UUID. */
  readonly subject: { readonly kind: SubjectKind; readonly id: string } | null;
  readonly consumerId: ConsumerId | null;
  readonly purpose: string | null;
  /** `done`, or the code of the Refusal it ended with. */
  readonly outcome: string;
  readonly requestId: string | null;
  readonly facts: LedgerFacts;
}

/** The row of an entry, for statements that write it together with what it is about. */
export const lineOf = (entry: LedgerEntry, at: Date): AuditEventInsert => ({
  id: newId("evt"),
  at,
  action: entry.action,
  actorKind: entry.actor.kind,
  actorId: entry.actor.id,
  subjectKind: entry.subject?.kind ?? null,
  subjectId: entry.subject?.id ?? null,
  consumerId: entry.consumerId,
  purpose: entry.purpose,
  outcome: entry.outcome,
  requestId: entry.requestId,
  facts: entry.facts as Readonly<Record<string, Json>>,
});
