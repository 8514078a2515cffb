/** A store call that may change what proves an impersonation: what it is from then on is sealed before anything else happens. */
import type { Call, ImpersonationCall } from "@shopkey/adapter-sdk";
import { type ImpersonationRow, impersonations, type StoreRow } from "../data/index.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { sealSecret } from "./impersonation-seal.js";
import type { Rooms } from "./rooms.js";
import { rowKeyOf } from "./row-seal.js";

/** The call with what keeps the secret of this row. `whileUsable`: not once it is to end. */
export const keepingCall = (
  rooms: Rooms,
  caller: Caller,
  row: ImpersonationRow,
  store: StoreRow,
  call: Call,
  whileUsable = false,
): ImpersonationCall => ({
  ...call,
  keep: async (secret) => {
    const key = rowKeyOf(row);
    const sealed = key === null ? null : await sealSecret(rooms, caller, store, row, key, secret);
    const isKept =
      sealed !== null &&
      (await rooms.data.inScope(caller.scope, (tx) => impersonations.keepSecret(tx, row.id, sealed, whileUsable)));
    if (!isKept) throw new Refusal("CONFLICT", "This impersonation session was ended in the meantime.");
  },
});
