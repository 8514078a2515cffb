import { randomUUID } from "node:crypto";
import type { ProfileField } from "@shopkey/adapter-sdk";
import { record } from "../audit/index.js";
import { type ConsumerCard, type StoreRow, stores } from "../data/index.js";
import { toWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { adapterOf, readCard } from "./checkout-ground.js";
import { askFor, assembleIdentity, missingOf } from "./checkout-identity.js";
import { withLogin } from "./connection-health.js";
import type { ConsumerRef, StoreRef } from "./inputs.js";
import { consumerKeyOf, consumerNotFound, storeKeyOf, storeNotFound } from "./references.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { openTarget } from "./store-target.js";
import type { CheckoutReadinessView, ReadinessState } from "./views.js";

/** What stands in the way of a checkout: missing fields first, for which no store is asked; then the store's own word. */
export async function readiness(
  rooms: Rooms,
  caller: Caller,
  consumer: ConsumerRef,
  store: StoreRef,
): Promise<CheckoutReadinessView> {
  requireScope(caller, "checkouts:read");
  const ref = consumerKeyOf(consumer, ["consumer"]);
  const storeKey = storeKeyOf(store, ["store"]);
  const card = ref === null ? null : await readCard(rooms, caller, ref);
  if (card === null) throw consumerNotFound();
  const row = storeKey === null ? null : await rooms.data.inScope(caller.scope, (tx) => stores.find(tx, storeKey));
  if (row === null) throw storeNotFound();
  const adapter = adapterOf(rooms, row);
  const required = adapter.requiredFields as readonly ProfileField[];
  const missing = missingOf(adapter, assembleIdentity(await openOrg(rooms, caller), card, {}, required, caller));
  if (missing.length > 0) return { ready: false, state: "PROFILE_INCOMPLETE", missing, nextAction: askFor(missing) };
  return askStore(rooms, caller, card, row, adapter.readinessFields as readonly ProfileField[]);
}

async function askStore(
  rooms: Rooms,
  caller: Caller,
  card: ConsumerCard,
  store: StoreRow,
  fields: readonly ProfileField[],
): Promise<CheckoutReadinessView> {
  if (fields.length > 0)
    await rooms.data.inScope(caller.scope, (tx) => record(tx, usedLine(rooms, caller, card, store, fields)));
  const target = await openTarget(rooms, caller, store);
  const { identity } = assembleIdentity(await openOrg(rooms, caller), card, {}, fields, caller);
  const intent = { idempotencyKey: randomUUID(), signal: caller.signal, requestId: caller.requestId };
  try {
    const said = await withLogin(rooms, caller, card, store, ({ secret, lend }) =>
      rooms.stores.call(target, { ...intent, lend }, (adapter, call) =>
        adapter.checkoutIdentity.readiness(call, secret, identity),
      ),
    );
    return said.kind === "ready"
      ? { ready: true, state: "READY", missing: [], nextAction: null }
      : { ready: false, state: said.code, missing: [], nextAction: said.why };
  } catch (error) {
    const state = error instanceof Refusal ? STATES[error.code] : undefined;
    if (state === undefined || !(error instanceof Refusal)) throw error;
    return { ready: false, state, missing: [], nextAction: error.nextAction };
  }
}

/** Refusals that are an answer to the question. */
const STATES: Readonly<Partial<Record<string, ReadinessState>>> = {
  STORE_UNAVAILABLE: "STORE_UNAVAILABLE",
  RATE_LIMITED: "STORE_UNAVAILABLE",
  PERMISSION_MISSING: "PERMISSION_MISSING",
  CREDENTIALS_REJECTED: "PERMISSION_MISSING",
  CHALLENGE_REQUIRED: "LOGIN_REQUIRED",
  CONNECTION_EXPIRED: "LOGIN_REQUIRED",
  CONNECTION_REVOKED: "LOGIN_REQUIRED",
  ADDRESS_REQUIRED: "ADDRESS_REQUIRED",
};

const usedLine = (
  rooms: Rooms,
  caller: Caller,
  { consumer }: ConsumerCard,
  store: StoreRow,
  fields: readonly ProfileField[],
) =>
  ledgerLine(rooms, caller, {
    action: "profile.used",
    subject: { kind: "store", id: store.id },
    consumerId: consumer.id,
    purpose: "readiness",
    facts: { use: "readiness", store: toWire("sto", store.id), fields },
  });
