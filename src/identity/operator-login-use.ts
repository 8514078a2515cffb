/** An operator's own login, used for an impersonation in the place of a token that is given for it. */
import { type OperatorLoginRow, operatorLogins, type StoreRow, type Tx } from "../data/index.js";
import type { OperatorLoginId } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import { operatorKeyOf } from "./impersonation-row.js";
import { endLogin, openTokenOf, placeOfLogin } from "./operator-login-row.js";
import type { Rooms } from "./rooms.js";

/** The one that this key connected for this operator at this Store, if it is good now; with its token. */
export async function findLogin(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  operator: string,
): Promise<{ readonly id: OperatorLoginId; readonly token: string } | null> {
  const place = placeOfLogin(caller, { storeId: store.id, operatorKey: operatorKeyOf(operator) });
  const now = rooms.clock.now();
  const row = await rooms.data.inScope(caller.scope, (tx) => operatorLogins.findActive(tx, place, now));
  const token = row === null ? null : await openTokenOf(rooms, caller, row);
  return row === null || token === null ? null : { id: row.id, token };
}

/** Still good, and it stays so until this transaction ends. */
export async function holdLogin(tx: Tx, id: OperatorLoginId): Promise<boolean> {
  const row = await operatorLogins.lock(tx, id);
  return row?.state === "ACTIVE";
}

/** The store does not take it any more: the operator has to log in again. */
export async function endRejected(
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  id: OperatorLoginId | null,
): Promise<OperatorLoginRow | null> {
  const row = id === null ? null : await operatorLogins.lock(tx, id);
  return row?.state === "ACTIVE" ? endLogin(rooms, caller, tx, row, "EXPIRED", "OPERATOR_REJECTED") : null;
}
