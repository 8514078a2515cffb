/** The live view in which an operator logs in: opened, and what it comes to. */
import type { OperatorProof } from "@shopkey/adapter-sdk";
import { type OperatorLoginRow, operatorLogins, type StoreRow, stores } from "../data/index.js";
import { type OperatorLoginId, toWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { SessionEvent } from "../stores/index.js";
import type { Caller } from "./caller.js";
import { endSession } from "./connection-context.js";
import { callIntent, refusalIn } from "./connection-row.js";
import { holdGround } from "./impersonation-ground.js";
import { TOKEN } from "./impersonation-input.js";
import { inTime, leaseFrom } from "./impersonation-row.js";
import { endLogin, isLoginLeased, moveLogin, recordLogin, sealPart } from "./operator-login-row.js";
import { clockCaller } from "./orgs.js";
import type { Rooms } from "./rooms.js";
import { openTarget } from "./store-target.js";

/** A live view ends by its own timers, and may be extended: the attempt must outlast it. */
const OUTLAST_LIVE_VIEW_MS = 25 * 60_000;
/** How long a login is kept whose store does not say when it ends. */
const LOGIN_MS = 24 * 60 * 60_000;

/** Do, then settle. Throws BROWSER_UNAVAILABLE, and CONFLICT when it was ended meanwhile. */
export async function openLoginView(
  rooms: Rooms,
  caller: Caller,
  row: OperatorLoginRow,
  store: StoreRow,
): Promise<void> {
  try {
    const target = await openTarget(rooms, caller, store);
    const occasion = { app: caller.org.name, store: store.title, purpose: "operator" } as const;
    const request = { ...occasion, context: null, startUrl: null };
    const opened = await rooms.stores.live.open(target, request, new AbortController().signal);
    await settleView(rooms, caller, row, opened);
  } catch (error) {
    const code = refusalIn(error)?.code ?? "INTERRUPTED";
    await endIfPending(rooms, caller, row.id, code);
    throw error;
  }
}

async function settleView(
  rooms: Rooms,
  caller: Caller,
  row: OperatorLoginRow,
  { sessionId, liveViewUrl, expiresAt }: Awaited<ReturnType<Rooms["stores"]["live"]["open"]>>,
): Promise<void> {
  const held = { url: liveViewUrl, sessionId, expiresAt: expiresAt.toISOString() };
  const question = await sealPart(rooms, caller, row, "question", held);
  const ends = new Date(expiresAt.getTime() + OUTLAST_LIVE_VIEW_MS);
  const isKept = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await operatorLogins.lock(tx, row.id);
    if (now?.state !== "PENDING") return false;
    await moveLogin(rooms, tx, now, { question, sessionId, leaseUntil: null, expiresAt: ends, dueAt: ends });
    return true;
  });
  if (isKept) return;
  await endSession(rooms, sessionId, "cancelled");
  throw new Refusal("CONFLICT", "This login was ended, or another one was started, in the meantime.", {
    nextAction: "`connectOperator` again.",
  });
}

const endIfPending = (rooms: Rooms, caller: Caller, id: OperatorLoginId, reason: string): Promise<string | null> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const now = await operatorLogins.lock(tx, id);
    if (now?.state !== "PENDING") return null;
    await endLogin(rooms, caller, tx, now, "FAILED", reason);
    return now.sessionId;
  });

const ENDS = { cancelled: "CANCELLED", expired: "NOT_FINISHED", failed: "SESSION_ENDED" } as const;

/** What became of the live view, as the browser layer tells it. Throws when it has to be told again. */
export async function tendOperatorSession(
  rooms: Rooms,
  scope: Caller["scope"],
  id: OperatorLoginId,
  { sessionId, kind }: SessionEvent,
): Promise<void> {
  if (kind === "opened") return;
  const caller = await clockCaller(rooms, scope, new AbortController().signal);
  if (kind === "done") return finish(rooms, caller, id, sessionId);
  await endIfPending(rooms, caller, id, ENDS[kind]);
  await endSession(rooms, sessionId, kind);
}

