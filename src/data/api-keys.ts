import type { ApiKeyId } from "../kernel/ids.js";
import { ApiKeyEntity } from "./entities/org.js";
import type { ApiKeyRow } from "./rows.js";
import { own, type Page, plain, type Tx, toPage } from "./tx.js";

export type ApiKeyInsert = Omit<ApiKeyRow, "orgId" | "environment" | "revokedAt" | "lastUsedAt">;

export async function insert(tx: Tx, key: ApiKeyInsert): Promise<ApiKeyRow> {
  const row = { ...own(tx), ...key, revokedAt: null, lastUsedAt: null };
  await tx.em.insert(ApiKeyEntity, row);
  return row;
}

export async function find(tx: Tx, id: ApiKeyId): Promise<ApiKeyRow | null> {
  const found = await tx.em.findOne(ApiKeyEntity, { ...own(tx), id }, { refresh: true });
  return found === null ? null : plain(found);
}

/** Those of the ids that are there, in no order. */
export async function findMany(tx: Tx, ids: readonly ApiKeyId[]): Promise<ApiKeyRow[]> {
  return (await tx.em.find(ApiKeyEntity, { ...own(tx), id: { $in: [...ids] } })).map(plain);
}

export async function list(tx: Tx, page: Page<ApiKeyId>): Promise<ApiKeyRow[]> {
  const { where, options } = toPage(page);
  return (await tx.em.find(ApiKeyEntity, { ...own(tx), ...where }, options)).map(plain);
}

/** Revokes it now, if it is not revoked yet; answers the key, null when it is not there. */
export async function revoke(tx: Tx, id: ApiKeyId, at: Date): Promise<ApiKeyRow | null> {
  await tx.em.nativeUpdate(ApiKeyEntity, { ...own(tx), id, revokedAt: null }, { revokedAt: at });
  return await find(tx, id);
}

/** Remembers when a key was last used; an older moment than the one that is known changes nothing. */
export async function noteUse(tx: Tx, id: ApiKeyId, at: Date): Promise<void> {
  const older = { $or: [{ lastUsedAt: null }, { lastUsedAt: { $lt: at } }] };
  await tx.em.nativeUpdate(ApiKeyEntity, { ...own(tx), id, ...older }, { lastUsedAt: at });
}
