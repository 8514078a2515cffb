/**
 * stores: the quay. The only room that calls adapters: what each of them can do, the one `Call` they are handed, and
 * the guard that decides where their requests may go. Knows no database and no vault.
 */
import type { AnyAdapter, Environment, RouteAnswer } from "@shopkey/adapter-sdk";
import type { BrowserLayer } from "../browser/index.js";
import type { Clock } from "../kernel/clock.js";
import type { Log } from "../kernel/log.js";
import { type CallIntent, callAdapter, type StoreTarget, type UseAdapter } from "./call.js";
import { type Egress, openEgress } from "./egress.js";
import { type LiveBrowser, type LiveParts, openLive } from "./live.js";
import { type AdapterCard, type AdapterRegistry, openRegistry } from "./registry.js";
import { type Arrival, type Meet, placeOf, receive } from "./route.js";

export type { ContextLease, OpenedSession, SessionEvent } from "../browser/index.js";
export type { CallIntent, StoreTarget, UseAdapter } from "./call.js";
export type { Lend, LiveBrowser, LiveView } from "./live.js";
export type { AdapterCard } from "./registry.js";
export type { Arrival, Meet } from "./route.js";

export interface StoresOptions {
  readonly adapters: readonly AnyAdapter[];
  /** Adapter id → `http://127.0.0.1:<port>` of its sandbox: all that the test environment can reach. */
  readonly sandboxes: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly log: Log;
  /** A store call ends after this long, whatever the adapter does. */
  readonly deadlineMs: number;
  /** Where shoppers log in; null, and by default, nowhere. */
  readonly browser?: BrowserLayer | null;
  /** Origins that may embed a live view; none by default. */
  readonly embedders?: readonly string[];
}

export interface Stores {
  /** Every installed adapter, by id. */
  readonly adapters: () => readonly AdapterCard[];
  /** Throws Refusal NOT_FOUND. */
  readonly adapter: (adapterId: string) => AdapterCard;
  /** The settings as the adapter keeps them. Throws Refusals INVALID with paths below `settings`; never with a value. */
  readonly judgeSettings: (adapterId: string, settings: unknown) => Promise<unknown>;
  /** The same for `credentials`. */
  readonly judgeCredentials: (adapterId: string, credentials: unknown) => Promise<unknown>;
  /** What is sealed for an adapter, when it is sealed and when it is opened. Throws when it is not what the adapter keeps: a bug. */
  readonly keep: (adapterId: string, part: "secret" | "pending", value: unknown) => Promise<unknown>;
  /**
   * Lends the adapter and a Call to `use`. Throws a Refusal for what the store or its adapter expects to go wrong;
   * anything else that is thrown is a bug. Open no database transaction around this.
   */
  readonly call: <T>(target: StoreTarget, intent: CallIntent, use: UseAdapter<T>) => Promise<T>;
  /** Whether some adapter has a route at this place; with the adapter's id, whether that one has. */
  readonly hasRoute: (method: string, path: string, adapterId?: string) => boolean;
  /**
   * Takes what a store sent to its adapter's route. Null when there is no such route or the request was not proven: whoever
   * asks learns no more. Whatever is thrown is told to nobody either.
   */
  readonly receive: (target: StoreTarget, arrival: Arrival, meet: Meet) => Promise<RouteAnswer | null>;
  /** Sessions of the hosted browser, and the contexts that it keeps. */
  readonly live: LiveBrowser;
  /** An address that a person can open: in the test environment the store's pages are its sandbox's. */
  readonly publicUrl: (adapterId: string, environment: Environment, url: string) => string;
  readonly close: () => Promise<void>;
}

export function openStores(options: StoresOptions): Stores {
  const registry: AdapterRegistry = openRegistry(options.adapters);
  const egress: Egress = openEgress({ sandboxes: options.sandboxes, deadlineMs: options.deadlineMs });
  const { sandboxes, browser: layer = null, embedders = [] } = options;
  const live: LiveParts = { layer, sandboxes, embedders, adapter: registry.adapter };
  const places = new Set(options.adapters.flatMap(({ id }) => [...registry.routes(id).keys()]));
  const door = { egress, clock: options.clock, log: options.log };
  return {
    adapters: registry.cards,
    adapter: registry.card,
    judgeSettings: registry.judgeSettings,
    judgeCredentials: registry.judgeCredentials,
    keep: registry.keep,
    call: (target, intent, use) => callAdapter({ ...options, registry, egress, live }, target, intent, use),
    hasRoute: (method, path, adapterId) =>
      (adapterId === undefined ? places : registry.routes(adapterId)).has(placeOf(method, path)),
    receive: async (target, arrival, meet) => {
      const route = registry.routes(target.adapterId).get(placeOf(arrival.request.method, arrival.path));
      if (route === undefined) return null;
      return receive(door, registry.adapter(target.adapterId), route, target, arrival, meet);
    },
    live: openLive(live),
    publicUrl: egress.publicUrl,
    close: egress.close,
  };
}
