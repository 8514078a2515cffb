/** How a checkout ends: what is kept of the store's answer or refusal, and all that follows from it. */
import type { Applied, ProfileField } from "@shopkey/adapter-sdk";
import { record } from "../audit/index.js";
import {
  type AuditEventInsert,
  type CheckoutRow,
  type CheckoutSettlement,
  type ConsumerCard,
  checkouts,
  connections,
  idempotency,
  orders,
  type Tx,
} from "../data/index.js";
import { newId, toWire } from "../kernel/ids.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { type HandOff, sealHandOff } from "./checkout-hand-off.js";
import { type Assembled, masksOf } from "./checkout-identity.js";
import { MASKS_LABEL, type SealedMasks } from "./checkout-view.js";
import { endSession } from "./connection-context.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";

/** Failures that a repetition with the same key takes up again, where the store was left. */
export const RETRIED_REASONS: readonly (string | null)[] = [
  "STORE_UNAVAILABLE",
  "BROWSER_UNAVAILABLE",
  "RATE_LIMITED",
  "INTERRUPTED",
];

export interface End {
  readonly settlement: CheckoutSettlement;
  /** Of a failure, for a repetition of its answer. */
  readonly messages: readonly string[];
  /** The live view in which the shopper goes on. */
  readonly sessionId: string | null;
}

const REMARK = /^[\w.:/-]{1,80}$/;

/** An adapter that answers something else than it promised is broken; nothing of it is kept. */
export function judgeApplied(applied: Applied, { identity }: Assembled): Applied {
  const { cart, total, fields, remarks, ordered, handOff } = applied;
  const isShort = (text: unknown, most: number) => typeof text === "string" && text.length > 0 && text.length <= most;
  const isSound =
    isShort(cart.id, 200) &&
    isShort(cart.url, 2_000) &&
    URL.canParse(cart.url) &&
    Number.isSafeInteger(total.amountMinor) &&
    /^[A-Z]{3}$/.test(total.currency) &&
    (ordered === undefined || isShort(ordered.reference, 128)) &&
    (handOff === undefined || (isShort(handOff.url, 2_000) && URL.parse(handOff.url)?.protocol === "https:"));
  if (!isSound) throw new Error("the adapter's answer to apply is not what the contract says");
  return {
    ...applied,
    fields: fields.filter((field) => identity[field] !== undefined),
    remarks: remarks.filter(({ code }) => REMARK.test(code)),
  };
}

export async function success(
  rooms: Rooms,
  caller: Caller,
  card: ConsumerCard,
  row: CheckoutRow,
  assembled: Assembled,
  { cart, total, fields, remarks, ordered, handOff }: Omit<Applied, "handOff"> & { readonly handOff: HandOff | null },
): Promise<End> {
  const org = await openOrg(rooms, caller);
  const sealed: SealedMasks = { checkout: row.id, masks: masksOf(assembled, fields, caller) };
  const masks =
    card.key === null
      ? null
      : org.withConsumer(card.consumer.id, card.key, (box) => box.seal(MASKS_LABEL, JSON.stringify(sealed)));
  const settlement: CheckoutSettlement = {
    state: ordered === undefined ? "APPLIED" : "ORDERED",
    cartId: cart.id,
    cartUrl: cart.url,
    totalMinor: total.amountMinor,
    currency: total.currency,
    sources: Object.fromEntries(fields.map((field) => [field, assembled.sources[field] ?? "PROFILE"])),
    masks,
    handOff: handOff === null ? null : await sealHandOff(rooms, caller, card, row, handOff),
    remarks: remarks.map(({ code }) => code),
    reason: null,
    retryAfterMs: null,
    failedFields: [],
    orderReference: ordered?.reference ?? null,
    settledAt: rooms.clock.now(),
  };
  return { settlement, messages: [], sessionId: handOff?.sessionId ?? null };
}

/** How a Refusal is kept. Anything else is a bug, and thrown on. */
export function failure(rooms: Rooms, error: unknown): End {
  const refusals = error instanceof Refusal ? [error] : error instanceof Refusals ? error.refusals : [];
  const [first] = refusals;
  if (first === undefined) throw error;
  const alike = refusals.filter(({ code }) => code === first.code);
  const settlement: CheckoutSettlement = {
    ...{
      state: "FAILED",
      cartId: null,
      cartUrl: null,
      totalMinor: null,
      currency: null,
      sources: {},
      masks: null,
      handOff: null,
    },
    ...{ remarks: [], reason: first.code, retryAfterMs: first.retryAfterMs, orderReference: null },
    failedFields: alike.flatMap(failedField),
    settledAt: rooms.clock.now(),
  };
  return { settlement, messages: alike.map(({ message }) => message), sessionId: null };
}

