/** What a list is asked about by name: whose, and where. */
import { consumers, stores } from "../data/index.js";
import type { ConsumerId, StoreId } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import type { ConsumerRef, StoreRef } from "./inputs.js";
import { consumerKeyOf, storeKeyOf } from "./references.js";
import type { Rooms } from "./rooms.js";

interface Naming {
  readonly consumer?: ConsumerRef | null | undefined;
  readonly store?: StoreRef | null | undefined;
}
export interface Named {
  /** Null: nobody was named. */
  readonly consumerId: ConsumerId | null;
  readonly storeId: StoreId | null;
}

/** Null when one that was named is not visible: a list of its things is empty. Throws INVALID with paths below `filter`. */
export function findNamed(
  rooms: Rooms,
  caller: Caller,
  { consumer = null, store = null }: Naming,
): Promise<Named | null> {
  const consumerKey = consumer === null ? null : consumerKeyOf(consumer, ["filter", "consumer"]);
  const storeKey = store === null ? null : storeKeyOf(store, ["filter", "store"]);
  return rooms.data.inScope(caller.scope, async (tx) => {
    const consumerId = consumerKey === null ? null : ((await consumers.find(tx, consumerKey))?.id ?? null);
    const storeId = storeKey === null ? null : ((await stores.find(tx, storeKey))?.id ?? null);
    const isHidden = (consumer !== null && consumerId === null) || (store !== null && storeId === null);
    return isHidden ? null : { consumerId, storeId };
  });
}
