/** One step of an attempt to connect: how what the store answered, or refused, is kept. */
import type { AnyAdapter, Call, Step } from "@shopkey/adapter-sdk";
import { type ConnectionRow, connections, idempotency } from "../data/index.js";
import type { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { type Attempt, answered, isOurs, MAX_ANSWERS, overtaken } from "./connection-attempt.js";
import { destroyLeft, endSession } from "./connection-context.js";
import { proveLogin, showLiveView } from "./connection-live.js";
import { settleLogin } from "./connection-login.js";
import { callIntent, move, recordAbout, refusalIn } from "./connection-row.js";
import { type LiveQuestion, type Question, sealQuestion } from "./connection-seal.js";
import { judgePass } from "./recognition.js";
import type { Rooms } from "./rooms.js";
import { openTarget } from "./store-target.js";

/** A live view ends by its own timers, and may be extended: the attempt must outlast it. */
const OUTLAST_LIVE_VIEW_MS = 25 * 60_000;

// biome-ignore lint/suspicious/noExplicitAny: what an adapter keeps is its own; it is judged before it is sealed.
type AnyStep = Step<any>;

/** Do, then settle. Throws what the store refused, after it was kept. */
export async function runStep(
  rooms: Rooms,
  caller: Caller,
  attempt: Attempt,
  ask: (adapter: AnyAdapter, call: Call) => Promise<AnyStep>,
): Promise<void> {
  const { row, store, stage } = attempt;
  const nth = stage === "start" ? "start" : `answer-${row.attemptAnswers}`;
  try {
    const target = await openTarget(rooms, caller, store);
    const step = await rooms.stores.call(target, callIntent(caller, `${row.attemptId}.${nth}`), ask);
    if (step.kind === "connected") await settleLogin(rooms, caller, attempt, { step, context: null });
    else if (step.kind !== "liveView") await settleQuestion(rooms, caller, attempt, questionOf(step));
    else await settleQuestion(rooms, caller, attempt, await showLiveView(rooms, caller, attempt, step.pending));
  } catch (error) {
    await settleRefusal(rooms, caller, attempt, error);
    throw error;
  }
}

/** The same for a login made in the hosted browser: the shopper's answer is what the browser has come to. */
export async function runLiveStep(
  rooms: Rooms,
  caller: Caller,
  attempt: Attempt,
  question: LiveQuestion,
): Promise<void> {
  try {
    const proved = await proveLogin(rooms, caller, attempt, question);
    try {
      await settleLogin(rooms, caller, attempt, proved);
    } finally {
      proved.context.key.fill(0);
    }
    await endSession(rooms, question.sessionId, "connected");
  } catch (error) {
    const ended = await settleRefusal(rooms, caller, attempt, error);
    const { code, message: text } = refusalIn(error) ?? {};
    const why = code === undefined || text === undefined ? undefined : { code, text };
    if (ended) await endSession(rooms, question.sessionId, "failed", why);
    throw error;
  }
}

/** An adapter that asks something else than it promised is broken; nothing of it is kept. */
function questionOf(step: Exclude<AnyStep, { kind: "connected" | "liveView" }>): Question {
  const isShort = (text: unknown, most: number) => typeof text === "string" && text.length > 0 && text.length <= most;
  if (step.kind === "redirect" && isShort(step.url, 2_000) && URL.parse(step.url)?.protocol === "https:")
    return { kind: "redirect", url: step.url, kept: step.pending };
  if ((step.kind === "form" && step.fields.length > 0 && step.fields.length <= 20) || step.kind === "pass") {
    const fields = step.fields.map(({ name, title, kind }) => ({ name, title, kind }));
    if (fields.length <= 20 && fields.every(({ name, title }) => isShort(name, 64) && isShort(title, 200))) {
      if (step.kind === "form") return { kind: "form", fields, kept: step.pending };
      return { kind: "pass", pass: judgePass(step.pass), fields, kept: step.pending };
    }
  }
  throw new Error("the adapter's step is not one that this gateway can lead a shopper through");
}

async function settleQuestion(rooms: Rooms, caller: Caller, attempt: Attempt, question: Question): Promise<void> {
  const { row, store, key } = attempt;
  const pending = await sealQuestion(rooms, caller, store.adapter, { ...row, key }, question);
  const once = attempt.claim === null || attempt.stage === "start" ? null : await answered(rooms, caller, attempt);
  const isKept = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, row.id);
    if (!isOurs(now, row)) return false;
    await move(rooms, tx, now, { attemptState: "ASKED", attemptLeaseUntil: null, pending, ...liveOf(question) });
    if (once !== null) await idempotency.claim(tx, once);
    return true;
  });
  if (isKept) return;
  if (question.kind === "liveView") await endSession(rooms, question.sessionId, "cancelled");
  throw overtaken();
}

const liveOf = (question: Question) =>
  question.kind === "liveView"
    ? {
        attemptSessionId: question.sessionId,
        attemptContextId: question.contextId,
        attemptExpiresAt: new Date(Date.parse(question.expiresAt) + OUTLAST_LIVE_VIEW_MS),
      }
    : {};

/** A store that is down leaves the question standing; so does a wrong answer, a few times. */
const isEnd = ({ stage, row }: Attempt, { code, retry }: Refusal): boolean =>
  stage === "start" ||
  retry === "never" ||
  code === "OTHER_ACCOUNT" ||
  (code !== "NOT_LOGGED_IN" && retry === "after-shopper" && row.attemptAnswers >= MAX_ANSWERS);

/** Whether the attempt is over with it. */
async function settleRefusal(rooms: Rooms, caller: Caller, attempt: Attempt, error: unknown): Promise<boolean> {
  const { row } = attempt;
  const refusal = refusalIn(error);
  // Somebody who is still logging in has failed at nothing; a store that is down is asked again.
  const isTold =
    refusal !== null && refusal.code !== "NOT_LOGGED_IN" && (refusal.retry !== "later" || attempt.stage === "start");
  const once =
    refusal === null || !isTold || attempt.stage === "start" ? null : await answered(rooms, caller, attempt, refusal);
  const isOver = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, row.id);
    if (!isOurs(now, row)) return false;
    // A bug of the adapter: whoever asks again begins where this stopped.
    if (refusal === null) {
      await move(rooms, tx, now, { attemptLeaseUntil: null });
      return false;
    }
    const kept = isEnd(attempt, refusal) ? await endAttempt(rooms, tx, now, "FAILED", refusal.code) : null;
    const left = kept ?? (await move(rooms, tx, now, { attemptLeaseUntil: null }));
    if (isTold) await recordAbout(rooms, caller, tx, left, "connection.failed", { outcome: refusal.code });
    if (once !== null) await idempotency.claim(tx, once);
    return kept !== null;
  });
  if (isOver) await destroyLeft(rooms, caller, row.id);
  return isOver;
}

/** Ends an attempt that came to nothing. What stood before it, a login that still works, say, stands as it did. */
export const endAttempt = (
  rooms: Rooms,
  tx: Parameters<typeof move>[1],
  row: ConnectionRow,
  attemptState: "FAILED" | "CANCELLED" | "LAPSED",
  reason: string,
): Promise<ConnectionRow> =>
  move(rooms, tx, row, {
    ...{ attemptState, attemptLeaseUntil: null, pending: null, attemptSessionId: null },
    ...(row.status === "PENDING" ? { status: "FAILED", statusReason: reason } : {}),
  });
