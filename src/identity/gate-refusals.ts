/** Why shoppers who are known were not let in at a store's door: codes and ids. Whom nobody knows leaves no line. */
import { recognitions } from "../data/index.js";
import { fromWire, toWire } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import type { GateRefusalView } from "./connection-views.js";
import type { GateRefusalQuery } from "./inputs.js";
import { findNamed } from "./named.js";
import { judgeAfter, judgeFirst, pageOf } from "./pages.js";
import type { Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import type { PageView } from "./views.js";

/** The newest first, of the last 30 days. A consumer or a Store that is not visible has none; nor has one who is forgotten. */
export async function listGateRefusals(
  rooms: Rooms,
  caller: Caller,
  query: GateRefusalQuery,
): Promise<PageView<GateRefusalView>> {
  requireScope(caller, "audit:read");
  const first = judgeFirst(query);
  const after = judgeAfter(query, (cursor) => fromWire("grf", cursor));
  const named = await findNamed(rooms, caller, query.filter ?? {});
  if (named === null) return pageOf([], first, after !== null);
  const rows = await rooms.data.inScope(caller.scope, (tx) =>
    recognitions.refusals(tx, named, { limit: first + 1, after }),
  );
  return pageOf(rows.map(viewRefusal), first, after !== null);
}

const viewRefusal = (row: recognitions.RefusalRow): GateRefusalView => ({
  ...{ id: toWire("grf", row.id), at: row.at, reason: row.reason, standing: row.standing },
  storeId: toWire("sto", row.storeId),
  connectionId: toWire("con", row.connectionId),
  consumerId: toWire("csm", row.consumerId),
});
