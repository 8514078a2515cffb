/** The shopper's answer, handed to the store: intend, do, settle. The answer lives as long as the call and no longer. */
import type { Answer } from "@shopkey/adapter-sdk";
import { type ConnectionRow, connections, idempotency } from "../data/index.js";
import { Refusal, type RefusalCode } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { judgeAnswer, refuseUnasked } from "./connection-answer.js";
import { type Attempt, isLeased, leaseFrom, MAX_ANSWERS } from "./connection-attempt.js";
import { readStep } from "./connection-reading.js";
import {
  connectionNotFound,
  expectStore,
  isOpen,
  move,
  type Standing,
  standingOf,
  underWay,
} from "./connection-row.js";
import { openQuestion, type Question } from "./connection-seal.js";
import { runLiveStep, runStep } from "./connection-step.js";
import type { ConnectionStepView } from "./connection-views.js";
import type { FinishConnectionInput } from "./inputs.js";
import { type Claim, claimOf, recall } from "./once.js";
import type { Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";

export async function finishConnection(
  rooms: Rooms,
  caller: Caller,
  given: FinishConnectionInput,
): Promise<ConnectionStepView> {
  requireScope(caller, "connections:write");
  const answer = judgeAnswer(given.answer);
  const claim = claimOf("finishConnection", withoutAnswer(given));
  const standing = await standingOf(rooms, caller, given.connection);
  const { id } = standing.row;
  const isKnown = claim !== null && (await repeatFinish(rooms, caller, claim));
  if (!isKnown && !isConnected(standing.row)) await finishAttempt(rooms, caller, standing, { ...given, answer }, claim);
  return readStep(rooms, caller, id);
}

/** An answer that was judged; none of it is needed for a live view. */
interface Finish extends Pick<FinishConnectionInput, "confirmOtherAccount"> {
  readonly answer?: Answer;
}

/** Intend, do, settle. Throws what the store refuses, NOT_LOGGED_IN, INVALID when nothing is asked, and CONFLICT. */
export async function finishAttempt(
  rooms: Rooms,
  caller: Caller,
  standing: Standing,
  { answer = {}, confirmOtherAccount }: Finish,
  claim: Claim | null,
): Promise<void> {
  const question = await expectQuestion(rooms, caller, standing);
  refuseUnasked(question, answer);
  const pending = await rooms.stores.keep(expectStore(standing).adapter, "pending", question.kept);
  const isLive = question.kind === "liveView";
  const isConfirmed = confirmOtherAccount === true || (isLive && question.confirmOtherAccount);
  const given = { confirmOtherAccount: isConfirmed, counts: !isLive };
  const attempt = await takeAnswer(rooms, caller, standing, given, claim);

  if (question.kind === "liveView") await runLiveStep(rooms, caller, attempt, question);
  else await runStep(rooms, caller, attempt, (adapter, call) => adapter.connect.finish(call, pending, answer));
}

/** Nothing of an answer is kept, not even its fingerprint: a password must not be guessed at from our tables. */
const withoutAnswer = ({ answer: _answer, ...given }: FinishConnectionInput) => given;

/** What was wanted is there already: asked again without an idempotency key, the answer is the same. */
const isConnected = ({ attemptState, status }: ConnectionRow): boolean =>
  attemptState === "CONNECTED" && status === "ACTIVE";

/** True: it was answered before, and is answered from what is there. Throws what was refused then. */
async function repeatFinish(rooms: Rooms, caller: Caller, claim: Claim): Promise<boolean> {
  const row = await rooms.data.inScope(caller.scope, (tx) => idempotency.find(tx, claim.key));
  if (row === null) return false;
  const result = (await recall(rooms, caller, claim, row)) as {
    readonly refused?: { readonly code: RefusalCode; readonly message: string };
  } | null;
  const refused = result?.refused;
  if (refused === undefined) return true;
  throw new Refusal(refused.code, refused.message, {
    nextAction: "This repeats the first answer of this idempotency key; give a new key with a new answer.",
  });
}

async function expectQuestion(rooms: Rooms, caller: Caller, { row, key }: Standing): Promise<Question> {
  refuseUnlessAsked(rooms, row);
  const question = await openQuestion(rooms, caller, row, key);
  if (question === null) throw notAsked(false);
  return question;
}

function refuseUnlessAsked(rooms: Rooms, row: ConnectionRow): void {
  if (isOpen(row) && isLeased(rooms, row)) throw underWay();
  const isLate = row.attemptExpiresAt !== null && row.attemptExpiresAt <= rooms.clock.now();
  if (row.attemptState === "LAPSED" || (isOpen(row) && isLate)) throw notAsked(true);
  if (row.attemptState !== "ASKED" || row.attemptAnswers >= MAX_ANSWERS) throw notAsked(false);
}

const notAsked = (isLate: boolean): Refusal =>
  new Refusal(
    "INVALID",
    isLate ? "The time to answer is over." : "Nothing is being asked of the shopper for this connection.",
    { field: ["connection"], nextAction: "Begin with `startConnection`." },
  );

/** Intend: the answer is counted (whoever asks whether the live view is done has answered nothing) and the attempt leased, so that two answers are not given to the store at once. */
async function takeAnswer(
  rooms: Rooms,
  caller: Caller,
  standing: Standing,
  { confirmOtherAccount, counts }: Pick<FinishConnectionInput, "confirmOtherAccount"> & { readonly counts: boolean },
  claim: Claim | null,
): Promise<Attempt> {
  const { row: seen, key } = standing;
  const row = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, seen.id);
    if (now === null) throw connectionNotFound();
    // Somebody else's answer was the first, and the right one.
    if (now.attemptId === seen.attemptId && isConnected(now)) throw underWay();
    refuseUnlessAsked(rooms, now);
    // Asked anew since it was read: this answer belongs to an older question.
    if (now.attemptId !== seen.attemptId || now.attemptAnswers !== seen.attemptAnswers) throw underWay();
    return move(rooms, tx, now, {
      attemptLeaseUntil: leaseFrom(rooms),
      attemptAnswers: now.attemptAnswers + (counts ? 1 : 0),
    });
  });
  if (key === null) throw notAsked(false);
  const store = expectStore(standing);
  return { row, store, key, stage: "finish", confirmOtherAccount: confirmOtherAccount === true, claim };
}
