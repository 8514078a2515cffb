import { setTimeout as wait } from "node:timers/promises";
import { record } from "../audit/index.js";
import {
  type CheckoutRow,
  type ConsumerCard,
  checkouts,
  consumers,
  type IdempotencyRow,
  idempotency,
  type Json,
  type StoreRow,
  stores,
  type Tx,
} from "../data/index.js";
import { asId, type CheckoutId, fromWire, newId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { type Attempt, leaseFrom, runAttempt, usedLine } from "./checkout-attempt.js";
import { type Assembled, assembleIdentity, checkoutFields, missingOf, refuseMissing } from "./checkout-identity.js";
import { type CheckoutIntent, cartToJson, judgeCheckout, withoutClicks } from "./checkout-input.js";
import { RETRIED_REASONS } from "./checkout-settlement.js";
import { readCheckoutView, refusalOf } from "./checkout-view.js";
import { BARE } from "./consumer-view.js";
import { requireWanted } from "./consumers.js";
import { expectPlace, placeFor } from "./impersonation-checkout.js";
import type { ApplyCheckoutIdentityInput, ConsumerWant } from "./inputs.js";
import { type Claim, claimOf, claimRow, recall } from "./once.js";
import type { GivenFields } from "./profile-fields.js";
import {
  consumerClosed,
  consumerKeyOf,
  consumerNotFound,
  expectOpen,
  type StoreKey,
  storeKeyOf,
  storeNotFound,
} from "./references.js";
import { openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import type { CheckoutIdentityView } from "./views.js";

/** How long a repetition waits for the first one to settle, in milliseconds. */
const PATIENCE_MS = 3_000;
const LOOK_EVERY_MS = 50;

export async function applyCheckoutIdentity(
  rooms: Rooms,
  caller: Caller,
  given: ApplyCheckoutIdentityInput,
  want: ConsumerWant = BARE,
): Promise<{ readonly checkoutIdentity: CheckoutIdentityView }> {
  requireScope(caller, "checkouts:write");
  requireWanted(caller, want);
  const intent = judgeCheckout(given);
  const claim = claimOf("applyCheckoutIdentity", given);

  const begun = await begin(rooms, caller, given, intent, claim);

  const row =
    begun.kind === "new"
      ? await runAttempt(rooms, caller, begun.attempt)
      : await takeUpOrWait(rooms, caller, begun.id, intent.overrides);

  if (row.state === "FAILED") throw refusalOf(row, await messagesOf(rooms, caller, row));
  return { checkoutIdentity: await readCheckoutView(rooms, caller, row, want) };
}

type Begun = { readonly kind: "new"; readonly attempt: Attempt } | { readonly kind: "known"; readonly id: CheckoutId };

/** Intend: the row, its lease, the idempotency key and the line in the ledger are committed before anything is sent. */
async function begin(
  rooms: Rooms,
  caller: Caller,
  given: ApplyCheckoutIdentityInput,
  intent: CheckoutIntent,
  claim: Claim | null,
): Promise<Begun> {
  const ref = consumerKeyOf(given.consumer, ["consumer"]);
  const storeKey = storeKeyOf(given.store, ["store"]);
  const seen = await look(rooms, caller, storeKey, claim);
  if (seen.known !== null) return { kind: "known", id: seen.known };
  const card = ref === null ? null : await readCard(rooms, caller, ref);
  if (card === null) throw consumerNotFound();
  if (seen.store === null) throw storeNotFound();
  const store = seen.store;
  const assembled = assembleFor(rooms, caller, store, card, intent.overrides, await openOrg(rooms, caller));
  const place = await placeFor(rooms, caller, given.impersonationSession, store, card.consumer.id);
  const cart = cartToJson(withoutClicks(intent.cart, adapterOf(rooms, store).productQuery));
  const once = claim === null ? null : await claimRow(rooms, caller, claim, null);
  const firstKey =
    card.key ?? (await openOrg(rooms, caller)).newConsumerKey(card.consumer.id, card.consumer.keyVersionLast + 1);
  return rooms.data.inScope(caller.scope, async (tx): Promise<Begun> => {
    if (claim !== null && once !== null) {
      const known = await idempotency.claim(tx, once);
      if (known !== null) return { kind: "known", id: await checkoutOf(rooms, caller, claim, known) };
    }
    await expectOpen(tx, card.consumer.id);
    // The masks of the answer are sealed under the consumer's key; who never saved a profile gets one now.
    const key = card.key ?? (await consumers.keepKey(tx, card.consumer.id, firstKey));
    if (key === null) throw consumerNotFound();
    const row = await checkouts.insert(tx, {
      id: newId("chk"),
      consumerId: card.consumer.id,
      storeId: store.id,
      idempotencyKey: claim?.key ?? null,
      fingerprint: once?.fingerprint ?? null,
      cart,
      hasOverrides: Object.keys(intent.overrides).length > 0,
      purpose: intent.purpose,
      keyId: caller.keyId,
      impersonationId: place,
      leaseUntil: leaseFrom(rooms),
      createdAt: rooms.clock.now(),
    });
    if (row === null) throw new Error("an idempotency key has a checkout but no row of its own");
    await record(tx, usedLine(rooms, caller, row, assembled));
    if (claim !== null) await idempotency.complete(tx, claim.key, { checkout: row.id });
    return { kind: "new", attempt: { row, store, card: { ...card, key }, overrides: intent.overrides } };
  });
}

/** One short transaction: a repetition must be answered even when what it names is gone since. */
const look = (rooms: Rooms, caller: Caller, key: StoreKey | null, claim: Claim | null) =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const row = claim === null ? null : await idempotency.find(tx, claim.key);
    const known = claim === null || row === null ? null : await checkoutOf(rooms, caller, claim, row);
    return { known, store: key === null ? null : await stores.find(tx, key) };
  });

