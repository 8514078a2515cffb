/**
 * A Refusal is an expected no: it reaches the caller as a `userErrors` entry. Anything else that is thrown is a bug,
 * and is masked. Messages are fixed sentences; they never hold a value that the caller or a shopper gave.
 */
import { ADAPTER_ERRORS, type AdapterErrorCode, type Retry } from "@shopkey/adapter-sdk";
import { NEXT_ACTIONS } from "./next-actions.js";

/** Codes of the gateway itself; those of stores come from the adapters' own table. */
export const GATEWAY_REFUSALS = {
  UNAUTHENTICATED: { retry: "never", meaning: "The API key is missing, malformed, unknown, expired or revoked." },
  FORBIDDEN: { retry: "never", meaning: "The key lacks the scope, or its owner may not do this." },
  NOT_FOUND: {
    retry: "never",
    meaning: "No such thing is visible to this key: unknown, foreign and erased look the same.",
  },
  INVALID: { retry: "after-shopper", meaning: "A value is not acceptable; `field` says which." },
  CONFLICT: { retry: "later", meaning: "Something else changed at the same moment, or is under way." },
  ALREADY_EXISTS: { retry: "never", meaning: "The name is taken within this org." },
  IDEMPOTENCY_KEY_REUSED: { retry: "never", meaning: "The same idempotency key came with another input." },
  CONSUMER_ANONYMIZED: { retry: "never", meaning: "The shopper has been forgotten; nothing can be saved for them." },
  STORE_DISABLED: { retry: "never", meaning: "The Store has been removed or is switched off." },
  OTHER_ACCOUNT: {
    retry: "after-shopper",
    meaning: "The shopper logged in to another account at the store than before.",
  },
  NOT_LOGGED_IN: {
    retry: "after-shopper",
    meaning: "The shopper is not logged in at the store yet; the live view stays open.",
  },
  SESSION_ENDED: { retry: "never", meaning: "The live view is over; nothing of it was kept." },
  BROWSER_UNAVAILABLE: { retry: "later", meaning: "No hosted browser is free, or this gateway hosts none." },
  INTERRUPTED: {
    retry: "later",
    meaning: "The gateway stopped in the middle; what was begun at the store has been undone.",
  },
} as const satisfies Record<string, { retry: Retry; meaning: string }>;

export type RefusalCode = keyof typeof GATEWAY_REFUSALS | AdapterErrorCode;

export interface RefusalDetail {
  /** Path into the mutation's input, for example `["profile", "buyer", "email"]`. */
  readonly field?: readonly string[];
  /** The one thing to do next, for a person; what its code suggests by default. */
  readonly nextAction?: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly field: readonly string[] | null;
  readonly nextAction: string;
  readonly retryAfterMs: number | null;

  constructor(code: RefusalCode, message: string, detail: RefusalDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "Refusal";
    this.code = code;
    this.field = detail.field ?? null;
    this.nextAction = detail.nextAction ?? NEXT_ACTIONS[code];
    this.retryAfterMs = detail.retryAfterMs ?? null;
  }

  get retry(): Retry {
    return (
      (GATEWAY_REFUSALS as Record<string, { retry: Retry }>)[this.code]?.retry ??
      ADAPTER_ERRORS[this.code as AdapterErrorCode].retry
    );
  }
}

/** Several refusals of one input at once: every bad field is told, not just the first. */
export class Refusals extends Error {
  readonly refusals: readonly Refusal[];
  constructor(refusals: readonly Refusal[]) {
    super(`${refusals.length} refusals`);
    this.name = "Refusals";
    this.refusals = refusals;
  }
}
