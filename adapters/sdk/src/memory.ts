/** What the gateways that call one Store have in common. */

/** For tokens of the org's own that a store gives out seldom, or to few at a time. Nothing of a shopper's belongs here. */
export interface SharedMemory {
  /**
   * The value of this name while it is fresh. Otherwise `make` makes it: of all who ask at once, on whichever gateway, one does
   * and the others wait; what it throws is thrown to that one alone. Sealed where it is kept. A `stale` value, one that the
   * store has refused, is not handed out again. Give the call's own `signal`.
   */
  readonly obtain: (
    name: string,
    make: () => Promise<SharedValue>,
    options: { readonly signal: AbortSignal; readonly stale?: string },
  ) => Promise<SharedValue>;
  /**
   * Takes one of so many calls that all gateways together make within a minute, whichever Store they are for: 0, or for how many
   * milliseconds there is none.
   */
  readonly spend: (what: string, perMinute: number) => Promise<number>;
}
export interface SharedValue {
  readonly value: string;
  /** Unix time in milliseconds. */
  readonly freshUntil: number;
}
