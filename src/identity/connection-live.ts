/**
 * A login made in the hosted browser: shown to the shopper, proved where they made it, saved, and proved again in a new
 * process. Only what was found there is bound.
 */
import type { Account } from "@shopkey/adapter-sdk";
import { Refusal } from "../kernel/refusal.js";
import type { ContextLease, Lend, OpenedSession, StoreTarget } from "../stores/index.js";
import type { Caller } from "./caller.js";
import type { Attempt } from "./connection-attempt.js";
import { lending, newContext } from "./connection-context.js";
import { callIntent, refusalIn } from "./connection-row.js";
import type { LiveQuestion } from "./connection-seal.js";
import type { Rooms } from "./rooms.js";
import { openTarget } from "./store-target.js";

/** Opens the live view in which the shopper logs in. Throws BROWSER_UNAVAILABLE. */
export async function showLiveView(
  rooms: Rooms,
  caller: Caller,
  attempt: Attempt,
  kept: unknown,
): Promise<LiveQuestion> {
  const { contextId, key } = newContext();
  const { sessionId, liveViewUrl, expiresAt } = await openView(rooms, caller, attempt);
  return {
    kind: "liveView",
    ...{ url: liveViewUrl, sessionId, expiresAt: expiresAt.toISOString() },
    ...{ contextId, contextKey: Buffer.from(key).toString("base64"), kept },
    confirmOtherAccount: attempt.confirmOtherAccount,
  };
}

/** A store asks less of a device that it knows: connecting again begins with what the last login left. */
async function openView(rooms: Rooms, caller: Caller, attempt: Attempt): Promise<OpenedSession> {
  const { row, store, key, confirmOtherAccount } = attempt;
  const target = await openTarget(rooms, caller, store);
  const open = (context: ContextLease | null) =>
    rooms.stores.live.open(
      target,
      { context, startUrl: null, app: caller.org.name, store: store.title, purpose: "connect" },
      new AbortController().signal,
    );
  return lending(rooms, caller, row, key, async (lend) => {
    if (lend?.kind !== "context" || confirmOtherAccount) return open(null);
    return open(lend.context).catch((error: unknown) => {
      if (refusalIn(error)?.code === "BROWSER_UNAVAILABLE") throw error;
      return open(null);
    });
  });
}

/** A login that was found in a new process, with the context that it is in. The caller wipes the key. */
export interface ProvedLogin {
  readonly step: { readonly kind: "connected"; readonly secret: unknown; readonly account: Account };
  readonly context: ContextLease;
}

/**
 * Throws NOT_LOGGED_IN while the shopper can go on, SESSION_ENDED when it is too late, and what the store refuses. After
 * a crash the session may be over and its login saved: then it is proved from there.
 */
export async function proveLogin(
  rooms: Rooms,
  caller: Caller,
  attempt: Attempt,
  question: LiveQuestion,
): Promise<ProvedLogin> {
  const target = await openTarget(rooms, caller, attempt.store);
  const context = { contextId: question.contextId, key: Buffer.from(question.contextKey, "base64"), generation: 0 };
  try {
    await saveSession(rooms, caller, attempt, target, question, context);
    const saved = { ...context, generation: 1 };
    const step = await probe(rooms, caller, attempt, target, question, { kind: "context", context: saved });
    if (step.kind === "connected") return { step, context: saved };
    throw new Refusal("SESSION_ENDED", "The login did not outlast the browser that it was made in.", {
      field: ["connection"],
      nextAction: "Begin again with `startConnection`.",
    });
  } catch (error) {
    context.key.fill(0);
    throw refusalIn(error)?.code === "CONNECTION_EXPIRED" ? sessionEnded(error) : error;
  }
}

const sessionEnded = (cause: unknown): Refusal =>
  new Refusal("SESSION_ENDED", "The live view is over, and the shopper had not logged in.", {
    field: ["connection"],
    nextAction: "Begin again with `startConnection`.",
    cause,
  });

/** Nothing is saved of somebody who is not logged in. A session that is over already is not asked. */
async function saveSession(
  rooms: Rooms,
  caller: Caller,
  attempt: Attempt,
  target: StoreTarget,
  question: LiveQuestion,
  context: ContextLease,
): Promise<void> {
  const { sessionId } = question;
  try {
    const step = await probe(rooms, caller, attempt, target, question, { kind: "session", sessionId });
    if (step.kind !== "connected") throw notLoggedIn("why" in step && typeof step.why === "string" ? step.why : null);
    await rooms.stores.live.save(sessionId, context, new AbortController().signal);
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal?.code === "SESSION_ENDED") return;
    const text = refusal?.message ?? "Something went wrong. Please try again.";
    await rooms.stores.live.resume(sessionId, { code: refusal?.code ?? "INTERNAL", text }).catch(() => undefined);
    throw error;
  }
}

const probe = (
  rooms: Rooms,
  caller: Caller,
  { row, store }: Attempt,
  target: StoreTarget,
  question: LiveQuestion,
  lend: Lend,
) =>
  rooms.stores.call(target, { ...callIntent(caller, `${row.attemptId}.${lend.kind}`), lend }, async (adapter, call) => {
    const pending = await rooms.stores.keep(store.adapter, "pending", question.kept);
    return adapter.connect.finish(call, pending, {});
  });

const notLoggedIn = (why: string | null): Refusal =>
  new Refusal("NOT_LOGGED_IN", why?.slice(0, 300) ?? "The shopper is not logged in at the store yet.", {
    field: ["connection"],
    nextAction: "Let the shopper go on in the live view, then finish again.",
  });
