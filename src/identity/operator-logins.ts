/**
 * An operator's own login at a store: they log in once, in a live view, and impersonations begin with it until it ends. It is
 * theirs: used by the key that connected it and for the operator who logged in, and read by nobody. What the live view comes to
 * is in operator-login-live.ts.
 */
import { setTimeout as wait } from "node:timers/promises";
import { idempotency, type OperatorLoginRow, operatorLogins, type StoreRow, stores, type Tx } from "../data/index.js";
import { asId, newId, type OperatorLoginId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { adapterOf } from "./checkout-ground.js";
import { endSession } from "./connection-context.js";
import { finishEnds, intendEnds } from "./impersonation-end.js";
import { holdGround } from "./impersonation-ground.js";
import { judgeOperator, requirePerson } from "./impersonation-input.js";
import { inTime, leaseFrom, operatorKeyOf } from "./impersonation-row.js";
import { type Claim, claimOf, claimRow, once, recall } from "./once.js";
import { openLoginView } from "./operator-login-live.js";
import { readOperatorStep } from "./operator-login-reading.js";
import {
  endLogin,
  expectLogin,
  isLoginLeased,
  loginNotFound,
  placeOfLogin,
  recordLogin,
} from "./operator-login-row.js";
import type {
  ConnectOperatorInput,
  DisconnectedOperatorView,
  DisconnectOperatorInput,
  OperatorStepView,
} from "./operator-login-views.js";
import { storeKeyOf, storeNotFound } from "./references.js";
import { openOrg, type Rooms } from "./rooms.js";
import { newRowKey } from "./row-seal.js";
import { requireScope } from "./scopes.js";

/** How long the operator has when no live view says otherwise. */
const ATTEMPT_MS = 15 * 60_000;
/** How long a repetition waits for the first one, in milliseconds. */
const PATIENCE_MS = 3_000;
const LOOK_EVERY_MS = 50;

/** Throws NOT_SUPPORTED where the store has no such thing, and BROWSER_UNAVAILABLE. */
export async function connectOperator(
  rooms: Rooms,
  caller: Caller,
  given: ConnectOperatorInput,
): Promise<OperatorStepView> {
  requireScope(caller, "impersonations:write");
  requirePerson(caller);
  const { operator, isVouched } = judgeOperator(caller, given.operator, ["operator"]);
  const claim = claimOf("connectOperator", given);
  const known = claim === null ? null : await recallLogin(rooms, caller, claim);
  if (known !== null && !(await mayTakeUp(rooms, caller, known))) return readOperatorStep(rooms, caller, known);
  const store = await expectStore(rooms, caller, given);

  const begun = await begin(rooms, caller, store, { operator, isVouched }, known === null ? claim : null);
  // Somebody with the same key was a moment faster.
  if (begun === null) return connectOperator(rooms, caller, given);
  if (claim !== null && known !== null)
    await rooms.data.inScope(caller.scope, (tx) =>
      idempotency.complete(tx, claim.key, { operatorLogin: begun.row.id }),
    );
  for (const sessionId of begun.left) await endSession(rooms, sessionId, "cancelled");

  await openLoginView(rooms, caller, begun.row, store);

  return readOperatorStep(rooms, caller, begun.row.id);
}

async function expectStore(rooms: Rooms, caller: Caller, given: ConnectOperatorInput): Promise<StoreRow> {
  const key = storeKeyOf(given.store, ["store"]);
  const store = key === null ? null : await rooms.data.inScope(caller.scope, (tx) => stores.find(tx, key));
  if (store === null) throw storeNotFound();
  if (adapterOf(rooms, store).capabilities.includes("OPERATOR_LOGIN")) return store;
  throw new Refusal("NOT_SUPPORTED", "Operators do not log in at this store.", {
    field: ["store"],
    nextAction: "Choose a Store with OPERATOR_LOGIN among its `capabilities`.",
  });
}

async function recallLogin(rooms: Rooms, caller: Caller, claim: Claim): Promise<OperatorLoginId | null> {
  const row = await rooms.data.inScope(caller.scope, (tx) => idempotency.find(tx, claim.key));
  if (row === null) return null;
  return asId("opl", ((await recall(rooms, caller, claim, row)) as { readonly operatorLogin: string }).operatorLogin);
}

/** Whether a live view has to be opened for a repetition: there was no browser, or a crash came before. */
async function mayTakeUp(rooms: Rooms, caller: Caller, id: OperatorLoginId): Promise<boolean> {
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    const row = await rooms.data.inScope(caller.scope, (tx) => operatorLogins.find(tx, id));
    if (row === null) throw loginNotFound();
    if (row.state === "FAILED") return row.stateReason === "BROWSER_UNAVAILABLE";
    if (row.state !== "PENDING" || row.question !== null) return false;
    if (!isLoginLeased(rooms, row)) return true;
    if (waited >= PATIENCE_MS || caller.signal.aborted) return false;
    await wait(LOOK_EVERY_MS);
  }
}

