/** One try at filling a checkout in: do (no transaction is open while the store is asked), then settle. */
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
  type StoreRow,
  type Tx,
} from "../data/index.js";
import { newId, toWire } from "../kernel/ids.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import type { CallIntent, StoreTarget } from "../stores/index.js";
import type { Caller } from "./caller.js";
import {
  type Assembled,
  assembleIdentity,
  checkoutFields,
  masksOf,
  missingOf,
  refuseMissing,
} from "./checkout-identity.js";
import { cartFromJson } from "./checkout-input.js";
import { MASKS_LABEL, type SealedMasks } from "./checkout-view.js";
import type { GivenFields } from "./profile-fields.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";
import { credentialsLabel } from "./stores.js";

/** Nobody else touches a PENDING checkout for this long after its last sign of life. */
export const LEASE_MS = 60_000;
const RENEW_MS = 20_000;

/** What is needed for a try. `card` was read for it: its envelopes are opened for the call and not before. */
export interface Attempt {
  readonly row: CheckoutRow;
  readonly store: StoreRow;
  readonly card: ConsumerCard;
  readonly overrides: GivenFields;
}

export const leaseFrom = (rooms: Rooms): Date => new Date(rooms.clock.now().getTime() + LEASE_MS);

/** The line that must be committed before plaintext leaves for the store. */
export const usedLine = (
  rooms: Rooms,
  caller: Caller,
  row: Pick<CheckoutRow, "id" | "consumerId" | "storeId" | "purpose">,
  { sources }: Pick<Assembled, "sources">,
): AuditEventInsert => {
  const fields = Object.keys(sources) as ProfileField[];
  return ledgerLine(rooms, caller, {
    action: "profile.used",
    subject: { kind: "checkoutIdentity", id: row.id },
    consumerId: row.consumerId,
    purpose: row.purpose,
    facts: {
      use: "checkout",
      store: toWire("sto", row.storeId),
      fields,
      overrides: fields.filter((field) => sources[field] === "OVERRIDE"),
    },
  });
};

/** The checkout as it came out, by us or by somebody who was faster. Throws only what is a bug; the lease is then over. */
export async function runAttempt(rooms: Rooms, caller: Caller, attempt: Attempt): Promise<CheckoutRow> {
  try {
    const end = await fillIn(rooms, caller, attempt).catch((error: unknown) => failure(rooms, error));
    return await settle(rooms, caller, attempt, end);
  } catch (error) {
    await rooms.data
      .inScope(caller.scope, (tx) => checkouts.renewLease(tx, attempt.row.id, rooms.clock.now()))
      .catch(() => false); // then the lease runs out by itself
    throw error;
  }
}

interface End {
  readonly settlement: CheckoutSettlement;
  /** Of a failure, for a repetition of its answer. */
  readonly messages: readonly string[];
}

async function fillIn(rooms: Rooms, caller: Caller, { row, store, card, overrides }: Attempt): Promise<End> {
  const adapterCard = rooms.stores.adapter(store.adapter);
  const fields = checkoutFields(adapterCard);
  const target = await openTarget(rooms, caller, store);
  const assembled = assembleIdentity(await openOrg(rooms, caller), card, overrides, fields, caller);
  refuseMissing(missingOf(adapterCard, assembled));
  const applied = await whileLeased(rooms, caller, row, () =>
    rooms.stores.call(target, callIntent(rooms, caller, row), (adapter, call) =>
      adapter.checkoutIdentity.apply(call, null, assembled.identity, cartFromJson(row.cart)),
    ),
  );
  return success(rooms, caller, card, row, assembled, judgeApplied(applied, assembled));
}

/** The Store with its credentials opened, for one call. */
export async function openTarget(rooms: Rooms, caller: Caller, store: StoreRow): Promise<StoreTarget> {
  const org = await openOrg(rooms, caller);
  return {
    adapterId: store.adapter,
    id: toWire("sto", store.id),
    environment: store.environment,
    settings: store.settings,
    credentials:
      store.credentials === null ? null : readSecret(org.openSecret(credentialsLabel(store.id), store.credentials)),
  };
}

function readSecret(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } finally {
    bytes.fill(0);
  }
}

/**
 * The same checkout is the same intent, whoever takes it up. A client that goes away does not stop it: what was begun
 * at the store ends within the store's deadline, and is there when the client asks again.
 */
export function callIntent(rooms: Rooms, caller: Caller, row: CheckoutRow): CallIntent {
  return {
    idempotencyKey: toWire("chk", row.id),
    resume: row.checkpoint,
    signal: new AbortController().signal,
    requestId: caller.requestId,
    checkpoint: async (value) => {
      const isOurs = await rooms.data.inScope(caller.scope, (tx) =>
        checkouts.saveCheckpoint(tx, row.id, value, leaseFrom(rooms)),
      );
      if (!isOurs) throw new Refusal("CONFLICT", "This checkout was settled by somebody else.");
    },
  };
}

