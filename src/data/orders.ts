import type { CheckoutId, ConsumerId, StoreId } from "../kernel/ids.js";
import { find as findConsumer } from "./consumers.js";
import { CheckoutEntity } from "./entities/checkout.js";
import { ConsumerEntity } from "./entities/consumer.js";
import { type ConsumerRow, type ConsumerStatus, isClosed } from "./rows.js";
import { own, type Tx } from "./tx.js";

export interface OrderReport {
  readonly consumerId: ConsumerId;
  readonly storeId: StoreId | null;
  /** The store's own number of the order. */
  readonly reference: string;
  readonly checkoutId: CheckoutId | null;
  readonly at: Date;
}
export type OrderOutcome =
  /** `repeated`: this order was reported before, and nothing changed. */
  { readonly outcome: "reported" | "repeated"; readonly consumer: ConsumerRow } | { readonly outcome: "not_found" };

/**
 * Counts an order of a consumer, once for each reference, and derives the consumer's status from the count: one order
 * is ACQUIRED, more are REPEAT. An APPLIED checkout that it came from becomes ORDERED.
 */
export async function report(tx: Tx, order: OrderReport): Promise<OrderOutcome> {
  const consumer = await findConsumer(tx, { id: order.consumerId }, "lock");
  if (consumer === null || isClosed(consumer)) return { outcome: "not_found" };
  const inserted = await tx.em.execute(
    `insert into order_report (org_id, environment, consumer_id, reference, store_id, checkout_id, reported_at)
     values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing returning reference`,
    [
      ...[tx.scope.orgId, tx.scope.environment, order.consumerId, order.reference],
      ...[order.storeId, order.checkoutId, order.at],
    ],
  );
  if (inserted.length === 0) return { outcome: "repeated", consumer };
  const change = { orderCount: consumer.orderCount + 1, status: statusAfter(consumer), updatedAt: order.at };
  await tx.em.nativeUpdate(ConsumerEntity, { ...own(tx), id: consumer.id }, change);
  if (order.checkoutId !== null) {
    const applied = { ...own(tx), id: order.checkoutId, consumerId: consumer.id, state: "APPLIED" as const };
    await tx.em.nativeUpdate(CheckoutEntity, applied, { state: "ORDERED", orderReference: order.reference });
  }
  return { outcome: "reported", consumer: { ...consumer, ...change } };
}

/** A store may have said more of a shopper than was reported here: that stays. */
const statusAfter = ({ orderCount, status }: ConsumerRow): ConsumerStatus =>
  orderCount === 0 && status !== "REPEAT" ? "ACQUIRED" : "REPEAT";
