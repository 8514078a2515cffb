/** A checkout that is filled in under an impersonation: in whose place, with which secret, and what a lost place means. */
import type { Call, Identity } from "@shopkey/adapter-sdk";
import { type ImpersonationRow, impersonations, type StoreRow, type Tx } from "../data/index.js";
import type { ConsumerId, ImpersonationId } from "../kernel/ids.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import { normaliseEmail } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { settleLost } from "./impersonation-attempt.js";
import { keepingCall } from "./impersonation-call.js";
import { requirePerson } from "./impersonation-input.js";
import { expectRow, isUsable, readRow, requireHolder } from "./impersonation-row.js";
import { openCustomer, openSecret } from "./impersonation-seal.js";
import { openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";

const refuse = (code: "CONFLICT" | "INVALID" | "IMPERSONATION_LOST", message: string, nextAction: string) =>
  new Refusal(code, message, { field: ["impersonationSession"], nextAction });

/** Judged before anything is written; null when the checkout is the shopper's own. Throws why this one may not act in that place. */
export async function placeFor(
  rooms: Rooms,
  caller: Caller,
  wire: string | null | undefined,
  store: StoreRow,
  consumerId: ConsumerId,
): Promise<ImpersonationId | null> {
  if (wire === undefined || wire === null) return null;
  requireScope(caller, "impersonations:write");
  requirePerson(caller);
  const row = await expectRow(rooms, caller, wire);
  requireHolder(caller, row);
  if (row.storeId !== store.id)
    throw refuse("INVALID", "This impersonation session is at another Store.", AT_ITS_STORE);
  if (row.consumerId !== null && row.consumerId !== consumerId) throw otherCustomer();
  expectUsable(rooms, row);
  return row.id;
}

/** Before a checkout in this place is taken up again: that is for whoever holds the place, while they do. */
export async function expectPlace(rooms: Rooms, caller: Caller, id: ImpersonationId): Promise<ImpersonationRow> {
  const row = await readRow(rooms, caller, id);
  if (row === null) throw new Error("a checkout's impersonation is not there");
  requireHolder(caller, row);
  expectUsable(rooms, row);
  return row;
}

const AT_ITS_STORE = "Give the Store and the consumer that the session was begun for.";
const otherCustomer = () => refuse("INVALID", "This impersonation session stands for another customer.", AT_ITS_STORE);

function expectUsable(rooms: Rooms, row: ImpersonationRow): void {
  if (isUsable(rooms, row)) return;
  if (row.state === "BROKEN" && row.endReason === null)
    throw refuse("IMPERSONATION_LOST", LOST, "`renewImpersonation`.");
  throw refuse(
    "CONFLICT",
    "This impersonation session is over, or not there yet.",
    "`startImpersonation` for a new one.",
  );
}
const LOST = "The store no longer takes the operator for the customer.";

/** Lends the place's secret and its call. When it turns out that the place is lost, the session says so from then on. */
export async function inPlace<T>(
  rooms: Rooms,
  caller: Caller,
  id: ImpersonationId,
  store: StoreRow,
  identity: Identity,
  use: (secret: unknown, callOf: (call: Call) => Call) => Promise<T>,
): Promise<T> {
  const row = await expectPlace(rooms, caller, id);
  const customer = openCustomer(await openOrg(rooms, caller), row);
  const secret = await openSecret(rooms, caller, store, row);
  if (customer === null || secret === null)
    throw refuse("IMPERSONATION_LOST", LOST, "`startImpersonation` for a new one.");
  if (normaliseEmail(identity["buyer.email"] ?? "") !== normaliseEmail(customer.email)) throw otherCustomer();
  try {
    return await use(secret, (call) => keepingCall(rooms, caller, row, store, call, true));
  } catch (error) {
    if (isLostPlace(error)) await settleLost(rooms, caller, row, "IMPERSONATION_LOST");
    throw error;
  }
}

function isLostPlace(error: unknown): boolean {
  const refusals = error instanceof Refusals ? error.refusals : error instanceof Refusal ? [error] : [];
  return refusals.some(({ code }) => code === "IMPERSONATION_LOST");
}

/** After an order the store may have let go of the place: the clock looks at once. */
export async function lookAfterOrder(rooms: Rooms, tx: Tx, id: ImpersonationId | null): Promise<void> {
  const row = id === null ? null : await impersonations.lock(tx, id);
  if (row === null || row.wrapped === null || row.endReason !== null) return;
  await impersonations.change(tx, row.id, { dueAt: rooms.clock.now() });
}
