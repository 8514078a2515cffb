/** How an operator's login moves, whoever moves it: what it seals, its times, its line in the ledger. */
import { type LedgerAction, record } from "../audit/index.js";
import { type OperatorLoginChange, type OperatorLoginRow, operatorLogins, type Tx } from "../data/index.js";
import { fromWire, toWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";
import { NO_ROW_KEY, openInRow, rowKeyOf, sealInRow } from "./row-seal.js";

const QUESTION = "operatorLogin.question";
const SECRET = "operatorLogin.secret";

/** Where the operator logs in. The link is a secret. */
export interface OperatorQuestion {
  readonly url: string;
  readonly sessionId: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** What a row forgets at its end. */
const FORGOTTEN = {
  ...NO_ROW_KEY,
  question: null,
  secret: null,
  sessionId: null,
  leaseUntil: null,
  dueAt: null,
} as const;

export const isLoginLeased = (rooms: Rooms, { leaseUntil }: OperatorLoginRow): boolean =>
  leaseUntil !== null && leaseUntil > rooms.clock.now();

/** Which operator's, by whose key, where: nobody else uses it. */
export const placeOfLogin = (
  caller: Caller,
  { storeId, operatorKey }: Pick<OperatorLoginRow, "storeId" | "operatorKey">,
): operatorLogins.OperatorPlace => ({
  ...{ storeId, operatorKey },
  ...{ keyId: caller.keyId, isByToken: caller.actorKind === "TOKEN" },
});

export async function sealPart(
  rooms: Rooms,
  caller: Caller,
  row: OperatorLoginRow,
  part: "question" | "secret",
  held: OperatorQuestion | string,
): Promise<Buffer | null> {
  const key = rowKeyOf(row);
  const org = await openOrg(rooms, caller);
  return key === null ? null : sealInRow(org, row.id, key, part === "question" ? QUESTION : SECRET, held);
}

/** Null when there is none, or it does not open. */
export const openQuestionOf = async (
  rooms: Rooms,
  caller: Caller,
  row: OperatorLoginRow,
): Promise<OperatorQuestion | null> =>
  openInRow(await openOrg(rooms, caller), row, QUESTION, row.question) as OperatorQuestion | null;

/** The operator's token at the store; null when there is none, or it does not open. */
export async function openTokenOf(rooms: Rooms, caller: Caller, row: OperatorLoginRow): Promise<string | null> {
  const held = openInRow(await openOrg(rooms, caller), row, SECRET, row.secret);
  return typeof held === "string" ? held : null;
}

export const moveLogin = (
  rooms: Rooms,
  tx: Tx,
  { id }: OperatorLoginRow,
  to: OperatorLoginChange,
): Promise<OperatorLoginRow> => operatorLogins.change(tx, id, { ...to, updatedAt: rooms.clock.now() });

/** Ends it; nothing sealed is left of it. */
export async function endLogin(
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  row: OperatorLoginRow,
  state: "EXPIRED" | "DISCONNECTED" | "FAILED",
  reason: string | null,
): Promise<OperatorLoginRow> {
  const over = { ...FORGOTTEN, state, stateReason: reason, endedAt: rooms.clock.now() };
  const moved = await moveLogin(rooms, tx, row, over);
  const action = (
    {
      EXPIRED: "operatorLogin.expired",
      DISCONNECTED: "operatorLogin.disconnected",
      FAILED: "operatorLogin.failed",
    } as const
  )[state];
  await recordLogin(rooms, caller, tx, moved, action, reason ?? "done");
  return moved;
}

export const recordLogin = (
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  row: OperatorLoginRow,
  action: Extract<LedgerAction, `operatorLogin.${string}`>,
  outcome = "done",
): Promise<void> =>
  record(
    tx,
    ledgerLine(rooms, caller, {
      ...{ action, outcome, subject: { kind: "operatorLogin", id: row.id } },
      facts: { store: toWire("sto", row.storeId), vouched: row.isVouched },
    }),
  );

/** The one answer for what is unknown or foreign. */
export const loginNotFound = (): Refusal =>
  new Refusal("NOT_FOUND", "No such operator's login is visible to this key.", { field: ["operatorLogin"] });

/** Throws NOT_FOUND. */
export async function expectLogin(rooms: Rooms, caller: Caller, wire: unknown): Promise<OperatorLoginRow> {
  const id = typeof wire === "string" ? fromWire("opl", wire) : null;
  const row = id === null ? null : await rooms.data.inScope(caller.scope, (tx) => operatorLogins.find(tx, id));
  if (row === null) throw loginNotFound();
  return row;
}
