import { ADAPTER_ERRORS } from "@shopkey/adapter-sdk";
import { type CheckoutRow, type ConsumerCard, consumers, type StoreRow, stores } from "../data/index.js";
import { toWire } from "../kernel/ids.js";
import { NEXT_ACTIONS } from "../kernel/next-actions.js";
import { GATEWAY_REFUSALS, Refusal, type RefusalCode, Refusals } from "../kernel/refusal.js";
import { EnvelopeRejected } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { viewHandOff } from "./checkout-hand-off.js";
import { cardWantOf, type Reader, viewConsumer } from "./consumer-view.js";
import type { ConsumerWant } from "./inputs.js";
import { PROFILE_FIELD_ORDER } from "./profile-fields.js";
import { consumerNotFound, storeNotFound } from "./references.js";
import { openOrg, type Rooms } from "./rooms.js";
import { openableUrl, viewStore } from "./store-view.js";
import type { AppliedFieldView, CheckoutIdentityView, FieldSource } from "./views.js";

/** Under this name the masks of checkouts are sealed, each with the id of its own. */
export const MASKS_LABEL = "checkout.masks";

export interface SealedMasks {
  readonly checkout: string;
  readonly masks: Readonly<Record<string, string>>;
}

/** A checkout with its consumer and store, read now. */
export async function readCheckoutView(
  rooms: Rooms,
  caller: Caller,
  row: CheckoutRow,
  want: ConsumerWant,
): Promise<CheckoutIdentityView> {
  const cardWant = cardWantOf(want);
  const card = await rooms.data.consumerCard(caller.scope, { id: row.consumerId }, cardWant);
  if (card === null || card.consumer.status === "ANONYMIZED") throw consumerNotFound();
  const { store, key } = await rooms.data.inScope(caller.scope, async (tx) => ({
    store: await stores.find(tx, { id: row.storeId }, "removed"),
    key: card.key ?? (await consumers.findKey(tx, row.consumerId)),
  }));
  if (store === null) throw storeNotFound();
  const org = await openOrg(rooms, caller);
  return viewCheckout({ rooms, caller, org }, row, { ...card, key }, store, want);
}

function viewCheckout(
  reader: Reader,
  row: CheckoutRow,
  card: ConsumerCard,
  { credentials, ...store }: StoreRow,
  want: ConsumerWant,
): CheckoutIdentityView {
  const { rooms } = reader;
  const { totalMinor, currency } = row;
  return {
    id: toWire("chk", row.id),
    consumer: viewConsumer(reader, card, want),
    store: viewStore(rooms.stores, { ...store, hasCredentials: credentials !== null }),
    state: row.state,
    statusReason: row.reason,
    nextAction: nextActionOf(row),
    cartId: row.cartId,
    checkoutUrl: row.cartUrl === null ? null : openableUrl(rooms.stores, store, row.cartUrl),
    total: totalMinor === null || currency === null ? null : { amountMinor: totalMinor, currency },
    fields: viewFields(reader, row, card),
    remarks: row.remarks,
    handOff: viewHandOff(rooms, reader.org, row, card.key),
    orderReference: row.orderReference,
    createdAt: row.createdAt,
    settledAt: row.settledAt,
  };
}

function viewFields(reader: Reader, row: CheckoutRow, card: ConsumerCard): readonly AppliedFieldView[] {
  const masks = openMasks(reader, row, card);
  return PROFILE_FIELD_ORDER.flatMap((path) => {
    const source = row.sources[path];
    return source === undefined ? [] : [{ path, source: source as FieldSource, mask: masks[path] ?? HIDDEN }];
  });
}

const HIDDEN = "•••";

/** Masks whose key is gone are gone with it. */
function openMasks({ org, rooms }: Reader, row: CheckoutRow, card: ConsumerCard): Readonly<Record<string, string>> {
  const { masks: sealed } = row;
  if (sealed === null || card.key === null) return {};
  try {
    const opened = org.withConsumer(card.consumer.id, card.key, (box) => box.openText(MASKS_LABEL, sealed));
    const { checkout, masks } = JSON.parse(opened) as SealedMasks;
    return checkout === row.id ? masks : {};
  } catch (error) {
    if (!(error instanceof EnvelopeRejected)) throw error;
    rooms.log.warn("masks of a checkout do not open", { checkoutId: toWire("chk", row.id) });
    return {};
  }
}

function nextActionOf({ state, reason, handOff }: CheckoutRow): string | null {
  if (state === "PENDING") return "Ask again in a moment.";
  if (state === "APPLIED" && handOff !== null)
    return "Let the shopper finish and pay at `handOff { liveViewUrl }`, then `reportOrder`.";
  if (state === "APPLIED") return "Let the shopper pay at `checkoutUrl`, then `reportOrder`.";
  if (state === "ORDERED" || reason === null) return null;
  return (NEXT_ACTIONS as Readonly<Record<string, string>>)[reason] ?? null;
}

/** What a FAILED checkout is thrown as, every time the same. `messages` are those of the first time, where they are known. */
export function refusalOf(row: CheckoutRow, messages: readonly string[] = []): Refusal | Refusals {
  const code = row.reason as RefusalCode;
  const paths = row.failedFields.length === 0 ? [null] : row.failedFields;
  const refusals = paths.map(
    (path, index) =>
      new Refusal(code, messages[index] ?? meaningOf(code), {
        ...(row.retryAfterMs === null ? {} : { retryAfterMs: row.retryAfterMs }),
        ...(path === null ? {} : { field: path.split(".") }),
      }),
  );
  const [first, ...others] = refusals;
  return first !== undefined && others.length === 0 ? first : new Refusals(refusals);
}

const meaningOf = (code: RefusalCode): string =>
  ({ ...ADAPTER_ERRORS, ...GATEWAY_REFUSALS })[code]?.meaning ?? "The checkout failed.";
