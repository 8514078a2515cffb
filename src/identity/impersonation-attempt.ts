/** At the store for an impersonation: begin it or take it again; how what came of it is kept. */
import type { Impersonation, Kept } from "@shopkey/adapter-sdk";
import { type ImpersonationRow, impersonations, type StoreRow, type Tx } from "../data/index.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { refusalIn } from "./connection-row.js";
import { keepingCall } from "./impersonation-call.js";
import { finishEnd } from "./impersonation-end.js";
import { requirePerson } from "./impersonation-input.js";
import { readSession } from "./impersonation-reading.js";
import {
  callIntent,
  expectRow,
  isAlive,
  isLeased,
  isLost,
  isUsable,
  leaseFrom,
  move,
  nextLook,
  notSupported,
  partOf,
  recordAbout,
  requireHolder,
  storeOf,
} from "./impersonation-row.js";
import { FORGOTTEN, openCustomer, openSecret, sealCustomer, sealSecret } from "./impersonation-seal.js";
import type { ImpersonationSessionView } from "./impersonation-views.js";
import type { Attempt } from "./impersonations.js";
import type { ImpersonationInput } from "./inputs.js";
import { claimOf, once } from "./once.js";
import { endRejected } from "./operator-login-use.js";
import { openOrg, type Rooms } from "./rooms.js";
import { rowKeyOf } from "./row-seal.js";
import { requireScope } from "./scopes.js";
import { openTarget } from "./store-target.js";

type Active = Extract<Impersonation<Kept>, { kind: "active" }>;
type Denied = Extract<Impersonation<Kept>, { kind: "denied" }>;

/** Do, then settle. A denial is an answer; what the store refused otherwise is thrown, after it was kept. */
export async function runStart(rooms: Rooms, caller: Caller, { row, store, email, token }: Attempt): Promise<void> {
  const request = {
    customer: { "buyer.email": email },
    operator: { id: row.operator, token },
    ...{ reason: row.reason, expiresAt: row.expiresAt },
  };
  try {
    const target = await openTarget(rooms, caller, store);
    const answer = await rooms.stores.call(target, callIntent(caller, row, "start"), (adapter, call) =>
      partOf(adapter).start(keepingCall(rooms, caller, row, store, call), request),
    );
    if (answer.kind === "active") await settleActive(rooms, caller, row, store, answer, "impersonation.activated");
    else await settleDenied(rooms, caller, row, answer);
  } catch (error) {
    await settleFailure(rooms, caller, row, error);
    throw error;
  }
}

/** Takes a place again that the store let go of, after an order say. The end stays where it was. */
export async function renewImpersonation(
  rooms: Rooms,
  caller: Caller,
  given: ImpersonationInput,
): Promise<{ readonly impersonationSession: ImpersonationSessionView }> {
  requireScope(caller, "impersonations:write");
  requirePerson(caller);
  const seen = await expectRow(rooms, caller, given.impersonationSession);
  requireHolder(caller, seen);
  const store = await storeOf(rooms, caller, seen);
  const take = async (tx: Tx) => {
    const now = await impersonations.lock(tx, seen.id);
    if (now === null || !(isUsable(rooms, now) || isLost(rooms, now))) throw notRenewable();
    if (isLeased(rooms, now)) throw underWay();
    const lease = leaseFrom(rooms);
    const row = await move(rooms, tx, now, { leaseUntil: lease, dueAt: lease });
    return { ids: { impersonation: row.id as string }, answer: row as ImpersonationRow | null };
  };
  const row = await once(rooms, caller, claimOf("renewImpersonation", given), take, async () => null);

  if (row !== null) await runRenewal(rooms, caller, row, store);

  return { impersonationSession: await readSession(rooms, caller, seen.id) };
}

