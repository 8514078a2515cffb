import type { StoreRow } from "../data/index.js";
import { toWire } from "../kernel/ids.js";
import type { StoreTarget } from "../stores/index.js";
import type { OrgVault } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { openOrg, type Rooms } from "./rooms.js";
import { openStoreMemory } from "./store-memory.js";
import { credentialsLabel } from "./stores.js";

/** The Store with its credentials opened, for one call. */
export async function openTarget(rooms: Rooms, caller: Caller, store: StoreRow): Promise<StoreTarget> {
  const org = await openOrg(rooms, caller);
  return {
    adapterId: store.adapter,
    id: toWire("sto", store.id),
    environment: store.environment,
    settings: store.settings,
    credentials: openCredentials(org, store.id, store.credentials),
    shared: openStoreMemory(rooms, caller, store),
  };
}

/** Plain; null where there are none. */
export const openCredentials = (org: OrgVault, id: StoreRow["id"], sealed: Buffer | null): unknown =>
  sealed === null ? null : readSecret(org.openSecret(credentialsLabel(id), sealed));

function readSecret(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } finally {
    bytes.fill(0);
  }
}
