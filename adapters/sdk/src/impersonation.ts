/** An operator of the org in a customer's place: the part of the contract for stores that know such a thing. */
import type { Call, Farewell, Health, Kept } from "./contract.js";
import type { Identity } from "./identity.js";
import type { Browsing } from "./page.js";

/**
 * The gateway keeps the time: it calls `stop` when the session's own end has come, whatever the store would allow.
 * A cart is filled in under an impersonation by `checkoutIdentity.apply`, which is then handed the impersonation's secret
 * in the place of a login's.
 */
export interface Impersonate<K extends Kept> {
  /**
   * Proves the operator first. `call.keep`s what `stop` needs before the store can put the operator in the customer's
   * place: when this throws, or the gateway dies in it, what was kept last is handed to `stop`. `denied` leaves nothing behind.
   */
  readonly start: (call: ImpersonationCall<K>, request: ImpersonationRequest) => Promise<Impersonation<K>>;
  readonly check: (call: ImpersonationCall<K>, secret: K["secret"]) => Promise<ImpersonationHealth>;
  /** Present where the store lets go of an impersonation by itself, after an order say: takes the same place again. */
  readonly renew?: (call: ImpersonationCall<K>, secret: K["secret"]) => Promise<Impersonation<K>>;
  /** Idempotent: one that is gone already is a success. `storeAgreed` only when the store, asked again, no longer has it. */
  readonly stop: (call: ImpersonationCall<K>, secret: K["secret"]) => Promise<Farewell>;
  /** Present where operators can log in once, on the store's own page, in the place of a token with each request. */
  readonly login?: OperatorLogin<K>;
}

/** An operator's own login at the store, made in the hosted browser. */
export interface OperatorLogin<K extends Kept> {
  /** What their live view has to know. */
  readonly browser: Browsing<K>;
  /**
   * Proves what the live view has come to: `call.page` lends a page of it. Called once more after each `out`. The browser is
   * thrown away then: all that is kept, sealed, is the token.
   */
  readonly finish: (call: Call<K>) => Promise<OperatorProof>;
}
export type OperatorProof =
  | {
      readonly kind: "in";
      /** What `start` is handed as `operator.token` from then on. */
      readonly token: string;
      /** When the store ends it; null where it does not say. */
      readonly expiresAt: Date | null;
    }
  /** Not logged in yet, or not as an operator of this store. `why` tells the operator, in English, without a value. */
  | { readonly kind: "out"; readonly why: string };

/** A call that may change what proves the impersonation. */
export interface ImpersonationCall<K extends Kept = Kept> extends Call<K> {
  /**
   * Keeps the secret as it is from now on, sealed, in the place of the one before; resolves once it is on disk. For stores
   * that rotate their cookies or tokens. `checkoutIdentity.apply` finds it as `call.keep` under an impersonation.
   */
  readonly keep: (secret: K["secret"]) => Promise<void>;
}

export interface ImpersonationRequest {
  /** Holds `buyer.email`: by it the store finds its customer. */
  readonly customer: Identity;
  readonly operator: {
    /** The operator as the org calls them; no e-mail address. */
    readonly id: string;
    /** What proves the operator to the store, where the store wants such a thing; null when none was given. */
    readonly token: string | null;
  };
  /** Why, for the store's own records; without personal data. */
  readonly reason: string;
  /** When the gateway ends it at the latest; absent outside the gateway. */
  readonly expiresAt?: Date;
}

export type Impersonation<K extends Kept> =
  | {
      readonly kind: "active";
      readonly secret: K["secret"];
      /** The store's own id of the customer, opaque. */
      readonly storeUserId: string;
      /** When the store itself ends it; null where it does not. */
      readonly expiresAt: Date | null;
      /** The account or organization at the store in which it holds, as the store calls it. */
      readonly account?: string;
    }
  | {
      readonly kind: "denied";
      readonly code: ImpersonationDenial;
      /** For a person who can do something about it; English, without a value. */
      readonly why: string;
    };

/** Every expected no to an impersonation, and the one thing to do about it. */
export const IMPERSONATION_DENIALS = {
  APP_MISSING: "Install the store's impersonation app.",
  ROLE_MISSING: "Give the operator the telesales role at the store, and no other beside it.",
  CUSTOMER_UNKNOWN: "Check the e-mail address, or let the store register the customer first.",
  CUSTOMER_NOT_LOADED: "Try again; if it stays, ask the store why it does not load this customer's profile.",
  CUSTOMER_IS_OPERATOR: "Choose a customer: operators do not stand in for themselves or for each other.",
  OPERATOR_REJECTED: "Let the operator log in at the store again: by `connectOperator`, or give the new token.",
} as const satisfies Record<string, string>;
export type ImpersonationDenial = keyof typeof IMPERSONATION_DENIALS;

export type ImpersonationHealth =
  | Health
  /** The session is there and the customer's place in it is not: `renew` takes it again. `why` for people, without a value. */
  | { readonly kind: "lost"; readonly why: string };
