/** What an impersonation keeps sealed under its row's own key: in whose place, and what the adapter keeps, the operator's token among it. */
import type { ImpersonationRow, StoreRow } from "../data/index.js";
import { type ImpersonationId, toWire } from "../kernel/ids.js";
import type { OrgVault, WrappedKey } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { openOrg, type Rooms } from "./rooms.js";
import { NO_ROW_KEY, openInRow, sealInRow } from "./row-seal.js";

const CUSTOMER = "impersonation.customer";
const SECRET = "impersonation.secret";

/** In whose place. */
export interface Customer {
  readonly email: string;
  /** Null until the store has told it. */
  readonly storeUserId: string | null;
}

/** What a row forgets at its end. */
export const FORGOTTEN = {
  ...NO_ROW_KEY,
  ...{ customer: null, secret: null },
  ...{ emailDigest: null, farewellCredentials: null, leaseUntil: null, dueAt: null },
} as const;

export const sealCustomer = (org: OrgVault, id: ImpersonationId, key: WrappedKey, customer: Customer): Buffer =>
  sealInRow(org, id, key, CUSTOMER, customer);

/** Null when the key is gone. */
export const openCustomer = (org: OrgVault, row: ImpersonationRow): Customer | null =>
  openInRow(org, row, CUSTOMER, row.customer) as Customer | null;

/** What the adapter keeps, judged by the adapter's own validator. Throws when it is not that: a bug. */
export async function sealSecret(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  row: Pick<ImpersonationRow, "id">,
  key: WrappedKey,
  secret: unknown,
): Promise<Buffer> {
  const kept = await rooms.stores.keep(store.adapter, "secret", secret);
  const org = await openOrg(rooms, caller);
  return sealInRow(org, row.id, key, SECRET, kept);
}

/** Null when there is none, or it does not open. */
export async function openSecret(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  row: ImpersonationRow,
): Promise<unknown> {
  const held = openInRow(await openOrg(rooms, caller), row, SECRET, row.secret);
  if (held === null && row.secret !== null)
    rooms.log.error("an impersonation's secret does not open", { impersonationId: toWire("imp", row.id) });
  return held === null ? null : rooms.stores.keep(store.adapter, "secret", held);
}
