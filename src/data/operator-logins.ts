import type { ApiKeyId, OperatorLoginId, StoreId } from "../kernel/ids.js";
import { OperatorLoginEntity } from "./entities/operator-login.js";
import type { OperatorLoginChange, OperatorLoginInsert, OperatorLoginRow } from "./operator-login-rows.js";
import { own, type Page, plain, type Tx, toPage } from "./tx.js";

/** Whose login, where: one operator of one key's (or of nobody's key) at one Store. */
export interface OperatorPlace {
  readonly storeId: StoreId;
  readonly operatorKey: string;
  readonly keyId: ApiKeyId | null;
  readonly isByToken: boolean;
}
/** Whose logins: one of these. */
export type AffectedLogins =
  | { readonly keyId: ApiKeyId }
  | { readonly storeId: StoreId }
  | { readonly isByToken: true }
  | OperatorPlace;

/** Those that are not over. */
const OPEN = { state: { $in: ["PENDING" as const, "ACTIVE" as const] } };

/** Until this transaction ends nobody else begins or finishes a login for this operator. */
export async function lockPlace(tx: Tx, { storeId, operatorKey, keyId }: OperatorPlace): Promise<void> {
  const place = ["operator login", tx.scope.orgId, tx.scope.environment, storeId, keyId ?? "", operatorKey].join(" ");
  await tx.em.execute("select pg_advisory_xact_lock(hashtextextended(?, 0))", [place]);
}

export async function insert(tx: Tx, intent: OperatorLoginInsert): Promise<OperatorLoginRow> {
  await tx.em.insert(OperatorLoginEntity, {
    ...own(tx),
    ...intent,
    state: "PENDING" as const,
    updatedAt: intent.createdAt,
  });
  const row = await find(tx, intent.id);
  if (row === null) throw new Error("the operator's login that was begun is not there");
  return row;
}

export async function find(tx: Tx, id: OperatorLoginId): Promise<OperatorLoginRow | null> {
  const found = await tx.em.findOne(OperatorLoginEntity, { ...own(tx), id }, { refresh: true });
  return found === null ? null : plain(found);
}

/** The row, which nobody else changes until this transaction ends; null when there is none. */
export async function lock(tx: Tx, id: OperatorLoginId): Promise<OperatorLoginRow | null> {
  const { orgId, environment } = own(tx);
  const statement = "select from operator_login where org_id = ? and environment = ? and id = ? for update";
  await tx.em.execute(statement, [orgId, environment, id]);
  return await find(tx, id);
}

/** The one that is good at this moment; null when there is none. */
export async function findActive(tx: Tx, place: OperatorPlace, now: Date): Promise<OperatorLoginRow | null> {
  const good = { ...own(tx), ...place, state: "ACTIVE" as const, expiresAt: { $gt: now } };
  const found = await tx.em.findOne(OperatorLoginEntity, good, { orderBy: { id: "desc" }, refresh: true });
  return found === null ? null : plain(found);
}

/** Changes a row that this transaction has locked; the row as it is then. */
export async function change(tx: Tx, id: OperatorLoginId, to: OperatorLoginChange): Promise<OperatorLoginRow> {
  await tx.em.nativeUpdate(OperatorLoginEntity, { ...own(tx), id }, to);
  const row = await find(tx, id);
  if (row === null) throw new Error("the operator's login that was changed is not there");
  return row;
}

export async function page(
  tx: Tx,
  { storeId }: { readonly storeId?: StoreId | null },
  at: Page<OperatorLoginId>,
): Promise<OperatorLoginRow[]> {
  const { where, options } = toPage(at);
  const filter = storeId ? { storeId } : {};
  return (await tx.em.find(OperatorLoginEntity, { ...own(tx), ...filter, ...where }, options)).map(plain);
}

/** Those that are not over, locked, in the order of their ids. */
export async function lockOpen(tx: Tx, affected: AffectedLogins): Promise<OperatorLoginRow[]> {
  const found = await tx.em.find(OperatorLoginEntity, { ...own(tx), ...OPEN, ...affected }, { orderBy: { id: "asc" } });
  const rows: OperatorLoginRow[] = [];
  for (const { id } of found) {
    const row = await lock(tx, id);
    if (row !== null && (row.state === "PENDING" || row.state === "ACTIVE")) rows.push(row);
  }
  return rows;
}

/** For the clock: takes one that is due. Null: it is not any more, or somebody else has it. */
export async function takeDue(tx: Tx, id: OperatorLoginId, now: Date, dueAt: Date): Promise<OperatorLoginRow | null> {
  const due = { ...own(tx), id, dueAt: { $lte: now } };
  return (await tx.em.nativeUpdate(OperatorLoginEntity, due, { dueAt })) === 0 ? null : await find(tx, id);
}