/** The path in the input that a failure is about. A store that refuses the cart names no field of it, as a rule. */
function failedField({ code, field }: Refusal): readonly string[] {
  if (field !== null) return [pathInInput(field)];
  return code === "CART_INVALID" ? ["cart"] : [];
}

/** Adapters name profile fields; a caller gives them as `overrides`. */
const pathInInput = (field: readonly string[]): string =>
  (field[0] === "buyer" || field[0] === "address" ? ["overrides", ...field] : field).join(".");

/** Ends it with all that follows from it, in one transaction. Whoever comes second gets what the first one settled. */
export async function settle(rooms: Rooms, caller: Caller, row: CheckoutRow, end: End): Promise<CheckoutRow> {
  let left: string | null = null;
  const outcome = await rooms.data.inScope(
    caller.scope,
    async (tx) => {
      const settled = await checkouts.settle(tx, row.id, end.settlement);
      left = end.sessionId;
      if (settled === null) return expectCheckout(tx, row);
      const isFailed = settled.state === "FAILED";
      await record(tx, settledLine(rooms, caller, settled));
      if (isFailed && row.idempotencyKey !== null)
        await idempotency.complete(tx, row.idempotencyKey, { checkout: row.id, messages: end.messages });
      if (!isFailed) left = await markUsed(rooms, caller, tx, settled, end.sessionId);
      return settled;
    },
    "repeatable",
  );
  // An older live view, or this one when somebody else settled the checkout: nobody is led there.
  await endSession(rooms, left, "cancelled");
  return outcome;
}

async function expectCheckout(tx: Tx, { id }: CheckoutRow): Promise<CheckoutRow> {
  const row = await checkouts.find(tx, id);
  if (row === null) throw new Error("a checkout that was begun is not there");
  return row;
}

const settledLine = (rooms: Rooms, caller: Caller, row: CheckoutRow): AuditEventInsert =>
  ledgerLine(rooms, caller, {
    action: row.state === "FAILED" ? "checkout.failed" : "checkout.applied",
    subject: { kind: "checkoutIdentity", id: row.id },
    consumerId: row.consumerId,
    purpose: row.purpose,
    outcome: row.reason ?? "done",
    facts: {
      ...{ store: toWire("sto", row.storeId), fields: Object.keys(row.sources) as ProfileField[] },
      ...(row.impersonationId === null ? {} : { impersonation: toWire("imp", row.impersonationId) }),
    },
  });

/** Answers the live view of an earlier checkout, which this one's takes the place of. */
async function markUsed(
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  row: CheckoutRow,
  sessionId: string | null,
): Promise<string | null> {
  const { consumerId, storeId, orderReference: reference } = row;
  const at = rooms.clock.now();
  const used = await connections.upsertUsed(tx, { id: newId("con"), consumerId, storeId, at });
  if (sessionId !== null) await connections.change(tx, used.id, { handOffSessionId: sessionId });
  const left = sessionId === null ? null : used.handOffSessionId;
  if (reference === null) return left;
  const reported = await orders.report(tx, { consumerId, storeId, reference, checkoutId: row.id, at });
  if (reported.outcome === "reported") await record(tx, orderLine(rooms, caller, row, reported.consumer.orderCount));
  return left;
}

export const orderLine = (
  rooms: Rooms,
  caller: Caller,
  {
    consumerId,
    storeId,
    id,
  }: { consumerId: CheckoutRow["consumerId"]; storeId: CheckoutRow["storeId"] | null; id: CheckoutRow["id"] | null },
  orderCount: number,
): AuditEventInsert =>
  ledgerLine(rooms, caller, {
    action: "order.reported",
    subject: id === null ? { kind: "consumer", id: consumerId } : { kind: "checkoutIdentity", id },
    consumerId,
    facts: { ...(storeId === null ? {} : { store: toWire("sto", storeId) }), orderCount },
  });