/** Intend (the lease), do, settle. */
async function finish(rooms: Rooms, caller: Caller, id: OperatorLoginId, sessionId: string): Promise<void> {
  const taken = await rooms.data.inScope(caller.scope, async (tx) => {
    const row = await operatorLogins.lock(tx, id);
    if (row?.state !== "PENDING" || row.sessionId !== sessionId) return null;
    if (isLoginLeased(rooms, row)) throw new Refusal("CONFLICT", "The store is being asked at this moment.");
    const store = await stores.find(tx, { id: row.storeId });
    return { row: await moveLogin(rooms, tx, row, { leaseUntil: leaseFrom(rooms) }), store };
  });
  if (taken === null) return endSession(rooms, sessionId, "failed");
  const { row, store } = taken;
  if (store === null) {
    await endIfPending(rooms, caller, id, "STORE_REMOVED");
    return endSession(rooms, sessionId, "failed");
  }
  try {
    const proof = await prove(rooms, caller, row, store, sessionId);
    if (proof.kind === "out") return await goOn(rooms, caller, row, sessionId, "NOT_LOGGED_IN", proof.why);
    const isBound = await bind(rooms, caller, row, store, proof);
    await endSession(rooms, sessionId, isBound ? "connected" : "failed");
  } catch (error) {
    const refusal = refusalIn(error);
    const text = refusal?.message ?? "Something went wrong. Please try again.";
    await goOn(rooms, caller, row, sessionId, refusal?.code ?? "INTERNAL", text);
    if (refusal === null) throw error;
  }
}

async function prove(
  rooms: Rooms,
  caller: Caller,
  row: OperatorLoginRow,
  store: StoreRow,
  sessionId: string,
): Promise<OperatorProof> {
  const target = await openTarget(rooms, caller, store);
  const intent = { ...callIntent(caller, toWire("opl", row.id)), lend: { kind: "session", sessionId } as const };
  const proof = await rooms.stores.call(target, intent, (adapter, call) => {
    const login = adapter.impersonate?.login;
    if (login === undefined) throw new Error("the adapter no longer lets operators log in");
    return login.finish(call);
  });
  const isEnd = (at: unknown) => at === null || (at instanceof Date && !Number.isNaN(at.getTime()));
  if (proof.kind === "out" || (TOKEN.test(proof.token) && isEnd(proof.expiresAt))) return proof;
  throw new Error("the adapter's proof of an operator is not what the contract says");
}

/** Back to the operator, with a sentence; they may go on. */
async function goOn(
  rooms: Rooms,
  caller: Caller,
  { id }: OperatorLoginRow,
  sessionId: string,
  code: string,
  text: string,
): Promise<void> {
  await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await operatorLogins.lock(tx, id);
    if (now?.state === "PENDING") await moveLogin(rooms, tx, now, { leaseUntil: null });
  });
  await rooms.stores.live.resume(sessionId, { code, text: text.slice(0, 300) }).catch(() => undefined);
}

/** Takes the place of what the operator had before. False: it was ended meanwhile, or what it rests on is gone. */
async function bind(
  rooms: Rooms,
  caller: Caller,
  row: OperatorLoginRow,
  store: StoreRow,
  { token, expiresAt }: Extract<OperatorProof, { kind: "in" }>,
): Promise<boolean> {
  const secret = await sealPart(rooms, caller, row, "secret", token);
  const { operatorKey, keyId, isByToken } = row;
  const place = { storeId: store.id, operatorKey, keyId, isByToken };
  return rooms.data.inScope(caller.scope, async (tx) => {
    const keyEndsAt = await holdGround({ ...caller, keyId }, tx, store, null);
    await operatorLogins.lockPlace(tx, place);
    const now = await operatorLogins.lock(tx, row.id);
    if (now?.state !== "PENDING") return false;
    for (const one of await operatorLogins.lockOpen(tx, place))
      if (one.state === "ACTIVE") await endLogin(rooms, caller, tx, one, "DISCONNECTED", "REPLACED");
    const stated = expiresAt ?? inTime(rooms, LOGIN_MS);
    const ends = keyEndsAt !== null && keyEndsAt < stated ? keyEndsAt : stated;
    const kept = { secret, question: null, sessionId: null, leaseUntil: null, expiresAt: ends, dueAt: ends };
    const active = { ...kept, state: "ACTIVE", stateReason: null, connectedAt: rooms.clock.now() } as const;
    await recordLogin(rooms, caller, tx, await moveLogin(rooms, tx, now, active), "operatorLogin.connected");
    return true;
  });
}