export async function whileLeased<T>(
  rooms: Rooms,
  caller: Caller,
  { id }: CheckoutRow,
  work: () => Promise<T>,
): Promise<T> {
  const renewal = setInterval(() => {
    rooms.data.inScope(caller.scope, (tx) => checkouts.renewLease(tx, id, leaseFrom(rooms))).catch(() => false); // the database will be asked again, and the settlement says what it found
  }, RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
  }
}

const REMARK = /^[\w.:/-]{1,80}$/;

/** An adapter that answers something else than it promised is broken; nothing of it is kept. */
function judgeApplied(applied: Applied, { identity }: Assembled): Applied {
  const { cart, total, fields, remarks, ordered } = applied;
  const isShort = (text: unknown, most: number) => typeof text === "string" && text.length > 0 && text.length <= most;
  const isSound =
    isShort(cart.id, 200) &&
    isShort(cart.url, 2_000) &&
    URL.canParse(cart.url) &&
    Number.isSafeInteger(total.amountMinor) &&
    /^[A-Z]{3}$/.test(total.currency) &&
    (ordered === undefined || isShort(ordered.reference, 128));
  if (!isSound) throw new Error("the adapter's answer to apply is not what the contract says");
  return {
    ...applied,
    fields: fields.filter((field) => identity[field] !== undefined),
    remarks: remarks.filter(({ code }) => REMARK.test(code)),
  };
}

async function success(
  rooms: Rooms,
  caller: Caller,
  card: ConsumerCard,
  row: CheckoutRow,
  assembled: Assembled,
  { cart, total, fields, remarks, ordered }: Applied,
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
    remarks: remarks.map(({ code }) => code),
    reason: null,
    retryAfterMs: null,
    failedFields: [],
    orderReference: ordered?.reference ?? null,
    settledAt: rooms.clock.now(),
  };
  return { settlement, messages: [] };
}

/** How a Refusal is kept. Anything else is a bug, and thrown on. */
export function failure(rooms: Rooms, error: unknown): End {
  const refusals = error instanceof Refusal ? [error] : error instanceof Refusals ? error.refusals : [];
  const [first] = refusals;
  if (first === undefined) throw error;
  const alike = refusals.filter(({ code }) => code === first.code);
  const settlement: CheckoutSettlement = {
    ...{ state: "FAILED", cartId: null, cartUrl: null, totalMinor: null, currency: null, sources: {}, masks: null },
    ...{ remarks: [], reason: first.code, retryAfterMs: first.retryAfterMs, orderReference: null },
    failedFields: alike.flatMap(({ field }) => (field === null ? [] : [pathInInput(field)])),
    settledAt: rooms.clock.now(),
  };
  return { settlement, messages: alike.map(({ message }) => message) };
}

/** Adapters name profile fields; a caller gives them as `overrides`. */
const pathInInput = (field: readonly string[]): string =>
  (field[0] === "buyer" || field[0] === "address" ? ["overrides", ...field] : field).join(".");

/** Ends it with all that follows from it, in one transaction. Whoever comes second gets what the first one settled. */
export async function settle(
  rooms: Rooms,
  caller: Caller,
  { row }: Pick<Attempt, "row">,
  end: End,
): Promise<CheckoutRow> {
  return rooms.data.inScope(
    caller.scope,
    async (tx) => {
      const settled = await checkouts.settle(tx, row.id, end.settlement);
      if (settled === null) return expectCheckout(tx, row);
      const isFailed = settled.state === "FAILED";
      await record(tx, settledLine(rooms, caller, settled));
      if (isFailed && row.idempotencyKey !== null)
        await idempotency.complete(tx, row.idempotencyKey, { checkout: row.id, messages: end.messages });
      if (!isFailed) await markUsed(rooms, caller, tx, settled);
      return settled;
    },
    "repeatable",
  );
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
    facts: { store: toWire("sto", row.storeId), fields: Object.keys(row.sources) as ProfileField[] },
  });

async function markUsed(rooms: Rooms, caller: Caller, tx: Tx, row: CheckoutRow): Promise<void> {
  const { consumerId, storeId, orderReference: reference } = row;
  const at = rooms.clock.now();
  await connections.upsertUsed(tx, { id: newId("con"), consumerId, storeId, at });
  if (reference === null) return;
  const reported = await orders.report(tx, { consumerId, storeId, reference, checkoutId: row.id, at });
  if (reported.outcome === "reported") await record(tx, orderLine(rooms, caller, row, reported.consumer.orderCount));
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
