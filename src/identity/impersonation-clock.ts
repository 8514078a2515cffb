/** The clock's part in impersonations: their time, what a crash left, what the store was not told, whether they still hold. */
import type { ImpersonationHealth } from "@shopkey/adapter-sdk";
import { type ImpersonationRow, impersonations } from "../data/index.js";
import { fromWire } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import { settleLost } from "./impersonation-attempt.js";
import { keepingCall } from "./impersonation-call.js";
import { type EndReason, finishEnd, intendEnd } from "./impersonation-end.js";
import {
  callIntent,
  inTime,
  isAlive,
  isLeased,
  leaseFrom,
  move,
  nextLook,
  partOf,
  storeOf,
} from "./impersonation-row.js";
import { openSecret } from "./impersonation-seal.js";
import { clockCaller } from "./orgs.js";
import type { Rooms } from "./rooms.js";
import { openTarget } from "./store-target.js";

/** When what fails in between is looked at again. */
const LOOK_AGAIN_MS = 60_000;

/** One impersonation that is due; several gateways may try, and one of them does it. */
export async function tendImpersonation(rooms: Rooms, scope: Caller["scope"], impersonationId: string): Promise<void> {
  const id = fromWire("imp", impersonationId);
  if (id === null) return;
  const now = rooms.clock.now();
  const again = inTime(rooms, LOOK_AGAIN_MS);
  if ((await rooms.data.inScope(scope, (tx) => impersonations.takeDue(tx, id, now, again))) === null) return;
  const caller = await clockCaller(rooms, scope, new AbortController().signal);
  const row = await judge(rooms, caller, id);
  if (row === null) return;
  if (row.endReason !== null) await finishEnd(rooms, caller, id);
  else await check(rooms, caller, row);
}

/** What is to be done: nothing (somebody is at the store), an end, or a look (the row is leased for it then). */
const judge = (rooms: Rooms, caller: Caller, id: ImpersonationRow["id"]): Promise<ImpersonationRow | null> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const row = await impersonations.lock(tx, id);
    if (row === null || !isAlive(row)) return null;
    if (isLeased(rooms, row)) {
      await move(rooms, tx, row, { dueAt: row.leaseUntil });
      return null;
    }
    if (row.endReason !== null) return row;
    // Whoever began it has gone: what was kept ends it.
    if (row.state === "VERIFYING") return intendEnd(rooms, caller, tx, row, "INTERRUPTED");
    if (row.expiresAt <= rooms.clock.now()) return intendEnd(rooms, caller, tx, row, expiryOf(row));
    return move(rooms, tx, row, { leaseUntil: leaseFrom(rooms) });
  });

/** Nothing outlives what it was begun with. */
function expiryOf({ holderEndsAt, expiresAt, isByToken }: ImpersonationRow): EndReason {
  if (holderEndsAt === null || holderEndsAt > expiresAt) return "EXPIRED";
  return isByToken ? "TOKEN_EXPIRED" : "KEY_EXPIRED";
}

async function check(rooms: Rooms, caller: Caller, row: ImpersonationRow): Promise<void> {
  const health = await ask(rooms, caller, row).catch(async (error: unknown) => {
    await settleHealth(rooms, caller, row, { kind: "inconclusive", why: "" });
    throw error;
  });
  if (health.kind === "lost") return settleLost(rooms, caller, row, "IMPERSONATION_LOST");
  await settleHealth(rooms, caller, row, health);
}

async function ask(rooms: Rooms, caller: Caller, row: ImpersonationRow): Promise<ImpersonationHealth> {
  const store = await storeOf(rooms, caller, row);
  const secret = await openSecret(rooms, caller, store, row);
  if (secret === null) return { kind: "revoked" };
  const target = await openTarget(rooms, caller, store);
  return rooms.stores.call(target, callIntent(caller, row, "check"), (adapter, call) =>
    partOf(adapter).check(keepingCall(rooms, caller, row, store, call, true), secret as never),
  );
}

const ENDS: Readonly<Partial<Record<ImpersonationHealth["kind"], EndReason>>> = {
  expired: "CONNECTION_EXPIRED",
  revoked: "CONNECTION_REVOKED",
};

/** A store that could not be asked changes nothing; one that says it is over is asked to end it all the same. */
async function settleHealth(
  rooms: Rooms,
  caller: Caller,
  { id }: ImpersonationRow,
  health: ImpersonationHealth,
): Promise<void> {
  const reason = ENDS[health.kind];
  const ending = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await impersonations.lock(tx, id);
    if (now === null || !isAlive(now)) return false;
    const free = await move(rooms, tx, now, {
      ...{ leaseUntil: null, dueAt: now.endReason === null ? nextLook(rooms, now) : rooms.clock.now() },
      ...(health.kind === "live" ? { checkedAt: rooms.clock.now() } : {}),
    });
    if (free.endReason === null && reason !== undefined) await intendEnd(rooms, caller, tx, free, reason);
    return free.endReason !== null || reason !== undefined;
  });
  if (ending) await finishEnd(rooms, caller, id);
}
