/**
 * Every way a store may say no. `retry` tells the caller what a repetition is worth:
 * `after-shopper` once the shopper or the org has mended something, `later` as it is, `never` not at all.
 */
export const ADAPTER_ERRORS = {
  CREDENTIALS_REJECTED: { retry: "after-shopper", meaning: "The store refused the login or key it was given." },
  CHALLENGE_REQUIRED: {
    retry: "after-shopper",
    meaning: "The store asks the shopper to log in or to prove that they are human.",
  },
  ANSWER_INVALID: { retry: "after-shopper", meaning: "The shopper's answer to a question of the store was wrong." },
  CONNECTION_EXPIRED: { retry: "after-shopper", meaning: "The store no longer honours this login." },
  IDENTITY_INCOMPLETE: {
    retry: "after-shopper",
    meaning: "A field that the store needs is missing or not acceptable to it.",
  },
  ADDRESS_REQUIRED: {
    retry: "after-shopper",
    meaning: "The shopper has to choose a delivery address at the store.",
  },
  CART_INVALID: {
    retry: "after-shopper",
    meaning: "The cart, or an item in it, is unknown to the store or cannot be bought.",
  },
  STORE_UNAVAILABLE: { retry: "later", meaning: "The store is down, slow or failing." },
  RATE_LIMITED: { retry: "later", meaning: "The store asks for fewer requests." },
  IMPERSONATION_LOST: {
    retry: "after-shopper",
    meaning: "The store no longer takes the operator for the customer; the impersonation has to be renewed.",
  },
  CONNECTION_REVOKED: { retry: "never", meaning: "The shopper or the store ended this connection." },
  REFUSED_BY_STORE: { retry: "never", meaning: "The store understood and said no." },
  PERMISSION_MISSING: { retry: "never", meaning: "The org's credential at the store lacks a permission." },
  NOT_CANCELLABLE: { retry: "never", meaning: "This request cannot be cancelled at this store." },
  TOO_LATE: { retry: "never", meaning: "What was to be cancelled has already happened." },
  NOT_SUPPORTED: { retry: "never", meaning: "The store offers no such thing." },
  STORE_CHANGED: {
    retry: "never",
    meaning: "The page or answer is not the one that the adapter knows; its maintainer must look.",
  },
  SETTINGS_INVALID: { retry: "never", meaning: "The Store's settings or credentials are not usable." },
} as const satisfies Record<string, { retry: Retry; meaning: string }>;

export type Retry = "after-shopper" | "later" | "never";
export type AdapterErrorCode = keyof typeof ADAPTER_ERRORS;

export interface AdapterErrorDetail {
  readonly cause?: unknown;
  /** How long the store asks to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Paths of the fields that the store did not accept, never their values. */
  readonly fields?: readonly string[];
}

/** The one error an adapter throws on purpose. Its message is shown to people: it never holds a value of the shopper's. */
export class AdapterError extends Error {
  readonly code: AdapterErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly fields: readonly string[];

  constructor(code: AdapterErrorCode, message: string, detail: AdapterErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "AdapterError";
    this.code = code;
    this.retryAfterMs = detail.retryAfterMs;
    this.fields = detail.fields ?? [];
  }

  get retry(): Retry {
    return ADAPTER_ERRORS[this.code].retry;
  }
}
