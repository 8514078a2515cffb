/**
 * Ending impersonations. From the intent on nobody acts under one, whatever the store says; its key stays until the store has
 * agreed, because nothing else can end it there. While it has not, it is BROKEN, said aloud, and asked again for a day.
 */
import type { Farewell } from "@shopkey/adapter-sdk";
import { record } from "../audit/index.js";
import { type ImpersonationRow, impersonations, type Tx } from "../data/index.js";
import { type ConsumerId, type ImpersonationId, toWire } from "../kernel/ids.js";
import { errorFacts } from "../kernel/log.js";
import type { RefusalCode } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { refusalIn } from "./connection-row.js";
import { keepingCall } from "./impersonation-call.js";
import { readSession } from "./impersonation-reading.js";
import {
  callIntent,
  expectRow,
  impersonationNotFound,
  inTime,
  isAlive,
  isLeased,
  leaseFrom,
  move,
  partOf,
  readRow,
  recordAbout,
  storeOf,
} from "./impersonation-row.js";
import { FORGOTTEN, openSecret } from "./impersonation-seal.js";
import type { EndedImpersonationView, SwitchedImpersonationsView } from "./impersonation-views.js";
import type { ImpersonationInput, SwitchImpersonationsInput } from "./inputs.js";
import { claimOf, once } from "./once.js";
import { ledgerLine, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { openTarget } from "./store-target.js";

const ASK_AGAIN_MS = 60_000;
const GIVE_UP_MS = 24 * 60 * 60_000;
/** How many a switch ends itself; the clock ends the others. */
const AT_ONCE = 20;

/** Whose time is over: its own, or what began it. */
const EXPIRIES = ["EXPIRED", "KEY_EXPIRED", "TOKEN_EXPIRED"] as const;
type Expiry = (typeof EXPIRIES)[number];

/** Why one ends. */
export type EndReason =
  | "ENDED_BY_CALLER"
  | Expiry
  | "INTERRUPTED"
  | "KEY_REVOKED"
  | "ISSUER_REVOKED"
  | "OPERATOR_DISCONNECTED"
  | "STORE_REMOVED"
  | "CUSTOMER_FORGOTTEN"
  | "SWITCHED_OFF"
  | "CONNECTION_EXPIRED"
  | "CONNECTION_REVOKED";

/** The intent, in the transaction of what it follows from: from here on nobody acts under it. */
export async function intendEnd(
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  row: ImpersonationRow,
  reason: EndReason,
): Promise<ImpersonationRow> {
  const at = rooms.clock.now();
  // Who is at the store for it now ends it afterwards, or the clock does.
  const dueAt = isLeased(rooms, row) ? row.leaseUntil : at;
  const endState = EXPIRIES.some((one) => one === reason) ? "EXPIRED" : "ENDED";
  const moved = await move(rooms, tx, row, { endReason: reason, endState, farewellSince: at, dueAt });
  await recordAbout(rooms, caller, tx, moved, "impersonation.ending", { outcome: reason });
  return moved;
}

/** All that hang on this key, this Store or this consumer, or all of the org's; their ids. The clock tells the stores. */
export async function intendEnds(
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  affected: impersonations.Affected,
  reason: EndReason,
): Promise<readonly ImpersonationId[]> {
  const rows = await impersonations.lockAlive(tx, affected);
  for (const row of rows) await intendEnd(rooms, caller, tx, row, reason);
  return rows.map(({ id }) => id);
}

/**
 * For whoever forgets a consumer, in the transaction in which they are frozen: nobody stays in their place, also not one who
 * took it by the e-mail address alone. Call it while the consumer's index rows are still there; the clock tells the stores.
 */
export const endImpersonationsOf = (
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  consumerId: ConsumerId,
): Promise<readonly ImpersonationId[]> => intendEnds(rooms, caller, tx, { consumerId }, "CUSTOMER_FORGOTTEN");

export async function finishEnds(rooms: Rooms, caller: Caller, ids: readonly ImpersonationId[]): Promise<void> {
  for (const id of ids.slice(0, AT_ONCE)) {
    await finishEnd(rooms, caller, id).catch((error: unknown) =>
      rooms.log.error("impersonation not ended", { impersonationId: toWire("imp", id), ...errorFacts(error) }),
    );
  }
}

export async function endImpersonation(
  rooms: Rooms,
  caller: Caller,
  given: ImpersonationInput,
): Promise<EndedImpersonationView> {
  requireScope(caller, "impersonations:write");
  const { id } = await expectRow(rooms, caller, given.impersonationSession);
  const intend = async (tx: Tx) => {
    const row = await impersonations.lock(tx, id);
    if (row === null) throw impersonationNotFound();
    if (isAlive(row) && row.endReason === null) await intendEnd(rooms, caller, tx, row, "ENDED_BY_CALLER");
    return { ids: { impersonation: id as string }, answer: null };
  };
  await once(rooms, caller, claimOf("endImpersonation", given), intend, async () => null);

  const said = await finishEnd(rooms, caller, id);

  const row = await readRow(rooms, caller, id);
  const storeAgreed = said?.storeAgreed ?? row?.storeAgreed ?? false;
  const note = said?.note ?? (row !== null && isAlive(row) ? STILL : OVER);
  return { impersonationSession: await readSession(rooms, caller, id), storeAgreed, note };
}

const OVER = "It was over already.";
const STILL = "The store is being asked at this moment.";

/** The org's switch, in this environment. Off ends all, and none begins until it is on again. */
export async function switchImpersonations(
  rooms: Rooms,
  caller: Caller,
  given: SwitchImpersonationsInput,
): Promise<SwitchedImpersonationsView> {
  requireScope(caller, "impersonations:write");
  // Whoever acts may stop everybody; letting everybody act again is the org's to decide.
  if (given.on) requireScope(caller, "keys:write");
  const turn = async (tx: Tx) => {
    await impersonations.switchAll(tx, given.on);
    const line = {
      action: "impersonations.switched",
      subject: { kind: "org", id: caller.org.id },
      facts: { on: given.on },
    } as const;
    await record(tx, ledgerLine(rooms, caller, line));
    const ids = given.on ? [] : await intendEnds(rooms, caller, tx, "all", "SWITCHED_OFF");
    return { ids: { ending: ids.length }, answer: ids };
  };
  const ids = await once(rooms, caller, claimOf("switchImpersonations", given), turn, async () => []);

  await finishEnds(rooms, caller, ids);

  return { on: given.on, ending: ids.length };
}

/** Tells the store, where there is something to end and nobody else is telling it; null when there was nothing to do here. */
export async function finishEnd(rooms: Rooms, caller: Caller, id: ImpersonationId): Promise<Farewell | null> {
  const row = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await impersonations.lock(tx, id);
    if (now === null || !isAlive(now) || now.endReason === null || isLeased(rooms, now)) return null;
    const lease = leaseFrom(rooms);
    return move(rooms, tx, now, { leaseUntil: lease, dueAt: lease });
  });
  if (row === null) return null;

  const said = await sayFarewell(rooms, caller, row).catch(async (error: unknown) => {
    await settleEnd(rooms, caller, row, { storeAgreed: false, note: "", code: "INTERRUPTED" });
    throw error;
  });

  await settleEnd(rooms, caller, row, said);
  return said;
}