async function runRenewal(rooms: Rooms, caller: Caller, row: ImpersonationRow, store: StoreRow): Promise<void> {
  try {
    const secret = await openSecret(rooms, caller, store, row);
    const target = await openTarget(rooms, caller, store);
    const answer = await rooms.stores.call(target, callIntent(caller, row, "renew"), (adapter, call) => {
      const { renew } = partOf(adapter);
      if (renew === undefined) throw notSupported();
      return renew(keepingCall(rooms, caller, row, store, call), secret as Kept["secret"]);
    });
    if (answer.kind === "active") await settleActive(rooms, caller, row, store, answer, "impersonation.renewed");
    else await settleDenied(rooms, caller, row, answer);
  } catch (error) {
    const code = refusalIn(error)?.code ?? "INTERRUPTED";
    // What it is now at the store is not known: nobody acts under it until a renewal says so.
    if (code === "NOT_SUPPORTED") await letGo(rooms, caller, row);
    else await settleLost(rooms, caller, row, code);
    throw error;
  }
}

/** The store was not asked: it goes on as it was. */
const letGo = (rooms: Rooms, caller: Caller, { id }: ImpersonationRow): Promise<unknown> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const now = await impersonations.lock(tx, id);
    const dueAt = now === null || now.endReason !== null ? rooms.clock.now() : nextLook(rooms, now);
    if (now !== null && isAlive(now)) await move(rooms, tx, now, { leaseUntil: null, dueAt });
  });

const notRenewable = () =>
  new Refusal("CONFLICT", "This impersonation session is over, or is ending.", {
    field: ["impersonationSession"],
    nextAction: "`startImpersonation` for a new one.",
  });
const underWay = () =>
  new Refusal("CONFLICT", "The store is being asked for this impersonation session at this moment.", {
    field: ["impersonationSession"],
    nextAction: "Ask again in a moment.",
    retryAfterMs: 1_000,
  });

const ACCOUNT = /^[\w.-]{1,120}$/;

/** An adapter that answers something else than it promised is broken; nothing of it is kept. */
function judgeActive({ storeUserId, expiresAt, account, secret }: Active): Active {
  const isId = typeof storeUserId === "string" && storeUserId.length > 0 && storeUserId.length <= 200;
  const isEnd = expiresAt === null || (expiresAt instanceof Date && !Number.isNaN(expiresAt.getTime()));
  if (!isId || !isEnd) throw new Error("the adapter's answer to an impersonation is not what the contract says");
  const named = account !== undefined && ACCOUNT.test(account) ? { account } : {};
  return { kind: "active", secret, storeUserId, expiresAt, ...named };
}

async function settleActive(
  rooms: Rooms,
  caller: Caller,
  row: ImpersonationRow,
  store: StoreRow,
  given: Active,
  action: "impersonation.activated" | "impersonation.renewed",
): Promise<void> {
  const answer = judgeActive(given);
  const key = rowKeyOf(row);
  if (key === null) throw new Error("an impersonation was begun without a key");
  const secret = await sealSecret(rooms, caller, store, row, key, answer.secret);
  const org = await openOrg(rooms, caller);
  const email = openCustomer(org, row)?.email ?? "";
  const customer = sealCustomer(org, row.id, key, { email, storeUserId: answer.storeUserId });
  const ends = answer.expiresAt !== null && answer.expiresAt < row.expiresAt ? answer.expiresAt : row.expiresAt;
  const after = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await impersonations.lock(tx, row.id);
    // Ended by the clock, which took this gateway for dead: what was kept last was told to the store then.
    if (now === null || !isAlive(now)) return null;
    const known = { secret, customer, canImpersonate: true, account: answer.account ?? null, leaseUntil: null };
    if (now.endReason !== null) return move(rooms, tx, now, { ...known, dueAt: rooms.clock.now() });
    const active = { ...known, state: "ACTIVE", stateReason: null, why: null, expiresAt: ends } as const;
    const startedAt = now.startedAt ?? rooms.clock.now();
    const dueAt = nextLook(rooms, { ...now, expiresAt: ends });
    const moved = await move(rooms, tx, now, { ...active, startedAt, checkedAt: rooms.clock.now(), dueAt });
    await recordAbout(rooms, caller, tx, moved, action);
    return moved;
  });
  // Whoever wanted it ended could not do it while the store was being asked.
  if (after === null) await stopStray(rooms, caller, row, store, answer.secret);
  else if (after.endReason !== null) await finishEnd(rooms, caller, row.id);
}

