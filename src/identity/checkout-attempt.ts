/** One try at filling a checkout in: do (no transaction is open while the store is asked), then settle. */
import type { ProfileField } from "@shopkey/adapter-sdk";
import { type AuditEventInsert, type CheckoutRow, type ConsumerCard, checkouts, type StoreRow } from "../data/index.js";
import { toWire } from "../kernel/ids.js";
import { errorFacts } from "../kernel/log.js";
import { Refusal } from "../kernel/refusal.js";
import type { CallIntent } from "../stores/index.js";
import type { Caller } from "./caller.js";
import { openHandOff } from "./checkout-hand-off.js";
import { type Assembled, assembleIdentity, checkoutFields, missingOf, refuseMissing } from "./checkout-identity.js";
import { cartFromJson } from "./checkout-input.js";
import { type End, failure, judgeApplied, RETRIED_REASONS, settle, success } from "./checkout-settlement.js";
import { withLogin } from "./connection-health.js";
import { inPlace } from "./impersonation-checkout.js";
import type { GivenFields } from "./profile-fields.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";
import { openTarget } from "./store-target.js";

/** Nobody else touches a PENDING checkout for this long after its last sign of life. */
const LEASE_MS = 60_000;
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
    purpose: row.purpose ?? "checkout",
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
    await tidyUp(rooms, caller, attempt, end);
    return await settle(rooms, caller, attempt.row, end);
  } catch (error) {
    await rooms.data
      .inScope(caller.scope, (tx) => checkouts.renewLease(tx, attempt.row.id, rooms.clock.now()))
      .catch(() => false); // then the lease runs out by itself
    throw error;
  }
}

/** A cart that was opened for a checkout which will not come is emptied of the shopper's data, as far as the store lets us. */
async function tidyUp(rooms: Rooms, caller: Caller, { row, store }: Attempt, { settlement }: End): Promise<void> {
  if (settlement.state !== "FAILED" || RETRIED_REASONS.includes(settlement.reason)) return;
  if (cartFromJson(row.cart).kind !== "items") return;
  try {
    const now = await rooms.data.inScope(caller.scope, (tx) => checkouts.find(tx, row.id));
    if (now?.state === "PENDING" && now.checkpoint !== null) await abandon(rooms, caller, now, store);
  } catch (error) {
    rooms.log.warn("cart of a failed checkout was left", { checkoutId: toWire("chk", row.id), ...errorFacts(error) });
  }
}

/** Undoes at the store what was begun. Throws a Refusal when the store does not let us. */
export async function abandon(rooms: Rooms, caller: Caller, row: CheckoutRow, store: StoreRow): Promise<void> {
  const target = await openTarget(rooms, caller, store);
  await whileLeased(rooms, caller, row, () =>
    rooms.stores.call(target, callIntent(rooms, caller, row), (adapter, call) =>
      adapter.checkoutIdentity.abandon(call),
    ),
  );
}

async function fillIn(rooms: Rooms, caller: Caller, { row, store, card, overrides }: Attempt): Promise<End> {
  const adapterCard = rooms.stores.adapter(store.adapter);
  const fields = checkoutFields(adapterCard);
  const target = await openTarget(rooms, caller, store);
  const assembled = assembleIdentity(await openOrg(rooms, caller), card, overrides, fields, caller);
  refuseMissing(missingOf(adapterCard, assembled));
  const cart = cartFromJson(row.cart);
  if (row.impersonationId !== null) {
    const answer = await inPlace(rooms, caller, row.impersonationId, store, assembled.identity, (secret, callOf) =>
      whileLeased(rooms, caller, row, () =>
        rooms.stores.call(target, callIntent(rooms, caller, row), (adapter, call) =>
          adapter.checkoutIdentity.apply(callOf(call), secret, assembled.identity, cart),
        ),
      ),
    );
    return success(rooms, caller, card, row, assembled, { ...judgeApplied(answer, assembled), handOff: null });
  }
  return withLogin(rooms, caller, card, store, async (login) => {
    const intent = { ...callIntent(rooms, caller, row), lend: login.lend };
    const answer = await whileLeased(rooms, caller, row, () =>
      rooms.stores.call(target, intent, (adapter, call) =>
        adapter.checkoutIdentity.apply(call, login.secret, assembled.identity, cart),
      ),
    );
    const applied = judgeApplied(answer, assembled);
    const handOff =
      applied.handOff === undefined
        ? null
        : await openHandOff(rooms, caller, target, store, login, applied.handOff.url);
    return success(rooms, caller, card, row, assembled, { ...applied, handOff });
  });
}

/**
 * The same checkout is the same intent, whoever takes it up. A client that goes away does not stop it: what was begun
 * at the store ends within the store's deadline, and is there when the client asks again.
 */
function callIntent(rooms: Rooms, caller: Caller, row: CheckoutRow): CallIntent {
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

async function whileLeased<T>(rooms: Rooms, caller: Caller, { id }: CheckoutRow, work: () => Promise<T>): Promise<T> {
  const renewal = setInterval(() => {
    rooms.data.inScope(caller.scope, (tx) => checkouts.renewLease(tx, id, leaseFrom(rooms))).catch(() => false); // the database will be asked again, and the settlement says what it found
  }, RENEW_MS);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
  }
}
