import { IMPERSONATION_DENIALS } from "@shopkey/adapter-sdk";
import {
  type ImpersonationRow,
  type ImpersonationState,
  impersonations,
  type StoreRow,
  stores,
} from "../data/index.js";
import { fromWire, type ImpersonationId, toWire } from "../kernel/ids.js";
import { NEXT_ACTIONS } from "../kernel/next-actions.js";
import { maskEmail, type OrgVault } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { impersonationNotFound, isAlive } from "./impersonation-row.js";
import { openCustomer } from "./impersonation-seal.js";
import type { ImpersonationSessionState, ImpersonationSessionView } from "./impersonation-views.js";
import type { ImpersonationQuery } from "./inputs.js";
import { findNamed } from "./named.js";
import { judgeAfter, judgeFirst, pageOf } from "./pages.js";
import { openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { viewStore } from "./store-view.js";
import type { PageView } from "./views.js";

/** Null when unknown or foreign. */
export async function findImpersonation(
  rooms: Rooms,
  caller: Caller,
  wire: string,
): Promise<ImpersonationSessionView | null> {
  requireScope(caller, "impersonations:read");
  const id = typeof wire === "string" ? fromWire("imp", wire) : null;
  return id === null ? null : read(rooms, caller, id);
}

/** The newest first. A consumer or a Store that is not visible has none. */
export async function listImpersonations(
  rooms: Rooms,
  caller: Caller,
  query: ImpersonationQuery,
): Promise<PageView<ImpersonationSessionView>> {
  requireScope(caller, "impersonations:read");
  const first = judgeFirst(query);
  const after = judgeAfter(query, (cursor) => fromWire("imp", cursor));
  const named = await findNamed(rooms, caller, query.filter ?? {});
  if (named === null) return pageOf([], first, after !== null);
  const filter = { ...named, isAlive: query.filter?.alive ?? null };
  const at = { limit: first + 1, after, descending: true };
  const sheets = await rooms.data.inScope(caller.scope, async (tx) => {
    const rows = await impersonations.page(tx, filter, at);
    const found = new Map<string, StoreRow | null>();
    for (const { storeId } of rows)
      if (!found.has(storeId)) found.set(storeId, await stores.find(tx, { id: storeId }, "removed"));
    return rows.map((row) => ({ row, store: found.get(row.storeId) ?? null }));
  });
  const org = await openOrg(rooms, caller);
  return pageOf(
    sheets.flatMap(({ row, store }) => (store === null ? [] : [view(rooms, caller, org, row, store)])),
    first,
    after !== null,
  );
}

/** After a change that found it; without asking for a scope. Throws NOT_FOUND. */
export async function readSession(
  rooms: Rooms,
  caller: Caller,
  id: ImpersonationId,
): Promise<ImpersonationSessionView> {
  const found = await read(rooms, caller, id);
  if (found === null) throw impersonationNotFound();
  return found;
}

async function read(rooms: Rooms, caller: Caller, id: ImpersonationId): Promise<ImpersonationSessionView | null> {
  const sheet = await rooms.data.inScope(caller.scope, async (tx) => {
    const row = await impersonations.find(tx, id);
    const store = row === null ? null : await stores.find(tx, { id: row.storeId }, "removed");
    return row === null || store === null ? null : { row, store };
  });
  return sheet === null ? null : view(rooms, caller, await openOrg(rooms, caller), sheet.row, sheet.store);
}

function view(
  rooms: Rooms,
  caller: Caller,
  org: OrgVault,
  row: ImpersonationRow,
  { credentials, ...store }: StoreRow,
): ImpersonationSessionView {
  const customer = openCustomer(org, row);
  const state = stateOf(rooms, row);
  const domain = caller.org.emailDomainPolicy;
  return {
    id: toWire("imp", row.id),
    consumerId: row.consumerId === null ? null : toWire("csm", row.consumerId),
    store: viewStore(rooms.stores, { ...store, hasCredentials: credentials !== null }),
    state,
    stateReason: state === "ENDING" ? row.endReason : row.stateReason,
    why: row.why,
    nextAction: nextActionOf(row, state),
    operator: { name: row.operator, vouched: row.isVouched },
    reason: row.reason,
    canImpersonate: row.canImpersonate,
    storeUserId: customer?.storeUserId ?? null,
    storeUserEmail: customer === null ? null : maskEmail(customer.email, domain === "SHOW" ? "show" : "hide"),
    account: row.account,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    expiresAt: row.expiresAt,
    endedAt: row.endedAt,
    endReason: row.endReason,
    storeAgreed: row.storeAgreed,
  };
}

const OVER: ReadonlySet<ImpersonationState> = new Set(["ENDED", "DENIED", "EXPIRED"]);

/** Between the wish to end it and the store's word it is ENDING; so is one whose time is over, before the clock comes. */
function stateOf(rooms: Rooms, row: ImpersonationRow): ImpersonationSessionState {
  if (OVER.has(row.state) || !isAlive(row)) return row.state;
  if (row.state === "BROKEN" && row.storeAgreed === false) return "BROKEN";
  if (row.endReason !== null || row.expiresAt <= rooms.clock.now()) return "ENDING";
  return row.state;
}

function nextActionOf(row: ImpersonationRow, state: ImpersonationSessionState): string | null {
  if (state === "DENIED" || (state === "ENDED" && row.stateReason !== null)) return actionFor(row.stateReason);
  if (state === "VERIFYING" || state === "ENDING") return "Ask again in a moment.";
  if (state !== "BROKEN") return null;
  if (row.endReason === null) return "`renewImpersonation`, or `endImpersonation`.";
  return isAlive(row)
    ? "Log the operator out at the store; the gateway asks the store again for a day."
    : "Log the operator out at the store: the gateway has given up.";
}

const KNOWN: Readonly<Record<string, string>> = { ...NEXT_ACTIONS, ...IMPERSONATION_DENIALS };

const actionFor = (code: string | null): string | null => (code === null ? null : (KNOWN[code] ?? null));