interface Said extends Farewell {
  readonly code: RefusalCode | null;
}

async function sayFarewell(rooms: Rooms, caller: Caller, row: ImpersonationRow): Promise<Said> {
  if (row.secret === null) return { storeAgreed: true, note: "Nothing was begun at the store.", code: null };
  try {
    const store = await storeOf(rooms, caller, row);
    const secret = await openSecret(rooms, caller, store, row);
    if (secret === null)
      return { storeAgreed: false, note: "What would end it does not open any more.", code: "INTERRUPTED" };
    const target = await openTarget(rooms, caller, store);
    const { storeAgreed, note } = await rooms.stores.call(target, callIntent(caller, row, "stop"), (adapter, call) =>
      partOf(adapter).stop(keepingCall(rooms, caller, row, store, call), secret as never),
    );
    const text = typeof note === "string" ? note.slice(0, 500) : "";
    return { storeAgreed: storeAgreed === true, note: text, code: storeAgreed === true ? null : "REFUSED_BY_STORE" };
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal === null) throw error;
    const { code, message } = refusal;
    if (code === "CONNECTION_EXPIRED" || code === "CONNECTION_REVOKED")
      return { storeAgreed: true, note: "It was gone already.", code: null };
    return { storeAgreed: false, note: `${message} The gateway asks again for a day.`, code };
  }
}

const settleEnd = (
  rooms: Rooms,
  caller: Caller,
  { id }: ImpersonationRow,
  { storeAgreed, note, code }: Said,
): Promise<void> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const now = await impersonations.lock(tx, id);
    if (now === null || !isAlive(now)) return;
    const at = rooms.clock.now();
    if (storeAgreed) {
      const state = now.endState ?? "ENDED";
      const over = { ...FORGOTTEN, state, stateReason: now.endReason, why: null, storeAgreed, endedAt: at };
      const action = (
        { ENDED: "impersonation.ended", EXPIRED: "impersonation.expired", DENIED: "impersonation.denied" } as const
      )[state];
      return recordAbout(rooms, caller, tx, await move(rooms, tx, now, over), action, {
        ...{ outcome: now.endReason ?? "done", storeAgreed },
      });
    }
    const isLast = at.getTime() - (now.farewellSince ?? at).getTime() >= GIVE_UP_MS;
    const rest = isLast ? { ...FORGOTTEN, endedAt: at } : { leaseUntil: null, dueAt: inTime(rooms, ASK_AGAIN_MS) };
    const broken = {
      ...rest,
      state: "BROKEN",
      stateReason: code,
      why: note === "" ? null : note,
      storeAgreed,
    } as const;
    const moved = await move(rooms, tx, now, broken);
    rooms.log.error("an impersonation could not be ended at the store", {
      ...{ impersonationId: toWire("imp", id), storeId: toWire("sto", now.storeId), code, reason: now.endReason },
      status: isLast ? "given up" : "asked again",
    });
    const isNews = isLast || now.storeAgreed === null || now.stateReason !== code;
    if (isNews)
      await recordAbout(rooms, caller, tx, moved, "impersonation.broken", { outcome: code ?? "done", storeAgreed });
  });
