import type { StoreId } from "../kernel/ids.js";
import { StoreEntity } from "./entities/store.js";
import type { Json, StoreRow } from "./rows.js";
import { brokenUnique, own, type Page, plain, type Tx, toPage } from "./tx.js";

export interface StoreInsert {
  readonly id: StoreId;
  readonly slug: string;
  readonly adapter: string;
  readonly title: string;
  readonly settings: Json;
  readonly credentials: Buffer | null;
}
/** What is absent stays. */
export interface StoreChange {
  readonly title?: string;
  readonly settings?: Json;
  readonly credentials?: Buffer | null;
}
export type StoreRef = { readonly id: StoreId } | { readonly slug: string };

/** Null when a store that is not removed has the slug already. */
export async function insert(tx: Tx, store: StoreInsert): Promise<StoreRow | null> {
  try {
    await tx.em.transactional((em) => em.insert(StoreEntity, { ...own(tx), ...store }));
  } catch (error) {
    if (brokenUnique(error) === "store_slug") return null;
    throw error;
  }
  return await find(tx, { id: store.id });
}

/** By slug only while it is not removed; by id also when `removed` says so, for what happened at it before. */
export async function find(tx: Tx, ref: StoreRef, also?: "removed"): Promise<StoreRow | null> {
  const wanted = "id" in ref ? { id: ref.id } : { slug: ref.slug };
  const there = also === "removed" && "id" in ref ? {} : { removedAt: null };
  const found = await tx.em.findOne(StoreEntity, { ...own(tx), ...wanted, ...there }, { refresh: true });
  return found === null ? null : plain(found);
}

/** Without those that are removed. */
export async function list(tx: Tx, page: Page<StoreId>): Promise<StoreRow[]> {
  const { where, options } = toPage(page);
  return (await tx.em.find(StoreEntity, { ...own(tx), removedAt: null, ...where }, options)).map(plain);
}

/** The store as it is now; null when it is not there, or removed. */
export async function update(tx: Tx, id: StoreId, change: StoreChange, at: Date): Promise<StoreRow | null> {
  await tx.em.nativeUpdate(StoreEntity, { ...own(tx), id, removedAt: null }, { ...change, updatedAt: at });
  return await find(tx, { id });
}

/** Takes the store out of every list and forgets its credentials; its slug is free again. Null when it is not there. */
export async function remove(tx: Tx, id: StoreId, at: Date): Promise<StoreRow | null> {
  const there = { ...own(tx), id, removedAt: null };
  const gone = await tx.em.nativeUpdate(StoreEntity, there, { removedAt: at, updatedAt: at, credentials: null });
  return gone === 0 ? null : await find(tx, { id }, "removed");
}