/** The row is over and its key gone, and yet the store has just said yes: it is told no, now or never. */
async function stopStray(
  rooms: Rooms,
  caller: Caller,
  row: ImpersonationRow,
  store: StoreRow,
  secret: unknown,
): Promise<void> {
  const target = await openTarget(rooms, caller, store);
  await rooms.stores.call(target, callIntent(caller, row, "stray"), (adapter, call) =>
    partOf(adapter).stop({ ...call, keep: async () => {} }, secret as Kept["secret"]),
  );
}

/** A store's clear no, which has left nothing there. */
const settleDenied = (rooms: Rooms, caller: Caller, row: ImpersonationRow, { code, why }: Denied): Promise<void> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const now = await impersonations.lock(tx, row.id);
    if (now === null || !isAlive(now)) return;
    if (code === "OPERATOR_REJECTED") await endRejected(rooms, caller, tx, now.operatorLoginId);
    const told = { stateReason: code, why: typeof why === "string" ? why.slice(0, 500) : null };
    const mayNot = code === "ROLE_MISSING" || code === "APP_MISSING" ? false : null;
    const isNew = now.startedAt === null;
    const over = { ...FORGOTTEN, endedAt: rooms.clock.now(), storeAgreed: true, endReason: now.endReason ?? code };
    const state = isNew ? "DENIED" : "ENDED";
    const moved = await move(rooms, tx, now, { ...over, ...told, state, canImpersonate: mayNot });
    await recordAbout(rooms, caller, tx, moved, isNew ? "impersonation.denied" : "impersonation.ended", {
      outcome: code,
    });
  });

/** It was refused, or broke off: where something was kept, the store is told to end it, now and by the clock. */
async function settleFailure(rooms: Rooms, caller: Caller, row: ImpersonationRow, error: unknown): Promise<void> {
  const code = refusalIn(error)?.code ?? "INTERRUPTED";
  const left = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await impersonations.lock(tx, row.id);
    if (now === null || !isAlive(now)) return null;
    const told = { stateReason: code, endReason: now.endReason ?? code, leaseUntil: null };
    if (now.secret === null) {
      const over = { ...FORGOTTEN, ...told, state: "DENIED", endedAt: rooms.clock.now(), storeAgreed: true } as const;
      await recordAbout(rooms, caller, tx, await move(rooms, tx, now, over), "impersonation.denied", { outcome: code });
      return null;
    }
    const at = rooms.clock.now();
    return move(rooms, tx, now, {
      ...told,
      endState: now.endState ?? "DENIED",
      farewellSince: now.farewellSince ?? at,
      dueAt: at,
    });
  });
  if (left !== null) await finishEnd(rooms, caller, row.id);
}

/** The place is not the customer's any more: nobody acts under it until it is renewed. */
export const settleLost = (
  rooms: Rooms,
  caller: Caller,
  { id }: Pick<ImpersonationRow, "id">,
  code: string,
): Promise<void> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const now = await impersonations.lock(tx, id);
    if (now === null || !isAlive(now)) return;
    if (now.endReason !== null)
      return void (await move(rooms, tx, now, { leaseUntil: null, dueAt: rooms.clock.now() }));
    const lost = { state: "BROKEN", stateReason: code, leaseUntil: null, dueAt: nextLook(rooms, now) } as const;
    const moved = await move(rooms, tx, now, lost);
    if (now.state !== "BROKEN" || now.stateReason !== code)
      await recordAbout(rooms, caller, tx, moved, "impersonation.lost", { outcome: code });
  });
