import type { Adapter, Answer, Call, Cart, Hint, Kept, Sandbox, StartSandbox, Step } from "../contract.js";
import type { Identity, ProfileField } from "../identity.js";
import type { ImpersonationDenial, ImpersonationRequest } from "../impersonation.js";
import type { RawRequest } from "../routes.js";
import type { Switches } from "../sandbox/index.js";
import type { Known } from "./meet.js";

/** The runner's own `test`: jest, vitest, node:test and their like all fit. */
export type TestFunction = (name: string, body: () => Promise<void>) => unknown;

/** Instead of a fixture: why this store has no such thing. Printed in the name of the check. */
export interface None {
  readonly none: string;
}
type Maybe<T> = T | Promise<T>;

/** What the kit has to know about a store and its sandbox. `S` is what `startSandbox` gives. */
export interface ConformanceOptions<K extends Kept, S extends Sandbox> {
  readonly adapter: Adapter<K>;
  /** Started anew for every check, on the kit's own clock (`options.now`), and closed after it. */
  readonly startSandbox: StartSandbox<S>;
  readonly settings: K["settings"];
  readonly credentials: K["credentials"] | null;
  /** Replaces fields of the kit's sample shopper where the sandbox wants others (a postal code that it knows). */
  readonly identity?: Identity;
  /** A cart that the sandbox can sell; none where the store asks us at its checkout instead, and has no cart for us. */
  readonly cart: ((sandbox: S) => Maybe<Cart>) | None;
  /** The second lens: does the store hold this value now? Looks at the sandbox itself, never through the adapter. */
  readonly holds: (sandbox: S, value: string, field: ProfileField) => Maybe<boolean>;
  readonly login: LoginFixture<K, S> | None;
  readonly forgetting: ForgettingFixture | None;
  /** Demanded when the adapter has `impersonate`. */
  readonly impersonation?: ImpersonationFixture<K, S>;
  /** Demanded for each of the adapter's `routes`, by name. */
  readonly deliveries?: Readonly<Record<string, DeliveryFixture<S>>>;
  /** Lends a page to adapters that log in through the live view. */
  readonly page?: Call["page"];
  /**
   * Checks that this store cannot pass, by name (`verifies/expired`), each with the reason. A tolerated check is run
   * all the same: once it passes, the kit asks for the tolerance to be taken away.
   */
  readonly tolerances?: Readonly<Record<string, string>>;
}

export interface LoginFixture<K extends Kept, S extends Sandbox> {
  readonly hint?: Hint;
  readonly answer: (sandbox: S, step: Step<K>) => Maybe<Answer>;
  readonly wrongAnswer: (sandbox: S, step: Step<K>) => Maybe<Answer>;
  /** The second lens: does the store still honour this login? */
  readonly isLive: (sandbox: S, secret: K["secret"]) => Maybe<boolean>;
  /** Ends the login at the store, behind the adapter's back. */
  readonly revoke: (sandbox: S, secret: K["secret"]) => Maybe<void>;
  /** How long an unanswered login stays open, in milliseconds. */
  readonly answerWithinMs: number | None;
  /** How long a login lasts, in milliseconds. */
  readonly lastsMs: number | None;
  /** Switches that make the store accept an answer and give a login that does not work. */
  readonly stillborn: Switches | None;
}

export interface ForgettingFixture {
  /** The longest that the store takes, in milliseconds of the kit's clock. */
  readonly takesMs: number | None;
}

export interface ImpersonationFixture<K extends Kept, S extends Sandbox> {
  readonly request: ImpersonationRequest;
  /** Someone whom the store does not know. */
  readonly stranger: Identity;
  readonly isLive: (sandbox: S, secret: K["secret"]) => Maybe<boolean>;
  /** Everything else that the store has to deny. */
  readonly denials?: readonly Denial<S>[];
  /** The lens on the whole store: is any operator in any customer's place? Without it nothing is cut off in its middle. */
  readonly anyLive?: (sandbox: S) => Maybe<boolean>;
  /** Makes the store let go of the customer's place by itself. Demanded when the adapter has `renew`. */
  readonly drop?: (sandbox: S, secret: K["secret"]) => Maybe<void>;
}

export interface Denial<S extends Sandbox> {
  readonly name: string;
  readonly code: ImpersonationDenial;
  /** What differs from the good request; may prepare the store. */
  readonly request?: (sandbox: S, good: ImpersonationRequest) => Maybe<ImpersonationRequest>;
  readonly switches?: Switches;
}

export interface DeliveryFixture<S extends Sandbox> {
  /** A genuine request of the store, fresh at `now`; hide the shopper's values in it if the store's hold some. */
  readonly request: (sandbox: S, now: Date, shopper: Identity) => Maybe<RawRequest>;
  /** The header that proves it, lower-case. */
  readonly signature: string;
  /** After how long a delivery is too old, in milliseconds. */
  readonly staleAfterMs: number | None;
  /** Whom the gateway knows, for routes that ask who somebody is. */
  readonly known?: readonly Known[];
}
