/**
 * What becomes of live views. The browser layer tells every gateway, and again after a silence; whoever comes second
 * finds nothing left to do.
 */
import { type ConnectionRow, connections } from "../data/index.js";
import { toWire } from "../kernel/ids.js";
import type { SessionEvent } from "../stores/index.js";
import type { Caller } from "./caller.js";
import { destroyLeft, endSession, lending } from "./connection-context.js";
import { finishAttempt } from "./connection-finish.js";
import { isOpen, readStanding, recordAbout, refusalIn, type Standing } from "./connection-row.js";
import { endAttempt } from "./connection-step.js";
import { tendOperatorSession } from "./operator-login-live.js";
import { clockCaller } from "./orgs.js";
import type { Rooms } from "./rooms.js";

/** Throws when it has to be told again. */
export async function tendSession(rooms: Rooms, event: SessionEvent): Promise<void> {
  const { sessionId, kind } = event;
  if (kind === "opened") return;
  const owner = await rooms.data.sessionOwner(sessionId);
  // Finished by the org a moment ago, mostly: whoever did that ends it. What is really nobody's ends by its own timers.
  if (owner === null) return kind === "done" ? undefined : endSession(rooms, sessionId, kind);
  if (owner.purpose === "operator") return tendOperatorSession(rooms, owner, owner.id, event);
  const caller = await clockCaller(rooms, owner, new AbortController().signal);
  const standing = await readStanding(rooms, caller, owner.id);
  if (standing === null) return endSession(rooms, sessionId, "failed");
  if (owner.purpose === "handOff") return endHandOff(rooms, caller, standing, event);
  if (kind === "done") return finish(rooms, caller, standing);
  // Saved, perhaps, by a gateway that died before it could bind it: that login is not thrown away.
  if (kind === "failed" && standing.row.attemptSessionId === sessionId) await finish(rooms, caller, standing);
  return endLive(rooms, caller, standing.row, event);
}

/** The login seems to be made: proved as if the org had asked. What the shopper can mend, they have been told. */
async function finish(rooms: Rooms, caller: Caller, standing: Standing): Promise<void> {
  try {
    await finishAttempt(rooms, caller, standing, {}, null);
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal === null || refusal.retry === "later") throw error;
    rooms.log.info("a live view was not finished", {
      connectionId: toWire("con", standing.row.id),
      code: refusal.code,
    });
  }
}

const ENDS = {
  cancelled: { state: "CANCELLED", reason: "CANCELLED" },
  expired: { state: "LAPSED", reason: "NOT_FINISHED" },
  failed: { state: "FAILED", reason: "SESSION_ENDED" },
} as const;

/** The shopper gave up, nobody came, or the browser died. What stood before stands as it did. */
async function endLive(
  rooms: Rooms,
  caller: Caller,
  { id }: ConnectionRow,
  { sessionId, kind }: SessionEvent,
): Promise<void> {
  if (kind !== "cancelled" && kind !== "expired" && kind !== "failed") return;
  const { state, reason } = ENDS[kind];
  await rooms.data.inScope(caller.scope, async (tx) => {
    const row = await connections.lock(tx, id);
    if (row === null || row.attemptSessionId !== sessionId || !isOpen(row)) return;
    const ended = await endAttempt(rooms, tx, row, state, reason);
    const action = kind === "cancelled" ? "connection.cancelled" : "connection.failed";
    await recordAbout(rooms, caller, tx, ended, action, kind === "cancelled" ? {} : { outcome: reason });
  });
  await endSession(rooms, sessionId, kind);
  await destroyLeft(rooms, caller, id);
}

/** Whatever the shopper did there, the store may have renewed the login: it is kept, where it still can be. */
async function endHandOff(
  rooms: Rooms,
  caller: Caller,
  { row, key }: Standing,
  { sessionId, kind }: SessionEvent,
): Promise<void> {
  const generation = await lending(rooms, caller, row, key, async (lend) => {
    if (lend?.kind !== "context") return null;
    try {
      return await rooms.stores.live.save(sessionId, lend.context, new AbortController().signal);
    } catch (error) {
      const refusal = refusalIn(error);
      if (refusal === null || refusal.code === "BROWSER_UNAVAILABLE") throw error;
      return null;
    }
  });
  await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, row.id);
    if (now === null || now.handOffSessionId !== sessionId) return;
    const isNewer = generation !== null && now.contextId === row.contextId && generation > now.contextGeneration;
    await connections.change(tx, row.id, {
      handOffSessionId: null,
      ...(isNewer ? { contextGeneration: generation } : {}),
    });
  });
  await endSession(rooms, sessionId, kind === "done" ? "connected" : kind === "opened" ? "failed" : kind);
}
