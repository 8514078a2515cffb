/** The memory that an adapter shares with all gateways of the org: sealed under the org's key, made by one of them at a time. */
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { AdapterError, type SharedMemory, type SharedValue } from "@shopkey/adapter-sdk";
import { type StoreRow, storeMemory } from "../data/index.js";
import { EnvelopeRejected, type OrgVault } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { later } from "./connection-row.js";
import { openOrg, type Rooms } from "./rooms.js";

/** Whoever makes it has so long; then somebody else does. */
const LEASE_MS = 20_000;
const LOOK_EVERY_MS = 100;

export function openStoreMemory(rooms: Rooms, caller: Caller, store: StoreRow): SharedMemory {
  const { scope } = caller;
  return {
    obtain: (name, make, options) => obtain(rooms, caller, store, `${placeOf(rooms, store)} ${name}`, make, options),
    spend: (what, perMinute) => {
      const name = `${store.adapter} ${placeOf(rooms, store)} ${what}`;
      return rooms.data.inScope(scope, (tx) => storeMemory.spend(tx, name, perMinute, rooms.clock.now()));
    },
  };
}

/** A sandbox is one machine's own: what it gave is good there and nowhere else. */
const placeOf = (rooms: Rooms, { adapter, environment }: StoreRow): string =>
  environment === "live"
    ? "live"
    : `test ${hostname()} ${rooms.stores.publicUrl(adapter, environment, "https://sandbox.invalid/")}`;

/** Of what is remembered for a Store by a name: `<store>/<name in hex>`. */
export const memoryLabel = (whose: string): string => `store.memory/${whose}`;
const labelOf = (store: StoreRow, name: Buffer): string => memoryLabel(`${store.id}/${name.toString("hex")}`);

async function obtain(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  named: string,
  make: () => Promise<SharedValue>,
  { signal, stale }: Parameters<SharedMemory["obtain"]>[2],
): Promise<SharedValue> {
  const org = await openOrg(rooms, caller);
  const place = { storeId: store.id, name: org.fingerprint(`store.memory ${store.id} ${named}`) };
  let refused = stale === undefined ? null : printOf(org, stale);
  while (!signal.aborted) {
    const ask = { ...place, now: rooms.clock.now(), leaseUntil: later(rooms, LEASE_MS), stale: refused };
    const found = await rooms.data.inScope(caller.scope, (tx) => storeMemory.take(tx, ask));
    if (found.kind === "ours") return makeFor(rooms, caller, store, place, make);
    if (found.kind === "there") {
      const value = open(org, labelOf(store, place.name), found.sealed);
      if (value !== null) return { value: value.text, freshUntil: found.freshUntil.getTime() };
      // Sealed under a key that is gone: as good as nothing.
      refused = await forget(rooms, caller, place);
      continue;
    }
    await wait(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  throw new AdapterError("STORE_UNAVAILABLE", "The call was given up before the store answered.");
}

const printOf = (org: OrgVault, value: string): Buffer => org.fingerprint(`store.memory.value ${value}`);

function open(org: OrgVault, label: string, sealed: Buffer): { readonly text: string } | null {
  try {
    const bytes = org.openSecret(label, sealed);
    try {
      return { text: bytes.toString("utf8") };
    } finally {
      bytes.fill(0);
    }
  } catch (error) {
    if (error instanceof EnvelopeRejected) return null;
    throw error;
  }
}

async function forget(rooms: Rooms, caller: Caller, place: storeMemory.MemoryPlace): Promise<null> {
  const gone = { sealed: Buffer.alloc(0), print: Buffer.alloc(0), freshUntil: new Date(0) };
  await rooms.data.inScope(caller.scope, (tx) => storeMemory.keep(tx, place, gone, rooms.clock.now()));
  return null;
}

async function makeFor(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  place: storeMemory.MemoryPlace,
  make: () => Promise<SharedValue>,
): Promise<SharedValue> {
  const keep = (made: storeMemory.Remembered | null) =>
    rooms.data.inScope(caller.scope, (tx) => storeMemory.keep(tx, place, made, rooms.clock.now()));
  let made: SharedValue;
  try {
    made = await make();
  } catch (error) {
    await keep(null);
    throw error;
  }
  const org = await openOrg(rooms, caller);
  const sealed = org.sealSecret(labelOf(store, place.name), made.value);
  await keep({ sealed, print: printOf(org, made.value), freshUntil: new Date(made.freshUntil) });
  return made;
}
