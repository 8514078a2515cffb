import { record } from "../audit/index.js";
import {
  type CheckoutRow,
  checkouts,
  consumers,
  type ConsumerRef as DataConsumerRef,
  orders,
  type StoreRow,
  stores,
  type Tx,
} from "../data/index.js";
import { asId, fromWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { orderLine } from "./checkout-settlement.js";
import { readCheckoutView } from "./checkout-view.js";
import { BARE } from "./consumer-view.js";
import { expectConsumer, requireWanted } from "./consumers.js";
import { lookAfterOrder } from "./impersonation-checkout.js";
import type { ConsumerWant, ReportOrderInput } from "./inputs.js";
import { judgeOrderReference } from "./names.js";
import { claimOf, once } from "./once.js";
import {
  consumerClosed,
  consumerKeyOf,
  consumerNotFound,
  isGiven,
  type StoreKey,
  storeKeyOf,
  storeNotFound,
} from "./references.js";
import type { Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import type { CheckoutIdentityView, ConsumerView } from "./views.js";

interface Reported {
  readonly consumer: ConsumerView;
  readonly checkoutIdentity: CheckoutIdentityView | null;
}

/** An order counts once for each reference, however often and by whom it is reported. */
export async function reportOrder(
  rooms: Rooms,
  caller: Caller,
  given: ReportOrderInput,
  want: ConsumerWant = BARE,
): Promise<Reported> {
  requireScope(caller, "checkouts:write");
  requireWanted(caller, want);
  const reference = judgeOrderReference(given.orderReference);
  const find = judgeWhat(given);
  const work = async (tx: Tx) => {
    const { consumerId, storeId, checkout } = await find(tx);
    const at = rooms.clock.now();
    const done = await orders.report(tx, { consumerId, storeId, reference, checkoutId: checkout?.id ?? null, at });
    if (done.outcome === "not_found") throw consumerNotFound();
    if (done.outcome === "reported") {
      const about = { consumerId, storeId, id: checkout?.id ?? null };
      await record(tx, orderLine(rooms, caller, about, done.consumer.orderCount));
      await lookAfterOrder(rooms, tx, checkout?.impersonationId ?? null);
    }
    const ids = { consumer: consumerId as string, checkout: (checkout?.id ?? null) as string | null };
    return { ids, answer: ids };
  };
  const ids = await once(rooms, caller, claimOf("reportOrder", given), work, async (_tx, known) => known);
  const consumer = await expectConsumer(rooms, caller, asId("csm", ids.consumer), want);
  return { consumer, checkoutIdentity: await readCheckout(rooms, caller, ids.checkout, want) };
}

async function readCheckout(
  rooms: Rooms,
  caller: Caller,
  id: string | null,
  want: ConsumerWant,
): Promise<CheckoutIdentityView | null> {
  if (id === null) return null;
  const row = await rooms.data.inScope(caller.scope, (tx) => checkouts.find(tx, asId("chk", id)));
  return row === null ? null : readCheckoutView(rooms, caller, row, want);
}

interface Concerned {
  readonly consumerId: CheckoutRow["consumerId"];
  readonly storeId: CheckoutRow["storeId"] | null;
  readonly checkout: CheckoutRow | null;
}

/** `checkoutIdentity` says it all; otherwise `consumer`, with or without `store`. */
function judgeWhat({ checkoutIdentity, consumer, store }: ReportOrderInput): (tx: Tx) => Promise<Concerned> {
  if (isGiven(checkoutIdentity) === isGiven(consumer) || (isGiven(checkoutIdentity) && isGiven(store)))
    throw new Refusal("INVALID", "Give checkoutIdentity, or consumer with or without store.", {
      field: ["checkoutIdentity"],
    });
  if (isGiven(consumer)) {
    const ref = consumerKeyOf(consumer, ["consumer"]);
    const storeKey = isGiven(store) ? { key: storeKeyOf(store, ["store"]) } : null;
    return (tx) => byConsumer(tx, ref, storeKey);
  }
  const id = typeof checkoutIdentity === "string" ? fromWire("chk", checkoutIdentity) : null;
  return (tx) => byCheckout(tx, id);
}

async function byConsumer(
  tx: Tx,
  ref: DataConsumerRef | null,
  store: { readonly key: StoreKey | null } | null,
): Promise<Concerned> {
  const consumer = ref === null ? null : await consumers.find(tx, ref);
  if (consumer === null || consumer.status === "ANONYMIZED") throw consumerNotFound();
  if (consumer.status === "FROZEN") throw consumerClosed();
  if (store === null) return { consumerId: consumer.id, storeId: null, checkout: null };
  const row: StoreRow | null = store.key === null ? null : await stores.find(tx, store.key);
  if (row === null) throw storeNotFound();
  return { consumerId: consumer.id, storeId: row.id, checkout: null };
}

async function byCheckout(tx: Tx, id: CheckoutRow["id"] | null): Promise<Concerned> {
  const checkout = id === null ? null : await checkouts.find(tx, id);
  const field = ["checkoutIdentity"];
  if (checkout === null) throw new Refusal("NOT_FOUND", "No such checkout identity is visible to this key.", { field });
  if (checkout.state === "PENDING" || checkout.state === "FAILED")
    throw new Refusal("INVALID", "This checkout identity was not applied.", {
      field,
      nextAction: "Report the order with `consumer` and `store` if it was placed another way.",
    });
  return { consumerId: checkout.consumerId, storeId: checkout.storeId, checkout };
}
