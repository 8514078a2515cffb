/** What the store calls us for. */
import type { Call, Kept } from "./contract.js";
import type { Meeting, Question } from "./recognition.js";

/** A call that the store began. */
export interface RouteCall<K extends Kept = Kept> extends Call<K> {
  /**
   * Asks who somebody is: one look at the database, however much is asked. What it changes (a code that is spent) is on
   * disk before it answers. Throws when the database cannot be asked; let it.
   */
  readonly meet: (question: Question) => Promise<Meeting<K>>;
}

export interface RawRequest {
  readonly method: string;
  /** As it was asked for, query and all: signatures are over this. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes as they came: signatures are over these. */
  readonly body: Uint8Array;
}
export interface Route<K extends Kept = Kept> {
  readonly name: string;
  readonly method: "GET" | "POST";
  /** Below the Store's base path, `/v1/orders` say; `/` and the name when absent. */
  readonly path?: string;
  /** Verifies, then receives; null when the request was not proven. */
  readonly answer: (call: RouteCall<K>, request: RawRequest) => Promise<RouteAnswer | null>;
}
export interface RouteAnswer {
  readonly status: number;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly events: readonly StoreEvent[];
}
/**
 * What the store says by itself: a hint. Of facts the gateway knows `account`, the store's own id of it; with
 * `anonymization.changed` it asks how far the store is; with a `standing` (as in `Account`) it raises the consumer's status.
 */
export interface StoreEvent {
  readonly name: string;
  /** Unique at the store; a repetition is dropped. */
  readonly id: string;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}
export interface RouteParts<K extends Kept, Verified> {
  readonly name: string;
  readonly method: "GET" | "POST";
  readonly path?: string;
  readonly verify: (call: RouteCall<K>, request: RawRequest) => Promise<Verified | null>;
  readonly receive: (call: RouteCall<K>, verified: Verified) => Promise<RouteAnswer>;
}
/** Ties the two halves of a route together: what was not verified cannot be received. */
export function route<K extends Kept, Verified>(parts: RouteParts<K, Verified>): Route<K> {
  const { verify, receive, ...declared } = parts;
  return {
    ...declared,
    answer: async (call, request) => {
      const verified = await verify(call, request);
      return verified === null ? null : receive(call, verified);
    },
  };
}
