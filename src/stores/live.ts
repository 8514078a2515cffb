/** Adapters' way into the hosted browser: what is opened for which Store, and which page an adapter is lent. */
import { AdapterError, type AnyAdapter, type Page } from "@shopkey/adapter-sdk";
import {
  type BrowserLayer,
  type ContextLease,
  LayerRefused,
  type OpenedSession,
  type SessionEvent,
  type SessionOutcome,
  type Surroundings,
} from "../browser/index.js";
import { Refusal } from "../kernel/refusal.js";
import type { StoreTarget } from "./call.js";

/** Which page `call.page` lends: one in a live session, unseen by the shopper, or one in a saved context's own process. */
export type Lend =
  | { readonly kind: "session"; readonly sessionId: string }
  | {
      readonly kind: "context";
      readonly context: ContextLease;
      /** Keeps what the store changed in it (rotated cookies), and hears of the generation that is the newest then. */
      readonly onKept?: (generation: number) => Promise<void>;
    };

export interface LiveView {
  /** Null: a browser that knows nobody. */
  readonly context: ContextLease | null;
  /** Null: where the adapter lets shoppers log in. */
  readonly startUrl: string | null;
  /** The org's name and the Store's title, for the shopper. */
  readonly app: string;
  readonly store: string;
  /** `operator`: a person of the org logs in as themselves. */
  readonly purpose: "connect" | "handOff" | "operator";
}

/** Everything throws Refusals: BROWSER_UNAVAILABLE, SESSION_ENDED, CONNECTION_EXPIRED, CONFLICT, STORE_CHANGED. */
export interface LiveBrowser {
  readonly open: (target: StoreTarget, view: LiveView, signal: AbortSignal) => Promise<OpenedSession>;
  /** Shuts the session's browser and keeps what it held; the new generation. */
  readonly save: (sessionId: string, context: ContextLease, signal: AbortSignal) => Promise<number>;
  /** Back to the shopper, with a sentence. */
  readonly resume: (sessionId: string, notice: { code: string; text: string }) => Promise<void>;
  /** Any number of times. */
  readonly end: (sessionId: string, outcome: SessionOutcome, notice?: { code: string; text: string }) => Promise<void>;
  readonly deleteContext: (contextId: string) => Promise<void>;
  /** Whether the browser layer still keeps anything of it. */
  readonly holdsContext: (contextId: string) => Promise<boolean>;
  readonly watch: (listener: (event: SessionEvent) => Promise<void>) => () => void;
}

export interface LiveParts {
  /** Null: this gateway hosts no browser. */
  readonly layer: BrowserLayer | null;
  /** Adapter id → URL of its sandbox. */
  readonly sandboxes: ReadonlyMap<string, string>;
  /** Origins that may embed a live view. */
  readonly embedders: readonly string[];
  readonly adapter: (adapterId: string) => AnyAdapter;
}

export function openLive(parts: LiveParts): LiveBrowser {
  const ask = async <T>(work: (layer: BrowserLayer) => Promise<T>): Promise<T> => {
    if (parts.layer === null) throw noBrowser();
    try {
      return await work(parts.layer);
    } catch (error) {
      throw refusalOf(error);
    }
  };
  return {
    open: (target, view, signal) => ask((layer) => layer.openSession(requestOf(parts, target, view), signal)),
    save: (sessionId, context, signal) => ask((layer) => layer.saveSession(sessionId, context, signal)),
    resume: (sessionId, notice) => ask((layer) => layer.resumeSession(sessionId, notice)),
    end: (sessionId, outcome, notice) => ask((layer) => layer.endSession(sessionId, outcome, notice)),
    deleteContext: (contextId) => ask((layer) => layer.deleteContext(contextId)),
    holdsContext: (contextId) => ask((layer) => layer.holdsContext(contextId)),
    watch: (listener) => parts.layer?.watch(listener) ?? (() => undefined),
  };
}

