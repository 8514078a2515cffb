/** How long a session may last, in milliseconds. */
export interface SessionLimits {
  /** A link must be opened before. */
  readonly linkMs: number;
  /** A page that waited for its shopper for longer is opened anew: what was in it may not be good any more. */
  readonly staleMs: number;
  /** Without anything done by the shopper. */
  readonly idleMs: number;
  /** Before the end of `idleMs` the shopper is warned. */
  readonly idleWarningMs: number;
  /** All in all: a code that comes by mail takes its time. */
  readonly capMs: number;
  /** What the shopper may add, once. */
  readonly extensionMs: number;
  /** Without a viewer, once there was one. */
  readonly detachedMs: number;
  /** The gateway looks whether the login is one; after that the shopper goes on. */
  readonly checkingMs: number;
  /** A browser that was shut to be saved, and nobody says what came of it. */
  readonly shutMs: number;
}

const MINUTE = 60_000;

export const SESSION_LIMITS: SessionLimits = {
  linkMs: 10 * MINUTE,
  staleMs: MINUTE,
  idleMs: 5 * MINUTE,
  idleWarningMs: MINUTE,
  capMs: 20 * MINUTE,
  extensionMs: 10 * MINUTE,
  detachedMs: 1.5 * MINUTE,
  checkingMs: 2 * MINUTE,
  shutMs: 2 * MINUTE,
};