const checkoutOf = async (rooms: Rooms, caller: Caller, claim: Claim, row: IdempotencyRow): Promise<CheckoutId> =>
  asId("chk", ((await recall(rooms, caller, claim, row)) as { readonly checkout: string }).checkout);

export async function readCard(
  rooms: Rooms,
  caller: Caller,
  ref: Parameters<Rooms["data"]["consumerCard"]>[1],
): Promise<ConsumerCard | null> {
  const card = await rooms.data.consumerCard(caller.scope, ref, { profile: true, connections: false });
  if (card?.consumer.status === "FROZEN") throw consumerClosed();
  return card === null || card.consumer.status === "ANONYMIZED" ? null : card;
}

/** What would be sent, to judge it; the plain values are dropped. Throws IDENTITY_INCOMPLETE, STORE_DISABLED or INVALID. */
function assembleFor(
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

export function adapterOf(rooms: Rooms, store: StoreRow) {
  try {
    return rooms.stores.adapter(store.adapter);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal("STORE_DISABLED", "This Store's adapter is not installed.", { field: ["store"], cause: error });
  }
}

/** A repetition: the answer that is there, a further try where that may help, or a short wait for the one that runs. */
async function takeUpOrWait(
  rooms: Rooms,
  caller: Caller,
  id: CheckoutId,
  overrides: GivenFields,
): Promise<CheckoutRow> {
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    const taken = await takeUp(rooms, caller, id, overrides);
    if (taken.kind === "ours") return runAttempt(rooms, caller, taken.attempt);
    if (taken.kind === "settled") return taken.row;
    if (waited >= PATIENCE_MS || caller.signal.aborted) break;
    await wait(LOOK_EVERY_MS);
  }
  throw new Refusal("CONFLICT", "The checkout of this idempotency key is still under way.", {
    field: ["idempotencyKey"],
    nextAction: "Ask again in a moment with the same idempotency key.",
    retryAfterMs: 1_000,
  });
}

type Taken =
  | { readonly kind: "ours"; readonly attempt: Attempt }
  | { readonly kind: "settled"; readonly row: CheckoutRow }
  | { readonly kind: "busy" };

async function takeUp(rooms: Rooms, caller: Caller, id: CheckoutId, overrides: GivenFields): Promise<Taken> {
  const row = await rooms.data.inScope(caller.scope, (tx) => checkouts.find(tx, id));
  if (row === null) throw consumerNotFound();
  const isOver = row.state === "PENDING" && row.leaseUntil !== null && row.leaseUntil < rooms.clock.now();
  const isRetried = row.state === "FAILED" && RETRIED_REASONS.includes(row.reason);
  if (!isOver && !isRetried) return row.state === "PENDING" ? { kind: "busy" } : { kind: "settled", row };
  if (row.impersonationId !== null) await expectPlace(rooms, caller, row.impersonationId);
  const attempt = await leaseAttempt(rooms, caller, row, overrides, (tx) =>
    isRetried
      ? checkouts.reopen(tx, id, RETRIED_REASONS, leaseFrom(rooms))
      : checkouts.takeLease(tx, id, rooms.clock.now(), leaseFrom(rooms)),
  );
  return attempt === null ? { kind: "busy" } : { kind: "ours", attempt };
}

/** Takes a checkout up again, with its line in the ledger. Null when somebody else was faster. */
export async function leaseAttempt(
  rooms: Rooms,
  caller: Caller,
  seen: CheckoutRow,
  overrides: GivenFields,
  take: (tx: Tx) => Promise<CheckoutRow | null>,
): Promise<Attempt | null> {
  const card = await readCard(rooms, caller, { id: seen.consumerId });
  const store = await rooms.data.inScope(caller.scope, (tx) => stores.find(tx, { id: seen.storeId }));
  if (card === null) throw consumerNotFound();
  if (store === null) throw storeNotFound();
  const assembled = assembleFor(rooms, caller, store, card, overrides, await openOrg(rooms, caller));
  return rooms.data.inScope(caller.scope, async (tx) => {
    await expectOpen(tx, seen.consumerId);
    const row = await take(tx);
    if (row === null) return null;
    await record(tx, usedLine(rooms, caller, row, assembled));
    return { row, store, card, overrides };
  });
}

/** What the first answer of this key said, word for word. */
async function messagesOf(rooms: Rooms, caller: Caller, { idempotencyKey }: CheckoutRow): Promise<readonly string[]> {
  if (idempotencyKey === null) return [];
  const row = await rooms.data.inScope(caller.scope, (tx) => idempotency.find(tx, idempotencyKey));
  const result = row?.result as { readonly messages?: readonly Json[] } | null | undefined;
  return (result?.messages ?? []).filter((message) => typeof message === "string");
}

export async function findCheckout(
  rooms: Rooms,
  caller: Caller,
  id: string,
  want: ConsumerWant = BARE,
): Promise<CheckoutIdentityView | null> {
  requireScope(caller, "checkouts:read");
  requireWanted(caller, want);
  const uuid = typeof id === "string" ? fromWire("chk", id) : null;
  const row = uuid === null ? null : await rooms.data.inScope(caller.scope, (tx) => checkouts.find(tx, uuid));
  if (row === null) return null;
  try {
    return await readCheckoutView(rooms, caller, row, want);
  } catch (error) {
    if (error instanceof Refusal && error.code === "NOT_FOUND") return null;
    throw error;
  }
}
