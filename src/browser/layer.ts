/**
 * What the gateway may ask of the browser layer, whichever process it runs in. Nothing here names an org or a consumer,
 * and a context's key is lent for the one thing that is asked and forgotten.
 */
import type { Page } from "@shopkey/adapter-sdk";

/** What the browser has to know of the store that it is opened for. */
export interface Surroundings {
  /** BCP 47 and IANA. */
  readonly locale: string;
  readonly timezone: string;
  /** Where its traffic may go. `sandbox`: host pattern → origin on this machine. */
  readonly egress:
    | { readonly kind: "sandbox"; readonly origins: Readonly<Record<string, string>> }
    | { readonly kind: "public"; readonly hosts: readonly string[] };
}

/** A saved login as its holder knows it; generations count from 1. */
export interface ContextLease {
  readonly contextId: string;
  readonly generation: number;
  /** 32 bytes, the caller's to wipe. */
  readonly key: Uint8Array;
}

export interface SessionRequest {
  readonly surroundings: Surroundings;
  /** Where the live view begins: an https address of a declared host. */
  readonly startUrl: string;
  /** Null: a browser that knows nobody. */
  readonly context: ContextLease | null;
  /** What the shopper is told. */
  readonly occasion: {
    readonly app: string;
    readonly store: string;
    readonly purpose: "connect" | "handOff" | "operator";
  };
  /** An expression, true in a page where the login seems to be done; null: only the shopper says so. */
  readonly looksDone: string | null;
  /** Origins that may embed the live view; none by default. */
  readonly embedders: readonly string[];
}

export interface OpenedSession {
  /** `bs_…`, opaque; it says which worker has it, and nothing else. */
  readonly sessionId: string;
  /** Shown to the shopper and to nobody else: the secret is in its fragment, and is good for one claim. */
  readonly liveViewUrl: string;
  /** The link must be opened before. */
  readonly linkExpiresAt: Date;
  /** The end of it all, unless the shopper extends it. */
  readonly expiresAt: Date;
}

/** What became of a session, told to whoever looks after it. `done`: the shopper, or `looksDone`, says so. */
export interface SessionEvent {
  readonly sessionId: string;
  readonly kind: "opened" | "done" | "cancelled" | "expired" | "failed";
}

export type SessionOutcome = "connected" | "cancelled" | "expired" | "failed";

/** `busy`: every browser is in use. `gone`: no such session or context (any more). `conflict`: saved by somebody else first. */
export type LayerRefusal =
  | "busy"
  | "gone"
  | "conflict"
  | "too-large"
  | "rejected"
  | "forbidden-address"
  | "unavailable";

/** An expected no of the browser layer. */
export class LayerRefused extends Error {
  readonly why: LayerRefusal;
  /** Of `busy`: ask again after this. */
  readonly retryAfterMs: number | null;
  constructor(why: LayerRefusal, retryAfterMs: number | null = null) {
    super(`The browser layer refused: ${why}.`);
    this.name = "LayerRefused";
    this.why = why;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Everything throws LayerRefused; `signal` ends what is asked, within a second. */
export interface BrowserLayer {
  readonly openSession: (request: SessionRequest, signal: AbortSignal) => Promise<OpenedSession>;
  /** A new link; the old one, and whoever looks through it, ends within a second. */
  readonly renewLink: (sessionId: string) => Promise<Pick<OpenedSession, "liveViewUrl" | "linkExpiresAt">>;
  /** A fresh page in the session's browser, unseen by the shopper; closed when `use` ends. */
  readonly withSessionPage: <T>(sessionId: string, signal: AbortSignal, use: (page: Page) => Promise<T>) => Promise<T>;
  /**
   * Shuts the session's browser and keeps what it held as generation `context.generation + 1`; answers that generation.
   * The shopper's page says "checking" until `endSession`.
   */
  readonly saveSession: (sessionId: string, context: ContextLease, signal: AbortSignal) => Promise<number>;
  /** From "checking" or whatever, back to the shopper with a sentence; only while its browser is open. */
  readonly resumeSession: (sessionId: string, notice: { code: string; text: string }) => Promise<void>;
  /** Any number of times; unknown sessions too. `notice` says why, to a shopper who still looks. */
  readonly endSession: (
    sessionId: string,
    outcome: SessionOutcome,
    notice?: { code: string; text: string },
  ) => Promise<void>;
  /**
   * Restores a context in a new process and lends a page in it, unseen by anybody. With `keep`, what the store changed (rotated
   * cookies) is saved as the next generation; another writer's is left alone.
   */
  readonly withContextPage: <T>(
    request: { readonly surroundings: Surroundings; readonly context: ContextLease; readonly keep: boolean },
    signal: AbortSignal,
    use: (page: Page) => Promise<T>,
  ) => Promise<{ readonly result: T; readonly generation: number }>;
  /** Every generation, for good. Any number of times. */
  readonly deleteContext: (contextId: string) => Promise<void>;
  /** Whether anything of it is still kept: asked after a deletion, where somebody has to be sure. */
  readonly holdsContext: (contextId: string) => Promise<boolean>;
  /**
   * Calls `listener` with what becomes of sessions; after a silence, with the last word of each session again. A listener that
   * throws is called again later. Answers what ends it.
   */
  readonly watch: (listener: (event: SessionEvent) => Promise<void>) => () => void;
  /** Throws LayerRefused `unavailable` when no worker answers. */
  readonly ping: () => Promise<{ readonly chromium: string; readonly free: number; readonly slots: number }>;
  readonly close: () => Promise<void>;
}
