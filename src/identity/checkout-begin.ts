/** The first beat of a checkout: what is intended is looked at, judged and committed before anything is sent. */
import { record } from "../audit/index.js";
import {
  type ConsumerCard,
  checkouts,
  consumers,
  type IdempotencyRow,
  idempotency,
  type StoreRow,
  stores,
  type Tx,
} from "../data/index.js";
import { asId, type CheckoutId, newId } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import { type Attempt, leaseFrom, usedLine } from "./checkout-attempt.js";
import { adapterOf, assembleFor, readCard } from "./checkout-ground.js";
import { type CheckoutIntent, cartToJson, withoutClicks } from "./checkout-input.js";
import { placeFor } from "./impersonation-checkout.js";
import type { ApplyCheckoutIdentityInput } from "./inputs.js";
import { type Claim, claimRow, recall } from "./once.js";
import { consumerKeyOf, consumerNotFound, expectOpen, type StoreKey, storeKeyOf, storeNotFound } from "./references.js";
import { openOrg, type Rooms } from "./rooms.js";

/** Begun anew, or a repetition of one that is known. */
export type Begun =
  | { readonly kind: "new"; readonly attempt: Attempt }
  | { readonly kind: "known"; readonly id: CheckoutId };

/** Intend: the row, its lease, the idempotency key and the line in the ledger are committed before anything is sent. */
export async function begin(
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
  const prepared = await prepare(rooms, caller, given, { intent, claim, card, store: seen.store });
  return rooms.data.inScope(caller.scope, (tx) => commit(rooms, caller, tx, prepared));
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

interface Parts {
  readonly intent: CheckoutIntent;
  readonly claim: Claim | null;
  readonly card: ConsumerCard;
  readonly store: StoreRow;
}

/** Judges what the row and its line will say; nothing is written yet. */
async function prepare(rooms: Rooms, caller: Caller, given: ApplyCheckoutIdentityInput, parts: Parts) {
  const { intent, claim, card, store } = parts;
  const org = await openOrg(rooms, caller);
  const assembled = assembleFor(rooms, caller, store, card, intent.overrides, org);
  const place = await placeFor(rooms, caller, given.impersonationSession, store, card.consumer.id);
  const cart = cartToJson(withoutClicks(intent.cart, adapterOf(rooms, store).productQuery));
  const once = claim === null ? null : await claimRow(rooms, caller, claim, null);
  const firstKey = card.key ?? org.newConsumerKey(card.consumer.id, card.consumer.keyVersionLast + 1);
  return { ...parts, assembled, place, cart, once, firstKey };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

async function commit(
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  { intent, claim, once, card, store, ...prepared }: Prepared,
): Promise<Begun> {
  if (claim !== null && once !== null) {
    const known = await idempotency.claim(tx, once);
    if (known !== null) return { kind: "known", id: await checkoutOf(rooms, caller, claim, known) };
  }
  await expectOpen(tx, card.consumer.id);
  // The masks of the answer are sealed under the consumer's key; who never saved a profile gets one now.
  const key = card.key ?? (await consumers.keepKey(tx, card.consumer.id, prepared.firstKey));
  if (key === null) throw consumerNotFound();
  const row = await checkouts.insert(tx, {
    id: newId("chk"),
    consumerId: card.consumer.id,
    storeId: store.id,
    idempotencyKey: claim?.key ?? null,
    fingerprint: once?.fingerprint ?? null,
    cart: prepared.cart,
    hasOverrides: Object.keys(intent.overrides).length > 0,
    purpose: intent.purpose,
    keyId: caller.keyId,
    impersonationId: prepared.place,
    leaseUntil: leaseFrom(rooms),
    createdAt: rooms.clock.now(),
  });
  if (row === null) throw new Error("an idempotency key has a checkout but no row of its own");
  await record(tx, usedLine(rooms, caller, row, prepared.assembled));
  if (claim !== null) await idempotency.complete(tx, claim.key, { checkout: row.id });
  return { kind: "new", attempt: { row, store, card: { ...card, key }, overrides: intent.overrides } };
}
