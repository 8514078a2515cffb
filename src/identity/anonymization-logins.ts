/**
 * Ends every login of the shopper at its store, and destroys the browser contexts that held them. A store that is down is
 * told again for a day; a context whose deletion is not confirmed is deleted again.
 */
import { anonymizations, connections } from "../data/index.js";
import { settleStep, stepOf, type Wish } from "./anonymization-steps.js";
import type { Caller } from "./caller.js";
import { endConnection } from "./connection-farewell.js";
import { later, readStanding } from "./connection-row.js";
import type { Rooms } from "./rooms.js";

const LOOK_AGAIN_MS = 60_000;

/** Whether it is done. */
export async function endLogins(rooms: Rooms, caller: Caller, wish: Wish): Promise<boolean> {
  const step = stepOf(wish, "LOGINS");
  const { consumerId } = wish.row;
  const rows = await rooms.data.inScope(caller.scope, (tx) => connections.list(tx, consumerId));
  const kept = step.checkpoint === null ? [] : (JSON.parse(step.checkpoint) as readonly string[]);
  const contexts = [...new Set([...kept, ...rows.flatMap(({ contextId }) => contextId ?? [])])];
  if (contexts.length > kept.length) {
    // Written down before a farewell forgets them.
    await rooms.data.inScope(caller.scope, (tx) =>
      anonymizations.changeStep(tx, wish.row.id, step.position, { checkpoint: JSON.stringify(contexts) }),
    );
  }
  for (const { id, status, secret, farewellAt } of rows) {
    const isOver = status === "DISCONNECTED" && secret === null;
    if (isOver || farewellAt !== null) continue;
    const standing = await readStanding(rooms, caller, id);
    if (standing !== null) await endConnection(rooms, caller, standing);
  }
  const left = await rooms.data.inScope(caller.scope, (tx) => connections.list(tx, consumerId));
  if (left.some(({ farewellAt }) => farewellAt !== null)) {
    const to = {
      reason: "STORE_UNAVAILABLE",
      dueAt: later(rooms, LOOK_AGAIN_MS),
      attempts: step.attempts + 1,
    } as const;
    await settleStep(rooms, caller, wish, step, to);
    return false;
  }
  // Deleting what is gone succeeds; anything else throws, and is tried again.
  for (const contextId of contexts) await rooms.stores.live.deleteContext(contextId);
  const note = contexts.length === 0 ? "No browser context was kept." : `${contexts.length} browser contexts deleted.`;
  const done = { state: contexts.length + rows.length === 0 ? "SKIPPED" : "DONE", reason: null, note } as const;
  return settleStep(rooms, caller, wish, step, { ...done, checkpoint: null, dueAt: null });
}
