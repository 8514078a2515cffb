/**
 * The adapter contract, version 1. An adapter is a function that returns a plain object: a pure translator that sees
 * one `Call`, speaks to one store, and never sees the database, the vault or another connection.
 * The presence of an optional member is the capability. Members are function properties, not methods, so that
 * TypeScript compares their parameters strictly.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Identity, ProfileField } from "./identity.js";
import type { Impersonate } from "./impersonation.js";
import type { SharedMemory } from "./memory.js";
import type { Browsing, Page } from "./page.js";
import type { LookupKey, Pass, Shown } from "./recognition.js";
import type { Route } from "./routes.js";

/** What an adapter keeps, by type. Each has a Standard Schema validator in `Adapter.keeps`. */
export interface Kept {
  /** Public configuration of one Store; no secrets. */
  settings: unknown;
  /** The org's own key at the store; sealed, write-only. */
  credentials: unknown;
  /** What proves a consumer's connection to the store; sealed. */
  secret: unknown;
  /** What must be remembered between two steps of connecting; sealed. */
  pending: unknown;
}

export interface Adapter<K extends Kept = Kept> {
  /** Permanent, kebab-case. */
  readonly id: string;
  /** What a shopper reads. */
  readonly title: string;
  /** Checked when the gateway starts. */
  readonly contract: 1;
  /** Every host name it may speak to; all others are refused. Pure. Empty for a store that only ever asks us. */
  readonly hosts: (settings: K["settings"]) => readonly string[];
  /** Standard Schema validators; those that also offer Standard JSON Schema (zod ≥ 4.2) document themselves in the graph. */
  readonly keeps: { readonly [P in keyof Kept]: StandardSchemaV1<unknown, K[P]> };
  /** It is handed these fields and no others. */
  readonly needs: Needs;
  /** Present: it logs in through the live view. */
  readonly browser?: Browsing<K>;
  readonly connect: Connect<K>;
  readonly checkoutIdentity: CheckoutIdentity<K>;
  readonly anonymize: Anonymize<K>;
  readonly impersonate?: Impersonate<K>;
  /** Webhooks in, and whatever else the store calls us for. Build each with `route()`. */
  readonly routes?: readonly Route<K>[];
}

/** An adapter whose kept types are not known here; the gateway validates with `keeps` instead. */
// biome-ignore lint/suspicious/noExplicitAny: the one place where an adapter's own types are set aside.
export type AnyAdapter = Adapter<any>;

export interface Needs {
  /** Handed to `checkoutIdentity.apply`. Without a required field it is not called. */
  readonly checkout: { readonly required: readonly ProfileField[]; readonly optional: readonly ProfileField[] };
  /** Handed to `checkoutIdentity.readiness`, where present. */
  readonly readiness: readonly ProfileField[];
  /** Handed to `anonymize.request`, where present: captured before the shopper's data is destroyed. */
  readonly anonymize: readonly ProfileField[];
}

/** First argument of every function, always. Nothing in it outlives the call. */
export interface Call<K extends Kept = Kept> {
  readonly store: {
    readonly id: string;
    readonly settings: K["settings"];
    readonly credentials: K["credentials"] | null;
  };
  readonly environment: Environment;
  /** Aborted at the gateway's deadline or when the caller is gone; end within a second. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Structured log. `facts` are numbers, booleans and codes; never a shopper's data. */
  readonly log: (event: string, facts?: Readonly<Record<string, string | number | boolean>>) => void;
  /**
   * Speak to the store with this and with nothing else. Always use the store's real `https` address: in the test
   * environment the gateway connects every host to the adapter's own sandbox, in live only to the declared `hosts`.
   * Redirects are not followed.
   */
  readonly fetch: (url: string, init?: FetchInit) => Promise<Response>;
  /** The same for a repetition of the same intent, over restarts. */
  readonly idempotencyKey: string;
  /**
   * Remember how far this call came (no personal data, at most 1 KB): what was saved last is `resume` when the same
   * intent is taken up again after a crash. Resolves once it is on disk.
   */
  readonly checkpoint: (value: string) => Promise<void>;
  readonly resume: string | null;
  /** Present where the call's secret is an impersonation's; see `ImpersonationCall`. */
  readonly keep?: (secret: K["secret"]) => Promise<void>;
  /** What all gateways that call this Store have in common. Absent where there is but one, and in a call that the store began. */
  readonly shared?: SharedMemory;
  /**
   * Lends a page of the hosted browser, for adapters that declare `browser`: a fresh one, in the context of this
   * connection (in `connect.finish`: what the shopper's live view has come to). It is closed when `use` ends.
   */
  readonly page: <T>(use: (page: Page) => Promise<T>) => Promise<T>;
}

