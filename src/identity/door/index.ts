/**
 * The Stores' own doors: what a store calls us for. The org comes from the Store in the address and from nothing else, and
 * nothing that a request says is believed before the Store's adapter has proven it.
 */
import { hash } from "node:crypto";
import type { Meeting, Question, RawRequest, Route, RouteAnswer, StoreEvent } from "@shopkey/adapter-sdk";
import { LRUCache } from "lru-cache";
import { type AddressedStore, type MeetingRow, recognitions, type Scope } from "../../data/index.js";
import type { StoreId } from "../../kernel/ids.js";
import { errorFacts } from "../../kernel/log.js";
import type { OrgVault } from "../../vault/index.js";
import { hearOfForgetting } from "../anonymization-events.js";
import { openHeldSecret } from "../connection-seal.js";
import { digestOf } from "../recognition.js";
import type { Rooms } from "../rooms.js";
import { hearOfStanding } from "../store-accounts.js";
import { type Counter, openCounter } from "./counter.js";
import { type DoorStore, openDoorStores, orgOf } from "./stores.js";

const COUNTERS = 1_000;
const SWEEP_EVERY_MS = 60_000;
/** A little longer than an answer is kept. */
const SWEPT_FOR_MS = 11 * 60_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What came in at a Store's address. */
export interface StoreRequest {
  /** `sto_…`, as the address says. */
  readonly store: string;
  /** Below the Store's base path. */
  readonly path: string;
  readonly request: RawRequest;
  readonly requestId: string;
  /** Aborted when whoever asked is answered or gone. */
  readonly signal: AbortSignal;
}
export interface StoreAnswer extends RouteAnswer {
  readonly adapter: string;
}

export interface Door {
  /** Whether any store's adapter has a route there. */
  readonly hasRoute: (method: string, path: string) => boolean;
  /**
   * Null for whatever was not proven: a Store that is not there, a path that is another adapter's, a wrong signature. What is
   * thrown is for the log and not for whoever asked.
   */
  readonly receive: (given: StoreRequest) => Promise<StoreAnswer | null>;
  readonly close: () => void;
}

export function openDoor(rooms: Rooms): Door {
  const stores = openDoorStores(rooms);
  const counters = new LRUCache<string, Counter>({ max: COUNTERS });
  const visited = new Map<StoreId, { readonly scope: Scope; readonly until: number }>();

  function counterOf(org: OrgVault, store: DoorStore, { caller, rate }: Question): Counter {
    const name = `${store.row.id} ${rate.perMinute} ${rate.burst} ${caller}`;
    const found = counters.get(name);
    if (found !== undefined) return found;
    const { perMinute, burst } = rate;
    const opened = openCounter(rooms, store, org.fingerprint(`caller ${store.row.id} ${caller}`), { perMinute, burst });
    counters.set(name, opened);
    return opened;
  }

  async function meet(store: DoorStore, { request }: StoreRequest, route: Route, asked: Question): Promise<Meeting> {
    const org = await orgOf(rooms, store.row);
    const { id } = store.row;
    visited.set(id, { scope: store.row, until: performance.now() + SWEPT_FOR_MS });
    const row = await counterOf(org, store, asked).ask({
      fingerprint: asked.requestId === null ? null : fingerprintOf(org, id, route, asked.requestId, request.body),
      digests: (asked.keys ?? []).map((key) => digestOf(org, id, key)),
      id: asked.id !== undefined && UUID.test(asked.id) ? asked.id : null,
      standings: asked.as,
      spend: asked.spend,
      refuse: judgeReason(asked.refuse ?? null),
      withSecret: asked.withSecret === true,
    });
    return viewMeeting(rooms, store, row);
  }

  const sweeping = setInterval(() => void sweep(rooms, visited), SWEEP_EVERY_MS);
  sweeping.unref();
  return {
    hasRoute: (method, path) => rooms.stores.hasRoute(method, path),
    receive: async (given) => {
      const store = await stores.find(given.store);
      if (store === null) return null;
      const answer = await rooms.stores.receive(store.target, given, (route, asked) =>
        meet(store, given, route, asked),
      );
      for (const event of answer?.events ?? []) await hearOf(rooms, store.row, event);
      return answer === null ? null : { ...answer, adapter: store.target.adapterId };
    },
    close: () => {
      clearInterval(sweeping);
      stores.close();
    },
  };
}

const hearOf = async (rooms: Rooms, store: AddressedStore, event: StoreEvent): Promise<void> => {
  await hearOfForgetting(rooms, store, event);
  await hearOfStanding(rooms, store, event);
};

/** A code that is kept and shown. Throws when it is none: a bug of the adapter's. */
function judgeReason(reason: string | null): string | null {
  if (reason !== null && !/^[A-Z][A-Z_]{0,31}$/.test(reason)) throw new Error("the adapter's reason is not a code");
  return reason;
}

/** 16 bytes for the same request, byte for byte. Keyed, because a body may hold a telephone number. */
const fingerprintOf = (org: OrgVault, storeId: StoreId, { name }: Route, requestId: string, body: Uint8Array): Buffer =>
  org.fingerprint(`request ${storeId} ${name} ${requestId} ${hash("sha256", body, "hex")}`).subarray(0, 16);

async function viewMeeting(rooms: Rooms, { row: store }: DoorStore, row: MeetingRow): Promise<Meeting> {
  if (row.kind !== "known") return row;
  const { id, standing, held } = row;
  const sealed = held === null ? null : openHeldSecret(await orgOf(rooms, store), held);
  const secret = sealed === null ? null : await rooms.stores.keep(store.adapter, "secret", sealed);
  return { kind: "known", id, as: standing, secret };
}

/** What nobody may ask for any more is deleted while nobody waits for it. */
async function sweep(
  rooms: Rooms,
  visited: Map<StoreId, { readonly scope: Scope; readonly until: number }>,
): Promise<void> {
  for (const [storeId, { scope, until }] of visited) {
    if (until < performance.now()) visited.delete(storeId);
    try {
      const { orgId, environment } = scope;
      await rooms.data.inScope({ orgId, environment }, (tx) => recognitions.sweep(tx, storeId));
    } catch (error) {
      rooms.log.warn("could not sweep a door", errorFacts(error));
    }
  }
}
