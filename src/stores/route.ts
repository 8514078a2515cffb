/** What a store calls us for: a request is taken to the adapter's route, which proves it before it reads it. */
import {
  AdapterError,
  type AnyAdapter,
  type Question,
  type RawRequest,
  type Route,
  type RouteAnswer,
  type RouteCall,
} from "@shopkey/adapter-sdk";
import type { Clock } from "../kernel/clock.js";
import type { Facts, Log } from "../kernel/log.js";
import type { StoreTarget } from "./call.js";
import type { Egress } from "./egress.js";

/** A request that came in, and where it was meant to go. */
export interface Arrival {
  /** Below the Store's base path, without a query. */
  readonly path: string;
  readonly request: RawRequest;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/** Who somebody is, by the gateway's own words. */
export type Meet = (route: Route, question: Question) => ReturnType<RouteCall["meet"]>;

interface Door {
  readonly egress: Egress;
  readonly clock: Clock;
  readonly log: Log;
}

/** Routes of one adapter, by method and path. */
export type RouteTable = ReadonlyMap<string, Route>;

export const placeOf = (method: string, path: string): string => `${method} ${path}`;

/** Throws when two routes of the adapter are at one address, or when an address cannot be one. */
export function routeTableOf(adapter: AnyAdapter): RouteTable {
  const table = new Map<string, Route>();
  for (const route of (adapter.routes ?? []) as readonly Route[]) {
    const path = route.path ?? `/${route.name}`;
    if (!/^(\/[a-z0-9][a-z0-9._~-]*)+$/.test(path)) throw new Error(`a route of "${adapter.id}" has no usable path`);
    if (table.has(placeOf(route.method, path))) throw new Error(`two routes of "${adapter.id}" are at ${path}`);
    table.set(placeOf(route.method, path), route);
  }
  return table;
}

/** Null when the request was not proven. Throws whatever the adapter throws: nothing of it is for the one who asks. */
export function receive(
  door: Door,
  adapter: AnyAdapter,
  route: Route,
  target: StoreTarget,
  arrival: Arrival,
  meet: Meet,
): Promise<RouteAnswer | null> {
  const { request, requestId } = arrival;
  const { environment } = target;
  const call: RouteCall = {
    store: { id: target.id, settings: target.settings, credentials: target.credentials ?? null },
    environment,
    // Made when it is first looked at: most routes are done before they would look.
    get signal() {
      return arrival.signal;
    },
    now: door.clock.now,
    log: (event, facts) =>
      door.log
        .with({ adapter: adapter.id, storeId: target.id, environment, requestId })
        .info(`adapter: ${event}`, facts as Facts),
    fetch: (url, init = {}) => {
      const hosts = adapter.hosts(target.settings).map((host) => host.toLowerCase());
      return door.egress.fetch({ adapterId: adapter.id, environment, hosts, url, init, signal: arrival.signal });
    },
    // A request is not an intent of ours: whatever must not happen twice hangs on what the store itself calls it.
    idempotencyKey: requestId,
    checkpoint: async () => {},
    resume: null,
    page: () => Promise.reject(new AdapterError("NOT_SUPPORTED", "No page is lent to a route.")),
    meet: (question) => meet(route, question),
  };
  return route.answer(call, request);
}
