/**
 * The browser context that holds a login: its key, sealed under the consumer's, is opened for one call, lent, and wiped.
 * The bytes are with the browser layer, which holds no key.
 */
import { randomBytes } from "node:crypto";
import { type ConnectionRow, type ConsumerKeyRow, connections } from "../data/index.js";
import { type ConnectionId, toWire } from "../kernel/ids.js";
import { errorFacts } from "../kernel/log.js";
import type { ContextLease, Lend } from "../stores/index.js";
import type { Caller } from "./caller.js";
import { move } from "./connection-row.js";
import { openContextKey, sealContextKey } from "./connection-seal.js";
import type { Rooms } from "./rooms.js";

/** A context that nothing has been saved to. */
export const newContext = (): ContextLease => ({
  contextId: `ctx_${randomBytes(18).toString("base64url")}`,
  generation: 0,
  key: randomBytes(32),
});

/** What a connection's row keeps of a context. */
export async function keepContext(
  rooms: Rooms,
  caller: Caller,
  owner: Parameters<typeof sealContextKey>[2],
  { contextId, generation, key }: ContextLease,
): Promise<Pick<ConnectionRow, "contextId" | "contextGeneration" | "contextKey">> {
  return { contextId, contextGeneration: generation, contextKey: await sealContextKey(rooms, caller, owner, key) };
}

export const NO_CONTEXT = { contextId: null, contextGeneration: 0, contextKey: null } as const;

/** Lends the context of a login for one piece of work; null where the login is in no browser. */
export async function lending<T>(
  rooms: Rooms,
  caller: Caller,
  row: ConnectionRow,
  key: ConsumerKeyRow | null,
  work: (lend: Lend | null) => Promise<T>,
): Promise<T> {
  const context = await openContext(rooms, caller, row, key);
  if (context === null) return work(null);
  try {
    return await work({
      kind: "context",
      context,
      onKept: (generation) => noteGeneration(rooms, caller, row, generation),
    });
  } finally {
    context.key.fill(0);
  }
}

/** The caller wipes the key. Null when there is none, or it does not open. */
async function openContext(
  rooms: Rooms,
  caller: Caller,
  row: ConnectionRow,
  key: ConsumerKeyRow | null,
): Promise<ContextLease | null> {
  const { contextId, contextGeneration: generation } = row;
  if (contextId === null) return null;
  const opened = await openContextKey(rooms, caller, row, key);
  return opened === null ? null : { contextId, generation, key: opened };
}

/** A newer generation is there; a login that took this one's place meanwhile has a context of its own. */
const noteGeneration = (rooms: Rooms, caller: Caller, { id, contextId }: ConnectionRow, generation: number) =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, id);
    if (now === null || now.contextId !== contextId || now.contextGeneration >= generation) return;
    await connections.change(tx, id, { contextGeneration: generation });
  });

/**
 * Destroys the contexts that the connection has let go of. Their keys are gone already, or go with them: what fails here leaves bytes
 * that nobody can open, and the clock tries again.
 */
export async function destroyLeft(rooms: Rooms, caller: Caller, id: ConnectionId): Promise<void> {
  const row = await rooms.data.inScope(caller.scope, (tx) => connections.find(tx, id));
  const gone = new Set<string>();
  for (const contextId of row?.leftContexts ?? []) {
    try {
      await rooms.stores.live.deleteContext(contextId);
      gone.add(contextId);
    } catch (error) {
      const facts = { connectionId: toWire("con", id), ...errorFacts(error) };
      rooms.log.warn("the bytes of a login that is over were left", facts);
    }
  }
  if (gone.size === 0) return;
  await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, id);
    if (now === null) return;
    const leftContexts = now.leftContexts.filter((contextId) => !gone.has(contextId));
    await move(rooms, tx, now, { leftContexts, updatedAt: now.updatedAt });
  });
}

/** Whoever looks is told how it ended. What fails here ends by its own timers. */
export async function endSession(
  rooms: Rooms,
  sessionId: string | null,
  outcome: Parameters<Rooms["stores"]["live"]["end"]>[1],
  notice?: Parameters<Rooms["stores"]["live"]["end"]>[2],
): Promise<void> {
  if (sessionId === null) return;
  await rooms.stores.live.end(sessionId, outcome, notice).catch((error: unknown) => {
    rooms.log.warn("a live view was left to end by itself", errorFacts(error));
  });
}