/** Intend: the newest wins; `left` are the live views of older ones. Null: the idempotency key is taken. */
async function begin(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  who: Pick<OperatorLoginRow, "operator" | "isVouched">,
  claim: Claim | null,
): Promise<{ readonly row: OperatorLoginRow; readonly left: readonly string[] } | null> {
  const id = newId("opl");
  const { version, kekVersion, wrapped } = newRowKey(await openOrg(rooms, caller), id);
  const once = claim === null ? null : await claimRow(rooms, caller, claim, null);
  const place = placeOfLogin(caller, { storeId: store.id, operatorKey: operatorKeyOf(who.operator) });
  return rooms.data.inScope(caller.scope, async (tx) => {
    if (once !== null && (await idempotency.claim(tx, once)) !== null) return null;
    await holdGround(caller, tx, store, null);
    await operatorLogins.lockPlace(tx, place);
    const older = (await operatorLogins.lockOpen(tx, place)).filter(({ state }) => state === "PENDING");
    for (const one of older) await endLogin(rooms, caller, tx, one, "FAILED", "STARTED_AGAIN");
    const made = await operatorLogins.insert(tx, {
      ...{ id, ...who, ...place, keyVersion: version, kekVersion, wrapped },
      ...{ expiresAt: inTime(rooms, ATTEMPT_MS), dueAt: inTime(rooms, ATTEMPT_MS), createdAt: rooms.clock.now() },
    });
    const row = await operatorLogins.change(tx, id, { leaseUntil: leaseFrom(rooms) });
    await recordLogin(rooms, caller, tx, made, "operatorLogin.started");
    if (claim !== null) await idempotency.complete(tx, claim.key, { operatorLogin: id });
    return { row, left: older.flatMap(({ sessionId }) => sessionId ?? []) };
  });
}

/** Whoever may begin impersonations may end any operator's login. What was begun with it ends, too. */
export async function disconnectOperator(
  rooms: Rooms,
  caller: Caller,
  given: DisconnectOperatorInput,
): Promise<DisconnectedOperatorView> {
  requireScope(caller, "impersonations:write");
  const { id } = await expectLogin(rooms, caller, given.operatorLogin);
  const work = async (tx: Tx) => {
    const row = await operatorLogins.lock(tx, id);
    const isOpen = row !== null && (row.state === "PENDING" || row.state === "ACTIVE");
    if (isOpen) await endLogin(rooms, caller, tx, row, row.state === "ACTIVE" ? "DISCONNECTED" : "FAILED", "CANCELLED");
    const ids = await intendEnds(rooms, caller, tx, { operatorLoginId: id }, "OPERATOR_DISCONNECTED");
    const answer = { ids, left: row?.sessionId ?? null };
    return { ids: { ending: ids.length }, answer };
  };
  const replay = async () => ({ ids: [], left: null });
  const { ids, left } = await once(rooms, caller, claimOf("disconnectOperator", given), work, replay);

  await endSession(rooms, left, "cancelled");
  await finishEnds(rooms, caller, ids);

  return { operatorLogin: (await readOperatorStep(rooms, caller, id)).operatorLogin, ending: ids.length };
}
