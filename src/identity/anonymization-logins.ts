/**
 * Ends every login of the shopper at its store, and destroys the browser contexts that held them. A store that is down is
 * told again for a day; a context is gone when the browser layer, asked anew after the deletion, keeps nothing of it.
 */
import { anonymizations, type ConnectionRow, connections } from "../data/index.js";
import { settleStep, stepOf, type Wish } from "./anonymization-steps.js";
import type { Caller } from "./caller.js";
import { endConnection } from "./connection-farewell.js";
import { isOpen, later, readStanding, refusalIn } from "./connection-row.js";
import type { Rooms } from "./rooms.js";

const LOOK_AGAIN_MS = 60_000;

/** Whether it is done. */
export async function endLogins(rooms: Rooms, caller: Caller, wish: Wish): Promise<boolean> {
  const step = stepOf(wish, "LOGINS");
  const rows = await listLogins(rooms, caller, wish);
  const contexts = await noteContexts(rooms, caller, wish, rows);
  const standing = rows.filter((row) => row.farewellAt === null && !isBare(row));
  for (const { id } of standing) {
    const now = await readStanding(rooms, caller, id);
    if (now !== null) await endConnection(rooms, caller, now);
  }
  const left = standing.length === 0 ? rows : await listLogins(rooms, caller, wish);
  const lookAgain = async (reason: "STORE_UNAVAILABLE" | "BROWSER_UNAVAILABLE"): Promise<false> => {
    const to = { reason, dueAt: later(rooms, LOOK_AGAIN_MS), attempts: step.attempts + 1 };
    await settleStep(rooms, caller, wish, step, to);
    return false;
  };
  if (left.some(({ farewellAt }) => farewellAt !== null)) return lookAgain("STORE_UNAVAILABLE");
  if (!(await destroyContexts(rooms, contexts))) return lookAgain("BROWSER_UNAVAILABLE");
  const note =
    contexts.length === 0
      ? "No browser context was kept."
      : `${contexts.length} browser contexts deleted, and read back as gone.`;
  const done = { state: contexts.length + rows.length === 0 ? "SKIPPED" : "DONE", reason: null, note } as const;
  return settleStep(rooms, caller, wish, step, { ...done, checkpoint: null, dueAt: null });
}

const listLogins = (rooms: Rooms, caller: Caller, { row }: Wish): Promise<readonly ConnectionRow[]> =>
  rooms.data.inScope(caller.scope, (tx) => connections.list(tx, row.consumerId));

/** Every context that held a login, now or when this was tried before: written down before a farewell forgets it. */
async function noteContexts(
  rooms: Rooms,
  caller: Caller,
  wish: Wish,
  rows: readonly ConnectionRow[],
): Promise<readonly string[]> {
  const { position, checkpoint } = stepOf(wish, "LOGINS");
  const noted = checkpoint === null ? [] : (JSON.parse(checkpoint) as readonly string[]);
  const contexts = [...new Set([...noted, ...rows.flatMap(contextsOf)])];
  if (contexts.length > noted.length) {
    const written = { checkpoint: JSON.stringify(contexts) };
    await rooms.data.inScope(caller.scope, (tx) => anonymizations.changeStep(tx, wish.row.id, position, written));
  }
  return contexts;
}

/** Nothing of it is anywhere but in its row, which is destroyed with the rest. */
const isBare = (row: ConnectionRow): boolean =>
  ![row.secret, row.accountDigest, row.attemptSessionId, row.handOffSessionId].some((part) => part !== null) &&
  !isOpen(row) &&
  contextsOf(row).length === 0;

/** Those in use, and those that are let go of and may not be destroyed yet. */
const contextsOf = ({ contextId, attemptContextId, leftContexts }: ConnectionRow): readonly string[] => [
  ...[contextId, attemptContextId].filter((id) => id !== null),
  ...leftContexts,
];

/** Whether every one of them was deleted, and is not there when it is looked for. Deleting what is gone succeeds. */
async function destroyContexts({ stores: { live } }: Rooms, contexts: readonly string[]): Promise<boolean> {
  try {
    for (const contextId of contexts) {
      await live.deleteContext(contextId);
      if (await live.holdsContext(contextId)) return false;
    }
    return true;
  } catch (error) {
    // The worker is down: tried again.
    if (refusalIn(error)?.code === "BROWSER_UNAVAILABLE") return false;
    throw error;
  }
}
