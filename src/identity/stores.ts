import { record } from "../audit/index.js";
import { connections, impersonations, type Json, type StoreRow, stores, type Tx } from "../data/index.js";
import { asId, fromWire, newId, type StoreId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { intendEnds } from "./impersonation-end.js";
import type { PageQuery, RegisterStoreInput, RemoveStoreInput, StoreRef, UpdateStoreInput } from "./inputs.js";
import { judgeSlug, judgeTitle } from "./names.js";
import { claimOf, once } from "./once.js";
import { endLogins } from "./operator-login-end.js";
import { judgeAfter, judgeFirst, pageOf } from "./pages.js";
import { isGiven, type StoreKey, storeKeyOf, storeNotFound } from "./references.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { viewStore } from "./store-view.js";
import type { AdapterView, PageView, StoreView } from "./views.js";

const view = (rooms: Rooms, { credentials, ...row }: StoreRow): StoreView =>
  viewStore(rooms.stores, { ...row, hasCredentials: credentials !== null });

/** Under this name a Store's credentials are sealed: those of one Store do not open as another's. */
export const credentialsLabel = (id: StoreId): string => `store.credentials/${id}`;

/** Every adapter that is installed; any key may see them. */
export const adapters = (rooms: Rooms): readonly AdapterView[] => rooms.stores.adapters();

export async function listStores(rooms: Rooms, caller: Caller, query: PageQuery): Promise<PageView<StoreView>> {
  requireScope(caller, "stores:read");
  const first = judgeFirst(query);
  const after = judgeAfter(query, (cursor) => fromWire("sto", cursor));
  const rows = await rooms.data.inScope(caller.scope, (tx) => stores.list(tx, { limit: first + 1, after }));
  return pageOf(
    rows.map((row) => view(rooms, row)),
    first,
    after !== null,
  );
}

export async function findStore(rooms: Rooms, caller: Caller, ref: StoreRef): Promise<StoreView | null> {
  requireScope(caller, "stores:read");
  const key = storeKeyOf(ref, ["store"]);
  const row = key === null ? null : await rooms.data.inScope(caller.scope, (tx) => stores.find(tx, key));
  return row === null ? null : view(rooms, row);
}

export async function registerStore(
  rooms: Rooms,
  caller: Caller,
  given: RegisterStoreInput,
): Promise<{ readonly store: StoreView }> {
  requireScope(caller, "stores:write");
  const slug = judgeSlug(given.slug);
  const title = judgeTitle(given.title, "title");
  const adapter = rooms.stores.adapter(given.adapter).id;
  const settings = (await rooms.stores.judgeSettings(adapter, given.settings)) as Json;
  const id = newId("sto");
  const credentials = await sealCredentials(rooms, caller, adapter, id, given.credentials ?? null);
  const work = async (tx: Tx) => {
    const row = await stores.insert(tx, { id, slug, adapter, title, settings, credentials });
    if (row === null)
      throw new Refusal("ALREADY_EXISTS", "Another Store of this org has this slug.", { field: ["slug"] });
    await record(tx, line(rooms, caller, "store.registered", row));
    return { ids: { store: row.id as string }, answer: { store: view(rooms, row) } };
  };
  return once(rooms, caller, claimOf("registerStore", given), work, replay(rooms));
}

export async function updateStore(
  rooms: Rooms,
  caller: Caller,
  given: UpdateStoreInput,
): Promise<{ readonly store: StoreView }> {
  requireScope(caller, "stores:write");
  const key = storeKeyOf(given.store, ["store"]);
  const before = await rooms.data.inScope(caller.scope, (tx) => expectStore(tx, key));
  const change = {
    ...(isGiven(given.title) ? { title: judgeTitle(given.title, "title") } : {}),
    ...(isGiven(given.settings)
      ? { settings: (await rooms.stores.judgeSettings(before.adapter, given.settings)) as Json }
      : {}),
    ...(given.credentials === undefined
      ? {}
      : { credentials: await sealCredentials(rooms, caller, before.adapter, before.id, given.credentials) }),
  };
  const changed = Object.keys(change) as (keyof typeof change)[];
  if (changed.length === 0)
    throw new Refusal("INVALID", "There is nothing to change.", {
      nextAction: "Give `title`, `settings` or `credentials`.",
    });
  const work = async (tx: Tx) => {
    const row = await stores.update(tx, before.id, change, rooms.clock.now());
    if (row === null) throw storeNotFound();
    await record(tx, line(rooms, caller, "store.updated", row, changed));
    return { ids: { store: row.id as string }, answer: { store: view(rooms, row) } };
  };
  return once(rooms, caller, claimOf("updateStore", given), work, replay(rooms));
}

/** What was done at the Store stays readable; nothing more is done there, and its slug is free. */
export async function removeStore(
  rooms: Rooms,
  caller: Caller,
  given: RemoveStoreInput,
): Promise<{ readonly store: StoreView }> {
  requireScope(caller, "stores:write");
  const key = storeKeyOf(given.store, ["store"]);
  const work = async (tx: Tx) => {
    const found = await expectStore(tx, key);
    await intendEnds(rooms, caller, tx, { storeId: found.id }, "STORE_REMOVED");
    await endLogins(rooms, caller, tx, { storeId: found.id }, "STORE_REMOVED");
    await impersonations.handCredentialsOver(tx, found.id, found.credentials);
    const row = await stores.remove(tx, found.id, rooms.clock.now());
    if (row === null) throw storeNotFound();
    await connections.endAllAt(tx, row.id, rooms.clock.now());
    await record(tx, line(rooms, caller, "store.removed", row));
    return { ids: { store: row.id as string }, answer: { store: view(rooms, row) } };
  };
  return once(rooms, caller, claimOf("removeStore", given), work, replay(rooms));
}

async function expectStore(tx: Tx, key: StoreKey | null): Promise<StoreRow> {
  const row = key === null ? null : await stores.find(tx, key);
  if (row === null) throw storeNotFound();
  return row;
}

const replay = (rooms: Rooms) => async (tx: Tx, ids: { readonly store: string }) => {
  const row = await stores.find(tx, { id: asId("sto", ids.store) }, "removed");
  if (row === null) throw storeNotFound();
  return { store: view(rooms, row) };
};

async function sealCredentials(
  rooms: Rooms,
  caller: Caller,
  adapter: string,
  id: StoreId,
  credentials: unknown,
): Promise<Buffer | null> {
  if (credentials === null) return null;
  const judged = await rooms.stores.judgeCredentials(adapter, credentials);
  const org = await openOrg(rooms, caller);
  return org.sealSecret(credentialsLabel(id), JSON.stringify(judged));
}

function line(
  rooms: Rooms,
  caller: Caller,
  action: "store.registered" | "store.updated" | "store.removed",
  row: StoreRow,
  changed?: readonly ("title" | "settings" | "credentials")[],
) {
  const facts = { adapter: row.adapter, ...(changed ? { changed } : {}) };
  return ledgerLine(rooms, caller, { action, subject: { kind: "store", id: row.id }, facts });
}
