import { setTimeout as wait } from "node:timers/promises";
import { record } from "../audit/index.js";
import { type CheckoutRow, checkouts, idempotency, type Json, stores, type Tx } from "../data/index.js";
import { type CheckoutId, fromWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { type Attempt, leaseFrom, runAttempt, usedLine } from "./checkout-attempt.js";
import { begin } from "./checkout-begin.js";
import { assembleFor, readCard } from "./checkout-ground.js";
import { judgeCheckout } from "./checkout-input.js";
import { RETRIED_REASONS } from "./checkout-settlement.js";
import { readCheckoutView, refusalOf } from "./checkout-view.js";
import { BARE } from "./consumer-view.js";
import { requireWanted } from "./consumers.js";
import { expectPlace } from "./impersonation-checkout.js";
import type { ApplyCheckoutIdentityInput, ConsumerWant } from "./inputs.js";
import { claimOf } from "./once.js";
import type { GivenFields } from "./profile-fields.js";
import { consumerNotFound, expectOpen, storeNotFound } from "./references.js";
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