/** `call.page` of one call. */
export function openLending(
  parts: LiveParts,
  target: StoreTarget,
  lend: Lend | null,
  signal: AbortSignal,
): <T>(use: (page: Page) => Promise<T>) => Promise<T> {
  return async (use) => {
    const { layer } = parts;
    if (layer === null) throw noBrowser();
    if (lend === null) throw new AdapterError("CHALLENGE_REQUIRED", "The shopper has not connected an account.");
    try {
      if (lend.kind === "session") return await layer.withSessionPage(lend.sessionId, signal, use);
      const surroundings = surroundingsOf(parts, target);
      const request = { surroundings, context: lend.context, keep: lend.onKept !== undefined };
      const { result, generation } = await layer.withContextPage(request, signal, use);
      if (generation !== lend.context.generation) await lend.onKept?.(generation);
      return result;
    } catch (error) {
      throw lend.kind === "context" ? refusalOf(error, "context") : refusalOf(error);
    }
  };
}

function requestOf(parts: LiveParts, target: StoreTarget, { context, startUrl, app, store, purpose }: LiveView) {
  const browsing = browsingOf(parts.adapter(target.adapterId), purpose);
  return {
    surroundings: surroundingsOf(parts, target, purpose),
    startUrl: startUrl ?? browsing.loginUrl(target.settings),
    context,
    occasion: { app, store, purpose },
    looksDone: purpose === "handOff" ? null : browsing.looksDone(target.settings),
    embedders: parts.embedders,
  };
}

function surroundingsOf(
  parts: LiveParts,
  { adapterId, environment, settings }: StoreTarget,
  purpose: LiveView["purpose"] = "connect",
): Surroundings {
  const adapter = parts.adapter(adapterId);
  const browsing = browsingOf(adapter, purpose);
  const hosts = adapter.hosts(settings);
  const place = { locale: browsing.locale(settings), timezone: browsing.timezone(settings) };
  if (environment === "live") return { ...place, egress: { kind: "public", hosts } };
  const sandbox = parts.sandboxes.get(adapterId);
  if (sandbox === undefined) throw new AdapterError("STORE_UNAVAILABLE", "The sandbox of this adapter is not running.");
  return { ...place, egress: { kind: "sandbox", origins: Object.fromEntries(hosts.map((host) => [host, sandbox])) } };
}

function browsingOf(
  { browser, impersonate, id }: AnyAdapter,
  purpose: LiveView["purpose"],
): NonNullable<AnyAdapter["browser"]> {
  const browsing = purpose === "operator" ? impersonate?.login?.browser : browser;
  if (browsing === undefined) throw new Error(`adapter "${id}" does not declare a browser`);
  return browsing;
}

const noBrowser = (): Refusal =>
  new Refusal("BROWSER_UNAVAILABLE", "This gateway hosts no browser at the moment.", {
    nextAction: "Run `shopkey doctor` where the gateway runs: it says what is missing.",
  });

/** What the browser layer refuses, as the gateway says it; anything else is a bug and stays as it is. */
function refusalOf(error: unknown, about: "session" | "context" = "session"): unknown {
  if (!(error instanceof LayerRefused)) return error;
  switch (error.why) {
    case "gone":
    case "rejected":
      return about === "context"
        ? new Refusal("CONNECTION_EXPIRED", "The saved login is gone.", { nextAction: CONNECT_AGAIN, cause: error })
        : new Refusal("SESSION_ENDED", "The live view is over.", { nextAction: START_AGAIN, cause: error });
    case "conflict":
      return new Refusal("CONFLICT", "The login is being saved by somebody else.", { cause: error });
    case "too-large":
      return new Refusal("STORE_CHANGED", "What the store keeps in the browser is too large to be saved.", {
        cause: error,
      });
    case "busy":
      return new Refusal("BROWSER_UNAVAILABLE", "Every hosted browser is in use.", {
        nextAction: "Wait as long as `retryAfterMs` says, then try again with the same idempotency key.",
        retryAfterMs: error.retryAfterMs ?? 5_000,
        cause: error,
      });
    case "unavailable":
      return new Refusal("BROWSER_UNAVAILABLE", "The hosted browser does not answer.", {
        nextAction: "Try again later with the same idempotency key.",
        cause: error,
      });
    default:
      return error;
  }
}

const CONNECT_AGAIN = "Let the shopper connect the store again.";
const START_AGAIN = "Begin again with `startConnection`.";