export type Environment = "test" | "live";
export type FetchInit = Pick<RequestInit, "method" | "headers" | "body" | "signal">;

// --- connecting -----------------------------------------------------------------------------------------------------

export interface Connect<K extends Kept> {
  /** A store without logins answers `connected` at once, or throws NOT_SUPPORTED. */
  readonly start: (call: Call<K>, hint: Hint) => Promise<Step<K>>;
  /** May ask again. Probes the store before it answers `connected`. */
  readonly finish: (call: Call<K>, pending: K["pending"], answer: Answer) => Promise<Step<K>>;
  readonly verify: (call: Call<K>, secret: K["secret"]) => Promise<Health>;
  /** Idempotent: a connection that is gone already is a success. */
  readonly disconnect: (call: Call<K>, secret: K["secret"]) => Promise<Farewell>;
  /** The org calls the shopper something else now (`Hint.shopperReference`). Idempotent; the last one told is what counts. */
  readonly rename?: (call: Call<K>, secret: K["secret"], shopperReference: string) => Promise<Account>;
  /**
   * For stores that recognise the shopper by what they show: a fresh pass. Called each time the shopper's app opens its
   * screen, so it asks nobody. The gateway keeps the keys before it answers the pass.
   */
  readonly show?: (call: Call<K>, secret: K["secret"]) => Promise<Shown>;
}
/** What the org knows beforehand; `identity` holds the fields of `needs.readiness`. */
export interface Hint {
  readonly identity: Identity;
  /** The consumer's shopper reference, present only when the org chose it: a store that keeps such a thing takes it over. */
  readonly shopperReference?: string;
}
export type Step<K extends Kept> =
  | {
      readonly kind: "connected";
      readonly secret: K["secret"];
      readonly account: Account;
      /** By what the shopper is known at the store's door from now on. */
      readonly recognise?: readonly LookupKey[];
    }
  /** Something to show at the store's door; `finish` binds it. The fields may be answered, and need not be. */
  | {
      readonly kind: "pass";
      readonly pass: Pass;
      readonly fields: readonly FormField[];
      readonly pending: K["pending"];
    }
  /** From `finish`: not logged in yet, and the live view stays open. `why` tells the shopper, in English, without a value. */
  | { readonly kind: "liveView"; readonly pending: K["pending"]; readonly why?: string }
  | { readonly kind: "redirect"; readonly url: string; readonly pending: K["pending"] }
  | { readonly kind: "form"; readonly fields: readonly FormField[]; readonly pending: K["pending"] };
export interface FormField {
  readonly name: string;
  readonly title: string;
  readonly kind: "text" | "code" | "password";
}
export type Answer = Readonly<Record<string, string>>;
export interface Account {
  /** The store's own id of the account, opaque; null where there is none. */
  readonly id: string | null;
  /** Already masked, for people; null where the store tells nothing. */
  readonly label: string | null;
  /** How often the shopper has bought at this store; it raises the consumer's own status and never lowers it. */
  readonly standing?: "prospect" | "acquired" | "repeat";
  /** What the store calls the shopper towards payment gateways, 3 to 128 characters. */
  readonly shopperReference?: string;
  /** The store's own names of the groups that the shopper belongs to. */
  readonly groups?: readonly string[];
}
export type Health =
  /** With `account` where the store told something of it along the way. */
  | { readonly kind: "live"; readonly account?: Account }
  | { readonly kind: "expired" }
  | { readonly kind: "revoked" }
  /**
   * The store could not be asked. Changes nothing. With `suspect`, the answer looks like a logout at a store that is known to
   * answer living logins like this, too: once is nothing, several in a row are an expired login. The gateway counts them;
   * `live` starts anew, a plain `inconclusive` does not count.
   */
  | { readonly kind: "inconclusive"; readonly why: string; readonly suspect?: true };
/** Whether the store itself agreed to the end. */
export interface Farewell {
  readonly storeAgreed: boolean;
  readonly note: string;
}

// --- checkout -------------------------------------------------------------------------------------------------------

