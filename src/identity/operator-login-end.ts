/** What ends operators' logins without anybody asking: their time, and the end of what they hang on. */
import { operatorLogins, type Tx } from "../data/index.js";
import { fromWire } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import { endSession } from "./connection-context.js";
import { inTime } from "./impersonation-row.js";
import { endLogin, isLoginLeased } from "./operator-login-row.js";
import { clockCaller } from "./orgs.js";
import type { Rooms } from "./rooms.js";

/** When what fails in between is looked at again. */
const LOOK_AGAIN_MS = 60_000;

/** All that hang on this key or this Store, or on tokens that the org issued, in the transaction of what they follow from. */
export async function endLogins(
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  affected: operatorLogins.AffectedLogins,
  reason: "KEY_REVOKED" | "STORE_REMOVED" | "ISSUER_REVOKED",
): Promise<void> {
  for (const row of await operatorLogins.lockOpen(tx, affected))
    await endLogin(rooms, caller, tx, row, row.state === "ACTIVE" ? "DISCONNECTED" : "FAILED", reason);
}

/** For the clock: one that is due; several gateways may try, and one of them does it. */
export async function tendOperatorLogin(rooms: Rooms, scope: Caller["scope"], wire: string): Promise<void> {
  const id = fromWire("opl", wire);
  if (id === null) return;
  const [now, again] = [rooms.clock.now(), inTime(rooms, LOOK_AGAIN_MS)];
  if ((await rooms.data.inScope(scope, (tx) => operatorLogins.takeDue(tx, id, now, again))) === null) return;
  const caller = await clockCaller(rooms, scope, new AbortController().signal);
  const left = await rooms.data.inScope(scope, async (tx) => {
    const row = await operatorLogins.lock(tx, id);
    if (row === null || row.expiresAt > rooms.clock.now() || isLoginLeased(rooms, row)) return null;
    if (row.state === "ACTIVE") await endLogin(rooms, caller, tx, row, "EXPIRED", null);
    if (row.state === "PENDING") await endLogin(rooms, caller, tx, row, "FAILED", "NOT_FINISHED");
    return row.sessionId;
  });
  await endSession(rooms, left, "expired");
}
