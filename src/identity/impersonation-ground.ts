/** What everything rests on that an operator begins: their key or token, the Store, the customer, the org's switch. */
import { impersonations, type StoreRow, type Tx } from "../data/index.js";
import type { ConsumerId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";

/** When what the caller came with ends. Throws unless all that a start rests on is there; nobody can take it away before the row is. */
export async function holdGround(
  caller: Caller,
  tx: Tx,
  store: StoreRow,
  consumerId: ConsumerId | null,
): Promise<Date | null> {
  const proven = { keyId: caller.keyId, issuerAt: caller.proof?.issuerAt ?? null };
  const ground = await impersonations.holdGround(tx, { ...proven, storeId: store.id, consumerId });
  if (ground.isOff) throw switchedOff();
  if (!ground.isThere)
    throw new Refusal("CONFLICT", "The key, the Store or the consumer was taken away at this moment.");
  return caller.proof?.endsAt ?? ground.keyEndsAt;
}

const switchedOff = () =>
  new Refusal("FORBIDDEN", "Impersonation is switched off for this org.", {
    nextAction: "Ask whoever switched it off; `switchImpersonations` switches it on.",
  });
