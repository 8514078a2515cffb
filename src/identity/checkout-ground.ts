/** What a checkout stands on: the shopper as they are kept, the Store's adapter, and what it would be handed. */
import type { ConsumerCard, StoreRow } from "../data/index.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { type Assembled, assembleIdentity, checkoutFields, missingOf, refuseMissing } from "./checkout-identity.js";
import type { GivenFields } from "./profile-fields.js";
import { consumerClosed } from "./references.js";
import type { openOrg, Rooms } from "./rooms.js";

/** Null for who is unknown, foreign or forgotten. Throws what a frozen consumer is answered. */
export async function readCard(
  rooms: Rooms,
  caller: Caller,
  ref: Parameters<Rooms["data"]["consumerCard"]>[1],
): Promise<ConsumerCard | null> {
  const card = await rooms.data.consumerCard(caller.scope, ref, { profile: true, connections: false });
  if (card?.consumer.status === "FROZEN") throw consumerClosed();
  return card === null || card.consumer.status === "ANONYMIZED" ? null : card;
}

/** Throws STORE_DISABLED. */
export function adapterOf(rooms: Rooms, store: StoreRow) {
  try {
    return rooms.stores.adapter(store.adapter);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal("STORE_DISABLED", "This Store's adapter is not installed.", { field: ["store"], cause: error });
  }
}

/** What would be sent, to judge it; the plain values are dropped. Throws IDENTITY_INCOMPLETE, STORE_DISABLED or INVALID. */
export function assembleFor(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  card: ConsumerCard,
  overrides: GivenFields,
  org: Awaited<ReturnType<typeof openOrg>>,
): Pick<Assembled, "sources"> {
  const adapter = adapterOf(rooms, store);
  const assembled = assembleIdentity(org, card, overrides, checkoutFields(adapter), caller);
  refuseMissing(missingOf(adapter, assembled));
  return { sources: assembled.sources };
}
