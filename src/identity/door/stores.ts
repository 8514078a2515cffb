/** Stores by the id in an address, remembered for a moment and forgotten the moment that they change. */
import { LRUCache } from "lru-cache";
import type { AddressedStore } from "../../data/index.js";
import { fromWire } from "../../kernel/ids.js";
import type { StoreTarget } from "../../stores/index.js";
import type { OrgVault } from "../../vault/index.js";
import type { Rooms } from "../rooms.js";
import { openCredentials } from "../store-target.js";

const REMEMBERED_MS = 10_000;
const REMEMBERED_STORES = 1_000;

/** A Store that somebody asks at. */
export interface DoorStore {
  readonly row: AddressedStore;
  readonly target: StoreTarget;
}

export interface DoorStores {
  /** Null when nothing is at this address. */
  readonly find: (wire: string) => DoorStore | null | Promise<DoorStore | null>;
  readonly close: () => void;
}

export function openDoorStores(rooms: Rooms): DoorStores {
  const known = new LRUCache<string, DoorStore>({
    max: REMEMBERED_STORES,
    ttl: REMEMBERED_MS,
    perf: { now: () => performance.now() },
  });
  const asking = new Map<string, Promise<DoorStore | null>>();
  const stop = rooms.data.onStoreChange((what) => {
    // What is just being read may be older than the change: it is not kept.
    if (what === "all") {
      known.clear();
      asking.clear();
    } else {
      const wire = `sto_${what.replaceAll("-", "")}`;
      known.delete(wire);
      asking.delete(wire);
    }
  });

  async function read(wire: string): Promise<DoorStore | null> {
    const id = fromWire("sto", wire);
    const row = id === null ? null : await rooms.data.addressedStore(id);
    if (row === null) return null;
    const org = await orgOf(rooms, row);
    const { adapter: adapterId, environment, settings } = row;
    const credentials = openCredentials(org, row.id, row.credentials);
    return { row, target: { adapterId, id: wire, environment, settings, credentials } };
  }

  return {
    find: (wire) => {
      const store = known.get(wire) ?? asking.get(wire);
      if (store !== undefined) return store;
      const reading = read(wire)
        .then((found) => {
          if (found !== null && asking.get(wire) === reading) known.set(wire, found);
          return found;
        })
        .finally(() => {
          if (asking.get(wire) === reading) asking.delete(wire);
        });
      asking.set(wire, reading);
      return reading;
    },
    close: () => {
      stop();
      known.clear();
    },
  };
}

/** Of a Store's org, without a wait when its keys are in memory. */
export const orgOf = (rooms: Rooms, { orgId }: Pick<AddressedStore, "orgId">): OrgVault | Promise<OrgVault> =>
  rooms.vault.cachedOrg(orgId) ?? rooms.vault.org(orgId);