export interface CheckoutIdentity<K extends Kept> {
  /**
   * For a cart that is a product's address: names in its query that say which product it is. Whatever else stands there may
   * say who clicked where, and is dropped before anything is kept; without this all of it is.
   */
  readonly productQuery?: readonly string[];
  /** What stands in the way beyond missing fields, which the gateway finds by itself. */
  readonly readiness: (call: Call<K>, secret: K["secret"] | null, identity: Identity) => Promise<Readiness>;
  readonly apply: (call: Call<K>, secret: K["secret"] | null, identity: Identity, cart: Cart) => Promise<Applied>;
  /**
   * Take the shopper out of the cart that `apply` had begun on; `call.resume` is its last checkpoint, null when it saved
   * none (then there is nothing to undo). Idempotent. The gateway calls it
   * - at once, when `apply` threw and will not be tried again (every code but STORE_UNAVAILABLE and RATE_LIMITED), after
   *   a checkpoint, for a cart that `apply` opened itself: an existing cart is left to the org as it is;
   * - later, when `apply` was cut off, by a crash or a bug, and cannot be finished. That may be a cart the org had named: take out
   *   what the shopper gave, and leave the items where the store lets you.
   * What it throws is logged and changes no answer; after a crash it is called again for a day while the store is down.
   */
  readonly abandon: (call: Call<K>) => Promise<void>;
}
export type Readiness =
  | { readonly kind: "ready" }
  | {
      readonly kind: "blocked";
      readonly code: "LOGIN_REQUIRED" | "ADDRESS_REQUIRED" | "STORE_UNAVAILABLE" | "PERMISSION_MISSING";
      readonly why: string;
    };
export type Cart =
  | { readonly kind: "existing"; readonly id: string }
  | { readonly kind: "items"; readonly items: readonly CartItem[] }
  /** The address of one product at the store, for stores where the shopper buys in the hosted browser. */
  | { readonly kind: "url"; readonly url: string };
export interface CartItem {
  /** The store's own id of what is bought (VTEX: SKU id). */
  readonly id: string;
  readonly quantity: number;
  /** The store's seller id; the store itself when absent. */
  readonly seller?: string;
}
/** Never holds personal data: ids, amounts, codes. */
export interface Applied {
  readonly cart: { readonly id: string; readonly url: string };
  /** Of a hand-off: the price of the one product, before delivery. */
  readonly total: { readonly amountMinor: number; readonly currency: string };
  /** Fields that the store was given and, read back, has. */
  readonly fields: readonly ProfileField[];
  /** What the store remarked, by its own code; texts of the store are localized and may quote values, so they stay out. */
  readonly remarks: readonly { readonly code: string; readonly severity: "info" | "warning" }[];
  /** Present when the store itself says that the order is placed. */
  readonly ordered?: { readonly reference: string };
  /** Present when the shopper has to finish and pay in person: a live view of this connection's context, opened at `url`. */
  readonly handOff?: { readonly url: string };
}

// --- being forgotten ------------------------------------------------------------------------------------------------

export interface Anonymize<K extends Kept> {
  readonly request: (call: Call<K>, subject: Subject<K>) => Promise<Progress>;
  /** Only ever moves forward. */
  readonly status: (call: Call<K>, subject: Subject<K>, progress: Progress) => Promise<Progress>;
  readonly cancel: (call: Call<K>, subject: Subject<K>, progress: Progress) => Promise<Progress>;
}
export interface Subject<K extends Kept> {
  /** The fields of `needs.anonymize`. */
  readonly identity: Identity;
  readonly secret: K["secret"] | null;
}
export interface Progress {
  readonly kind:
    | "requested"
    | "inProgress"
    | "awaitingOperator"
    | "awaitingShopper"
    | "completed"
    | "failed"
    | "cancelled";
  /** The store's own reference, opaque. */
  readonly reference: string | null;
  /** What a person has to do, or what happened; no personal data. */
  readonly note: string;
  /** Ask again no sooner than this. */
  readonly checkAfterMs?: number;
  /** Of `awaitingShopper`: what nobody but the shopper can do, in the order of doing. */
  readonly tasks?: readonly ShopperTask[];
}
/** English texts for people, without personal data; `code` is for whoever translates them. */
export interface ShopperTask {
  readonly code: string;
  readonly title: string;
  readonly url: string;
  /** Goes beyond what was asked: done only when the shopper wants this, too. */
  readonly optional: boolean;
  /** What else comes with it. */
  readonly warnings: readonly string[];
  /** Why the store may refuse it. */
  readonly blockers: readonly string[];
}

// --- the sandbox ----------------------------------------------------------------------------------------------------

/**
 * A local stand-in for the store, exported as `startSandbox` from the package's `./sandbox`. One server serves every
 * account of the store, told apart by the `x-forwarded-host` header (the real host name that was asked for).
 * Under `/_sandbox/` it has switches and a lens on what it holds; that part is for people and tests, never for adapters.
 */
export interface Sandbox {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly close: () => Promise<void>;
}
export interface SandboxOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly now?: () => Date;
}
export type StartSandbox<S extends Sandbox = Sandbox> = (options?: SandboxOptions) => Promise<S>;
