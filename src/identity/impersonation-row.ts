/** How an impersonation's row moves, whoever moves it: its states, its times, its line in the ledger. */
import type { AnyAdapter, Impersonate, Kept } from "@shopkey/adapter-sdk";
import { type LedgerAction, record } from "../audit/index.js";
import {
  type ImpersonationChange,
  type ImpersonationRow,
  impersonations,
  type StoreRow,
  stores,
  type Tx,
} from "../data/index.js";
import { fromWire, type ImpersonationId, toWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { CallIntent } from "../stores/index.js";
import type { Caller } from "./caller.js";
import { ledgerLine, type Rooms } from "./rooms.js";

/** Nobody else asks the store for the same impersonation meanwhile; longer than a store call may take. */
const LEASE_MS = 60_000;
/** How often the store is asked whether the operator is still in the customer's place. */
const CHECK_MS = 60_000;

export const inTime = (rooms: Rooms, ms: number): Date => new Date(rooms.clock.now().getTime() + ms);
export const leaseFrom = (rooms: Rooms): Date => inTime(rooms, LEASE_MS);
export const isLeased = (rooms: Rooms, { leaseUntil }: ImpersonationRow): boolean =>
  leaseUntil !== null && leaseUntil > rooms.clock.now();

/** Two names are one operator's when they differ in capitals alone. */
export const operatorKeyOf = (name: string): string => name.normalize("NFC").toLowerCase();

/** Somebody may be in the customer's place at the store. */
export const isAlive = ({ wrapped }: ImpersonationRow): boolean => wrapped !== null;

/** It can be acted under now. */
export const isUsable = (rooms: Rooms, row: ImpersonationRow): boolean =>
  row.state === "ACTIVE" && row.endReason === null && isAlive(row) && row.expiresAt > rooms.clock.now();

/** The store let go of the place, and it can be taken again. */
export const isLost = (rooms: Rooms, row: ImpersonationRow): boolean =>
  row.state === "BROKEN" && row.endReason === null && isAlive(row) && row.expiresAt > rooms.clock.now();

/** When the clock has to look at one that goes on. */
export const nextLook = (rooms: Rooms, { expiresAt }: ImpersonationRow): Date => {
  const check = inTime(rooms, CHECK_MS);
  return expiresAt < check ? expiresAt : check;
};

export const move = (rooms: Rooms, tx: Tx, row: ImpersonationRow, to: ImpersonationChange): Promise<ImpersonationRow> =>
  impersonations.change(tx, row.id, { ...to, updatedAt: rooms.clock.now() });

/** Adds the line of what was decided; why the operator does it is its purpose. */
export const recordAbout = (
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  row: ImpersonationRow,
  action: Extract<LedgerAction, `impersonation.${string}`>,
  more: { readonly outcome?: string; readonly storeAgreed?: boolean } = {},
): Promise<void> =>
  record(
    tx,
    ledgerLine(rooms, caller, {
      action,
      subject: { kind: "impersonationSession", id: row.id },
      consumerId: row.consumerId,
      purpose: row.reason,
      outcome: more.outcome ?? "done",
      facts: {
        ...{ store: toWire("sto", row.storeId), vouched: row.isVouched },
        ...(row.operatorLoginId === null ? {} : { operatorLogin: toWire("opl", row.operatorLoginId) }),
        ...(more.storeAgreed === undefined ? {} : { storeAgreed: more.storeAgreed }),
      },
    }),
  );

/** The one answer for what is unknown, foreign or erased. */
export const impersonationNotFound = (): Refusal =>
  new Refusal("NOT_FOUND", "No such impersonation session is visible to this key.", {
    field: ["impersonationSession"],
  });

/** Throws NOT_FOUND. */
export async function expectRow(rooms: Rooms, caller: Caller, wire: unknown): Promise<ImpersonationRow> {
  const id = typeof wire === "string" ? fromWire("imp", wire) : null;
  const row = id === null ? null : await readRow(rooms, caller, id);
  if (row === null) throw impersonationNotFound();
  return row;
}

export const readRow = (rooms: Rooms, caller: Caller, id: ImpersonationId): Promise<ImpersonationRow | null> =>
  rooms.data.inScope(caller.scope, (tx) => impersonations.find(tx, id));

/** Its Store, also when it has been removed: an end must still be told, with what its credentials were. */
export async function storeOf(rooms: Rooms, caller: Caller, row: ImpersonationRow): Promise<StoreRow> {
  const store = await rooms.data.inScope(caller.scope, (tx) => stores.find(tx, { id: row.storeId }, "removed"));
  if (store === null) throw new Error("an impersonation's Store is not there");
  return store.credentials === null ? { ...store, credentials: row.farewellCredentials } : store;
}

/**
 * Who began it acts under it, and nobody else: the key, or without one the person whose name it bears. Throws FORBIDDEN.
 */
export function requireHolder(caller: Caller, row: ImpersonationRow): void {
  const isOwn = !row.isVouched && operatorKeyOf(caller.owner.name) === row.operatorKey;
  if (caller.keyId === row.keyId && (caller.keyId !== null || caller.actorKind === "CLI" || isOwn)) return;
  throw new Refusal("FORBIDDEN", "Another key began this impersonation session.", {
    field: ["impersonationSession"],
    nextAction: "Use the key that began it; with another one it can only be ended.",
  });
}

/** The adapter's part. Throws NOT_SUPPORTED. */
export function partOf(adapter: AnyAdapter): Impersonate<Kept> {
  if (adapter.impersonate !== undefined) return adapter.impersonate as Impersonate<Kept>;
  throw notSupported();
}

export const notSupported = (): Refusal =>
  new Refusal("NOT_SUPPORTED", "This store knows no operators in a customer's place.", {
    field: ["store"],
    nextAction: "Choose a Store with IMPERSONATION among its `capabilities`.",
  });

/** The same intent has the same key, over restarts; a client that goes away stops nothing. */
export const callIntent = (caller: Caller, { id }: Pick<ImpersonationRow, "id">, step: string): CallIntent => ({
  idempotencyKey: `${toWire("imp", id)}.${step}`,
  signal: new AbortController().signal,
  requestId: caller.requestId,
});
