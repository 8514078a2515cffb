/** The clock's part in being forgotten: every step in its order, each tried again by itself until the request has ended. */
import { type AnonymizationRow, type AnonymizationStepRow, anonymizations } from "../data/index.js";
import { fromWire, toWire } from "../kernel/ids.js";
import { errorFacts } from "../kernel/log.js";
import { freezeDoings } from "./anonymization-freeze.js";
import { endLogins } from "./anonymization-logins.js";
import { endWish } from "./anonymization-receipt.js";
import { purgeConsumer, shredConsumer } from "./anonymization-shred.js";
import { hasEnded, readWish, recordWish, settleStep, stepOf, storeSteps, type Wish } from "./anonymization-steps.js";
import { askStore, followStore } from "./anonymization-stores.js";
import type { Caller } from "./caller.js";
import { later } from "./connection-row.js";
import { clockCallerIn } from "./orgs.js";
import type { Rooms } from "./rooms.js";

/** Nobody else works on the request for this long after the last sign of life. */
const LEASE_MS = 120_000;
const SOON_MS = 15_000;
const FAILED_MS = 60_000;

/** One request that is due; several gateways may try, and one of them does it. */
export async function tendAnonymization(rooms: Rooms, scope: Caller["scope"], wire: string): Promise<void> {
  const id = fromWire("anr", wire);
  if (id === null) return;
  const leaseUntil = later(rooms, LEASE_MS);
  const taken = await rooms.data.inScope(scope, async (tx) => {
    const row = await anonymizations.takeDue(tx, id, rooms.clock.now(), leaseUntil);
    if (row === null) return null;
    return { wish: await readWish(tx, row), caller: await clockCallerIn(tx, new AbortController().signal) };
  });
  if (taken === null) return;
  const { wish, caller } = taken;
  let next: Date | null = later(rooms, FAILED_MS);
  try {
    next = await advance(rooms, caller, wish, { until: leaseUntil });
  } finally {
    if (next !== null) await release(rooms, caller, wish.row, next);
  }
}

/** The lease is a promise to the others: it is renewed between two things that take time. */
interface Lease {
  until: Date;
}

async function release(rooms: Rooms, caller: Caller, { id }: AnonymizationRow, dueAt: Date): Promise<void> {
  await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await anonymizations.lock(tx, id);
    if (now === null || now.endedAt !== null) return;
    // A person settled a step meanwhile, or a store gave a hint: that is looked at sooner.
    const isSooner = now.dueAt !== null && now.leaseUntil !== null && now.dueAt < now.leaseUntil;
    const hints = now.shreddedAt === null ? [] : await anonymizations.steps(tx, [id]);
    const at = rooms.clock.now();
    const isHinted = hints.some((step) => step.state === "IN_PROGRESS" && step.dueAt !== null && step.dueAt <= at);
    await anonymizations.change(tx, id, { leaseUntil: null, dueAt: isSooner ? now.dueAt : isHinted ? at : dueAt });
  });
}

/** False: it was taken over, or has ended. */
async function renew(rooms: Rooms, caller: Caller, { row }: Wish, lease: Lease): Promise<boolean> {
  const until = later(rooms, LEASE_MS);
  const isOurs = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await anonymizations.lock(tx, row.id);
    if (now === null || now.endedAt !== null || now.leaseUntil?.getTime() !== lease.until.getTime()) return false;
    await anonymizations.change(tx, row.id, { leaseUntil: until, dueAt: until });
    return true;
  });
  if (isOurs) lease.until = until;
  return isOurs;
}

/** When it has to be looked at again; null when there is nothing more to do, or it is somebody else's now. */
async function advance(rooms: Rooms, caller: Caller, wish: Wish, lease: Lease): Promise<Date | null> {
  const { row } = wish;
  if (!(await freezeDoings(rooms, caller, wish))) return later(rooms, SOON_MS);
  if (row.cancellableUntil > rooms.clock.now()) return row.cancellableUntil;
  if (row.state === "REQUESTED" && !(await start(rooms, caller, wish))) return null;
  if (row.shreddedAt === null) {
    let fresh: Wish | null = wish;
    if (storeSteps(wish).some(({ state }) => state === "WAITING")) {
      const asked = await askAll(rooms, caller, row, lease);
      if (asked !== "all") return asked;
      fresh = await reread(rooms, caller, row);
      if (fresh === null || !(await renew(rooms, caller, fresh, lease))) return null;
    }
    const destroyed = await destroy(rooms, caller, fresh, lease);
    if (destroyed !== "done") return destroyed;
    // Nobody else has a part in it.
    if (storeSteps(wish).length === 0 && (await endWish(rooms, caller, wish))) return null;
  }
  return follow(rooms, caller, row, lease);
}

