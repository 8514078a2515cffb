import type { ApiKeyId, OrgId } from "../kernel/ids.js";
import type { ScopeName } from "./scopes.js";

export type Environment = "test" | "live";
export type OwnerKind = "USER" | "SERVICE";
/** `FORMAT`: eleven digits are enough, wrong check digits are a warning. `STRICT`: they are refused. */
export type CpfPolicy = "FORMAT" | "STRICT";
/** Whether a masked e-mail shows its domain. */
export type EmailDomainPolicy = "SHOW" | "HIDE";
/** Who decided: a key or a token over the network, the gateway's own clock, or a person at the command line. */
export type ActorKind = "API_KEY" | "TOKEN" | "CLOCK" | "CLI";

/** An org with scopes, for one request. Its org comes from the key and from nothing else. */
export interface Caller {
  readonly scope: { readonly orgId: OrgId; readonly environment: Environment };
  readonly actorKind: ActorKind;
  /** Null for tokens, the clock and the command line. */
  readonly keyId: ApiKeyId | null;
  readonly scopes: ReadonlySet<ScopeName>;
  readonly owner: { readonly kind: OwnerKind; readonly name: string };
  readonly org: {
    readonly id: OrgId;
    readonly name: string;
    readonly cpfPolicy: CpfPolicy;
    readonly emailDomainPolicy: EmailDomainPolicy;
  };
  /** Of a token's caller: until when it is good, and when its issuer was as it was proven by. */
  readonly proof?: { readonly endsAt: Date; readonly issuerAt: Date };
  readonly requestId: string;
  /** Aborted when the client is gone or the request's deadline has passed. */
  readonly signal: AbortSignal;
}

/** What a request brings besides its key. */
export interface RequestFacts {
  readonly requestId: string;
  readonly signal: AbortSignal;
}
