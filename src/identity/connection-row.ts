/** How a connection's row moves, whoever moves it: its times, its line in the ledger, its Store opened for a call. */
import { record } from "../audit/index.js";
import {
  type ConnectionChange,
  type ConnectionRow,
  type ConsumerKeyRow,
  connections,
  consumers,
  type StoreRow,
  stores,
  type Tx,
} from "../data/index.js";
import { type ConnectionId, fromWire, toWire } from "../kernel/ids.js";
import { errorFacts } from "../kernel/log.js";
import { Refusal, Refusals } from "../kernel/refusal.js";
import type { CallIntent, Lend } from "../stores/index.js";
import type { Caller } from "./caller.js";
import { ledgerLine, type Rooms } from "./rooms.js";
import { openTarget } from "./store-target.js";

/** A login is verified again after this long, unless the gateway is told otherwise. */
const VERIFY_AFTER_MS = 24 * 60 * 60_000;

export const later = (rooms: Rooms, ms: number): Date => new Date(rooms.clock.now().getTime() + ms);

export const isOpen = ({ attemptState }: Pick<ConnectionRow, "attemptState">): boolean =>
  attemptState === "BEGUN" || attemptState === "ASKED";

/** Changes a locked row, and with it when the clock has to look at it again. `verifyAt` puts a check off. */
export function move(
  rooms: Rooms,
  tx: Tx,
  row: ConnectionRow,
  to: ConnectionChange,
  verifyAt?: Date,
): Promise<ConnectionRow> {
  const next = letGo(row, { ...row, ...to, updatedAt: to.updatedAt ?? rooms.clock.now() });
  const { updatedAt, attemptContextId, leftContexts } = next;
  const dueAt = dueOf(rooms, next, verifyAt);
  return connections.change(tx, row.id, { ...to, updatedAt, attemptContextId, leftContexts, dueAt });
}

/** A context that the row names no more is to be destroyed, and that is known from this commit on. */
function letGo(row: ConnectionRow, to: ConnectionRow): ConnectionRow {
  const next = isOpen(to) ? to : { ...to, attemptContextId: null };
  const gone = [row.contextId, row.attemptContextId].filter(
    (id): id is string => id !== null && id !== next.contextId && id !== next.attemptContextId,
  );
  return gone.length === 0 ? next : { ...next, leftContexts: [...new Set([...next.leftContexts, ...gone])] };
}

/** Whoever lets go of a context destroys it; the clock comes later, in case that one died. */
const DESTROY_AFTER_MS = 5 * 60_000;

/** The earliest of what is to come: the end of an attempt, another farewell, another check of a login, contexts to destroy. */
function dueOf(rooms: Rooms, row: ConnectionRow, verifyAt?: Date): Date | null {
  const isLogin = row.status === "ACTIVE" && row.via === "LOGIN" && row.secret !== null;
  const checkAfter = rooms.verifyLoginsAfterMs ?? VERIFY_AFTER_MS;
  const check = verifyAt ?? new Date((row.lastVerifiedAt ?? rooms.clock.now()).getTime() + checkAfter);
  const destroy = row.leftContexts.length > 0 ? later(rooms, DESTROY_AFTER_MS) : null;
  const times = [isOpen(row) ? row.attemptExpiresAt : null, row.farewellAt, isLogin ? check : null, destroy];
  return times.reduce((first, time) => (time !== null && (first === null || time < first) ? time : first), null);
}

type ConnectionAction =
  `connection.${"started" | "connected" | "told" | "failed" | "verified" | "disconnected" | "cancelled"}`;

/** Adds the line of what was decided about a connection; the facts are of the row as it is then. */
export const recordAbout = (
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  row: ConnectionRow,
  action: ConnectionAction,
  more: { readonly outcome?: string; readonly storeAgreed?: boolean } = {},
): Promise<void> =>
  record(
    tx,
    ledgerLine(rooms, caller, {
      action,
      subject: { kind: "connection", id: row.id },
      consumerId: row.consumerId,
      outcome: more.outcome ?? "done",
      facts: {
        ...{ store: toWire("sto", row.storeId), via: row.via, status: row.status },
        ...(more.storeAgreed === undefined ? {} : { storeAgreed: more.storeAgreed }),
      },
    }),
  );

/** A connection with all that it takes to ask its store. */
export interface Standing {
  readonly row: ConnectionRow;
  readonly key: ConsumerKeyRow | null;
  /** Null when it was removed. */
  readonly store: StoreRow | null;
}

/** The one answer for what is unknown, foreign or erased. */
export const connectionNotFound = (): Refusal =>
  new Refusal("NOT_FOUND", "No such connection is visible to this key.", { field: ["connection"] });

/** Throws NOT_FOUND. */
export async function standingOf(rooms: Rooms, caller: Caller, wire: unknown): Promise<Standing> {
  const id = typeof wire === "string" ? fromWire("con", wire) : null;
  const found = id === null ? null : await readStanding(rooms, caller, id);
  if (found === null) throw connectionNotFound();
  return found;
}

export const readStanding = (rooms: Rooms, caller: Caller, id: ConnectionId): Promise<Standing | null> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const row = await connections.find(tx, id);
    const consumer = row === null ? null : await consumers.find(tx, { id: row.consumerId });
    if (row === null || consumer === null || consumer.status === "ANONYMIZED") return null;
    return { row, key: await consumers.findKey(tx, row.consumerId), store: await stores.find(tx, { id: row.storeId }) };
  });

/** Throws STORE_DISABLED. */
export function expectStore({ store }: Standing): StoreRow {
  if (store !== null) return store;
  throw new Refusal("STORE_DISABLED", "This connection's Store has been removed.", { field: ["connection"] });
}

/** A client that goes away stops nothing: what was begun at the store ends within the store's deadline. */
export const callIntent = (caller: Caller, idempotencyKey: string): CallIntent => ({
  idempotencyKey,
  signal: new AbortController().signal,
  requestId: caller.requestId,
});

/** Ends a login that nobody keeps, as far as the store lets us: what comes of it changes nothing. */
export async function dropLogin(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  id: ConnectionId,
  secret: unknown,
  lend: Lend | null = null,
): Promise<void> {
  try {
    const target = await openTarget(rooms, caller, store);
    const intent = { ...callIntent(caller, `${toWire("con", id)}.drop`), lend };
    await rooms.stores.call(target, intent, (adapter, call) => adapter.connect.disconnect(call, secret));
  } catch (error) {
    rooms.log.warn("a login that is not kept was left at the store", {
      connectionId: toWire("con", id),
      ...errorFacts(error),
    });
  }
}

/** The first of what was refused; null when it is a bug. */
export function refusalIn(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  return error instanceof Refusals ? (error.refusals[0] ?? null) : null;
}

/** Somebody else is at the store for this connection. */
export const underWay = (): Refusal =>
  new Refusal("CONFLICT", "The store is being asked for this connection at this moment.", {
    field: ["connection"],
    nextAction: "Ask again in a moment with the same idempotency key.",
    retryAfterMs: 1_000,
  });