const reread = (rooms: Rooms, caller: Caller, { id }: AnonymizationRow): Promise<Wish | null> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const row = await anonymizations.find(tx, id);
    return row === null || row.endedAt !== null ? null : readWish(tx, row);
  });

/** From here on a store may hear of it. False: it was cancelled. */
const start = (rooms: Rooms, caller: Caller, { row }: Wish): Promise<boolean> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const now = await anonymizations.lock(tx, row.id);
    if (now === null || now.state !== "REQUESTED") return now?.state === "IN_PROGRESS";
    await anonymizations.change(tx, row.id, { state: "IN_PROGRESS", startedAt: rooms.clock.now() });
    await recordWish(rooms, caller, tx, row, "anonymization.started");
    return true;
  });

/** Every store that waits to be asked; one that fails keeps no other waiting. */
async function askAll(rooms: Rooms, caller: Caller, row: AnonymizationRow, lease: Lease): Promise<"all" | Date | null> {
  const wish = await reread(rooms, caller, row);
  if (wish === null) return null;
  for (const step of storeSteps(wish)) {
    if (step.state !== "WAITING" || (step.dueAt !== null && step.dueAt > rooms.clock.now())) continue;
    if (!(await renew(rooms, caller, wish, lease))) return null;
    await askStore(rooms, caller, wish, step).catch((error: unknown) => noteBug(rooms, wish, step, error));
  }
  const after = await reread(rooms, caller, row);
  if (after === null) return null;
  const waiting = storeSteps(after).filter(({ state }) => state === "WAITING");
  return waiting.length === 0 ? "all" : earliest(rooms, waiting);
}

/** Nothing that is asked later needs the shopper's data any more. */
async function destroy(rooms: Rooms, caller: Caller, wish: Wish, lease: Lease): Promise<"done" | Date | null> {
  const logins = stepOf(wish, "LOGINS");
  if (!hasEnded(logins) && !(await endLogins(rooms, caller, wish))) return later(rooms, FAILED_MS);
  return (await shredConsumer(rooms, caller, wish, lease.until)) ? "done" : null;
}

async function follow(rooms: Rooms, caller: Caller, row: AnonymizationRow, lease: Lease): Promise<Date | null> {
  const wish = await reread(rooms, caller, row);
  if (wish === null) return null;
  // Of a request from before the keys and what is left were destroyed in one commit.
  if (!hasEnded(stepOf(wish, "PURGE"))) await purgeConsumer(rooms, caller, wish);
  for (const step of storeSteps(wish)) {
    if (hasEnded(step)) continue;
    if (row.deadlineAt <= rooms.clock.now()) await lapse(rooms, caller, wish, step);
    else if (step.state === "IN_PROGRESS" && (step.dueAt === null || step.dueAt <= rooms.clock.now())) {
      if (!(await renew(rooms, caller, wish, lease))) return null;
      await followStore(rooms, caller, wish, step).catch((error: unknown) => noteBug(rooms, wish, step, error));
    }
  }
  if (await endWish(rooms, caller, wish)) return null;
  const after = await reread(rooms, caller, row);
  if (after === null) return null;
  const open = storeSteps(after).filter((step) => step.state === "IN_PROGRESS");
  const next = open.length === 0 ? row.deadlineAt : earliest(rooms, open);
  return next < row.deadlineAt ? next : row.deadlineAt;
}

/** Nobody can make a shopper do what is theirs to do; what the org should have done is told as it is. */
async function lapse(rooms: Rooms, caller: Caller, wish: Wish, step: AnonymizationStepRow): Promise<void> {
  const isShoppers = step.state === "AWAITING_SHOPPER";
  const to = isShoppers ? ({ state: "SKIPPED", reason: "NOT_CONFIRMED_BY_SHOPPER" } as const) : OVERDUE;
  await settleStep(rooms, caller, wish, step, { ...to, dueAt: null });
}
const OVERDUE = { state: "FAILED", reason: "DEADLINE_PASSED" } as const;

function earliest(rooms: Rooms, steps: readonly AnonymizationStepRow[]): Date {
  const times = steps.map(({ dueAt }) => (dueAt ?? rooms.clock.now()).getTime());
  return new Date(Math.min(...times));
}

function noteBug(rooms: Rooms, { row }: Wish, step: AnonymizationStepRow, error: unknown): void {
  const about = { anonymizationId: toWire("anr", row.id), step: step.name, attempt: step.attempts };
  rooms.log.error("a store's adapter failed to forget", { ...about, ...errorFacts(error) });
}
