/** The clock's part in connections: what nobody finished, what is to be destroyed, what the store was not told yet, what was long not verified. */
import { connections } from "../data/index.js";
import { fromWire } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import { destroyLeft } from "./connection-context.js";
import { repeatFarewell } from "./connection-farewell.js";
import { verify } from "./connection-health.js";
import { later, move, readStanding } from "./connection-row.js";
import { lapse } from "./connections.js";
import { clockCaller } from "./orgs.js";
import type { Rooms } from "./rooms.js";

/** When what fails in between is looked at again. */
const LOOK_AGAIN_MS = 5 * 60_000;
/** A login whose Store was removed is not verified; it is looked at again in case there is more to do. */
const NOT_AT_ALL_MS = 24 * 60 * 60_000;

/** One connection that is due; several gateways may try, and one of them does it. */
export async function tendConnection(rooms: Rooms, scope: Caller["scope"], connectionId: string): Promise<void> {
  const id = fromWire("con", connectionId);
  if (id === null) return;
  const now = rooms.clock.now();
  const row = await rooms.data.inScope(scope, (tx) => connections.takeDue(tx, id, now, later(rooms, LOOK_AGAIN_MS)));
  if (row === null) return;
  const caller = await clockCaller(rooms, scope, new AbortController().signal);
  await lapse(rooms, caller, id);
  if (row.leftContexts.length > 0) await destroyLeft(rooms, caller, id);
  if (row.farewellAt !== null && row.farewellAt <= now) return repeatFarewell(rooms, caller, id);
  const standing = await readStanding(rooms, caller, id);
  const isLogin = standing?.row.status === "ACTIVE" && standing.row.via === "LOGIN" && standing.row.secret !== null;
  // Lapsed just now, or due for a check: a check is never wrong, and a lapse has set the next one.
  const isDue = standing?.row.dueAt?.getTime() === row.dueAt?.getTime();
  if (isLogin && isDue && standing.store !== null) await verify(rooms, caller, standing);
  else if (standing !== null && isDue) await settleDue(rooms, caller, id);
}

/** Nothing was to be done: when there will be is worked out anew. */
const settleDue = (rooms: Rooms, caller: Caller, id: NonNullable<ReturnType<typeof fromWire<"con">>>): Promise<void> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const row = await connections.lock(tx, id);
    if (row !== null) await move(rooms, tx, row, { updatedAt: row.updatedAt }, later(rooms, NOT_AT_ALL_MS));
  });
