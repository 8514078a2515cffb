/**
 * What a store tells by itself about somebody who is being forgotten. It is taken for a hint and nothing more: the store is
 * asked, as the clock would have asked later. Lost, it is late; doubled or out of order, it changes nothing.
 */
import type { StoreEvent } from "@shopkey/adapter-sdk";
import { anonymizations, type Scope } from "../data/index.js";
import type { StoreId } from "../kernel/ids.js";
import { errorFacts } from "../kernel/log.js";
import type { Rooms } from "./rooms.js";

const CHANGED = "anonymization.changed";

/** Never throws: the store's call is answered whatever comes of this. */
export async function hearOfForgetting(
  rooms: Rooms,
  { orgId, environment, id }: Scope & { readonly id: StoreId },
  { name, facts: { account } }: StoreEvent,
): Promise<void> {
  if (name !== CHANGED || typeof account !== "string" || account.length > 200) return;
  try {
    await rooms.data.inScope({ orgId, environment }, (tx) => anonymizations.hasten(tx, id, account, rooms.clock.now()));
  } catch (error) {
    rooms.log.warn("a store's hint was lost; the clock asks later", errorFacts(error));
  }
}
