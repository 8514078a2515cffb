import { type OperatorLoginRow, operatorLogins, type StoreRow, stores } from "../data/index.js";
import { fromWire, type OperatorLoginId, toWire } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import { findNamed } from "./named.js";
import { loginNotFound, openQuestionOf } from "./operator-login-row.js";
import type { OperatorLoginQuery, OperatorLoginView, OperatorStepView } from "./operator-login-views.js";
import { judgeAfter, judgeFirst, pageOf } from "./pages.js";
import type { Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { viewStore } from "./store-view.js";
import type { PageView } from "./views.js";

/** Null when unknown or foreign. */
export async function findOperatorLogin(rooms: Rooms, caller: Caller, wire: string): Promise<OperatorLoginView | null> {
  requireScope(caller, "impersonations:read");
  const id = typeof wire === "string" ? fromWire("opl", wire) : null;
  const sheet = id === null ? null : await readSheet(rooms, caller, id);
  return sheet === null ? null : view(rooms, sheet.row, sheet.store);
}

/** The newest first. A Store that is not visible has none. */
export async function listOperatorLogins(
  rooms: Rooms,
  caller: Caller,
  query: OperatorLoginQuery,
): Promise<PageView<OperatorLoginView>> {
  requireScope(caller, "impersonations:read");
  const first = judgeFirst(query);
  const after = judgeAfter(query, (cursor) => fromWire("opl", cursor));
  const named = await findNamed(rooms, caller, query.filter ?? {});
  if (named === null) return pageOf([], first, after !== null);
  const sheets = await rooms.data.inScope(caller.scope, async (tx) => {
    const rows = await operatorLogins.page(tx, named, { limit: first + 1, after, descending: true });
    const places = new Map<string, StoreRow | null>();
    for (const { storeId } of rows)
      if (!places.has(storeId)) places.set(storeId, await stores.find(tx, { id: storeId }, "removed"));
    return rows.map((row) => ({ row, store: places.get(row.storeId) ?? null }));
  });
  const views = sheets.flatMap(({ row, store }) => (store === null ? [] : [view(rooms, row, store)]));
  return pageOf(views, first, after !== null);
}

/** After a change that found it; without asking for a scope. Throws NOT_FOUND. */
export async function readOperatorStep(rooms: Rooms, caller: Caller, id: OperatorLoginId): Promise<OperatorStepView> {
  const sheet = await readSheet(rooms, caller, id);
  if (sheet === null) throw loginNotFound();
  const operatorLogin = view(rooms, sheet.row, sheet.store);
  const question = operatorLogin.state === "PENDING" ? await openQuestionOf(rooms, caller, sheet.row) : null;
  if (question === null) return { operatorLogin, liveViewUrl: null, sessionId: null, expiresAt: null };
  const { url, sessionId, expiresAt } = question;
  return { operatorLogin, liveViewUrl: url, sessionId, expiresAt: new Date(expiresAt) };
}

const readSheet = (rooms: Rooms, caller: Caller, id: OperatorLoginId) =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const row = await operatorLogins.find(tx, id);
    const store = row === null ? null : await stores.find(tx, { id: row.storeId }, "removed");
    return row === null || store === null ? null : { row, store };
  });

const NEXT_ACTIONS = {
  PENDING: "Let the operator log in, in the live view.",
  ACTIVE: null,
  EXPIRED: "`connectOperator`, and let the operator log in again.",
  DISCONNECTED: null,
  FAILED: "`connectOperator`, and let the operator log in again.",
} as const;

function view(rooms: Rooms, row: OperatorLoginRow, { credentials, ...store }: StoreRow): OperatorLoginView {
  const isOver = row.expiresAt <= rooms.clock.now();
  // Before the clock comes.
  const state = isOver && row.state === "ACTIVE" ? "EXPIRED" : isOver && row.state === "PENDING" ? "FAILED" : row.state;
  return {
    id: toWire("opl", row.id),
    store: viewStore(rooms.stores, { ...store, hasCredentials: credentials !== null }),
    ...{ state, stateReason: row.stateReason, nextAction: NEXT_ACTIONS[state] },
    operator: { name: row.operator, vouched: row.isVouched },
    ...{ createdAt: row.createdAt, connectedAt: row.connectedAt, expiresAt: row.expiresAt, endedAt: row.endedAt },
  };
}
