/** What a store says of the shopper's account there, for whoever asks. */
import { type StoreStanding, storeAccounts } from "../data/index.js";
import { fromWire, toWire } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import { openGroups } from "./connection-seal.js";
import { openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";

export interface StoreAccountView {
  /** Null where the store does not say. */
  readonly standing: StoreStanding | null;
  /** The store's own names; empty where it has none, or says nothing of them. */
  readonly groups: readonly string[];
  /** When the store last said something. */
  readonly updatedAt: Date;
}

/** One answer for each connection, in the order asked; null where the store says nothing of an account, or none is visible. */
export async function storeAccountsOf(
  rooms: Rooms,
  caller: Caller,
  wireIds: readonly string[],
): Promise<readonly (StoreAccountView | null)[]> {
  requireScope(caller, "connections:read");
  const ids = wireIds.flatMap((wire) => fromWire("con", wire) ?? []);
  const rows = await rooms.data.inScope(caller.scope, (tx) => storeAccounts.shown(tx, ids));
  const org = await openOrg(rooms, caller);
  const views = new Map<string, StoreAccountView>();
  for (const { connectionId, consumerId, key, groups, standing, updatedAt } of rows) {
    const opened =
      key === null || groups === null
        ? null
        : org.withConsumer(consumerId, key, (box) => openGroups(box, connectionId, groups));
    views.set(toWire("con", connectionId), { standing, groups: opened ?? [], updatedAt });
  }
  return wireIds.map((id) => views.get(id) ?? null);
}
