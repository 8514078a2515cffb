/** One step of an attempt to connect: how what the store answered, or refused, is kept. */
import type { Account, AnyAdapter, Call, Step } from "@shopkey/adapter-sdk";
import { type ConnectionRow, type ConsumerKeyRow, connections, idempotency, type StoreRow } from "../data/index.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { callIntent, dropLogin, isOpen, later, move, recordAbout, refusalIn } from "./connection-row.js";
import { accountText, openSecret, type Question, sealLogin, sealQuestion } from "./connection-seal.js";
import { type Claim, claimRow } from "./once.js";
import { openOrg, type Rooms } from "./rooms.js";
import { openTarget } from "./store-target.js";

/** How long the shopper has for an attempt. */
export const ATTEMPT_MS = 15 * 60_000;
/** Nobody else asks the store for the same attempt meanwhile. */
const LEASE_MS = 60_000;
export const MAX_ANSWERS = 10;

export const leaseFrom = (rooms: Rooms): Date => later(rooms, LEASE_MS);
export const isLeased = (rooms: Rooms, { attemptLeaseUntil }: ConnectionRow): boolean =>
  attemptLeaseUntil !== null && attemptLeaseUntil > rooms.clock.now();

// biome-ignore lint/suspicious/noExplicitAny: what an adapter keeps is its own; it is judged before it is sealed.
type AnyStep = Step<any>;

/** An attempt whose intent is committed. `row` is as it was then. */
export interface Attempt {
  readonly row: ConnectionRow;
  readonly store: StoreRow;
  readonly key: ConsumerKeyRow;
  /** `start`: not asked yet. `finish`: the shopper has answered. */
  readonly stage: "start" | "finish";
  readonly confirmOtherAccount: boolean;
  readonly claim: Claim | null;
}

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
    if (step.kind === "connected") await settleLogin(rooms, caller, attempt, step);
    else await settleQuestion(rooms, caller, attempt, questionOf(step));
  } catch (error) {
    await settleRefusal(rooms, caller, attempt, error);
    throw error;
  }
}

/** An adapter that asks something else than it promised is broken; nothing of it is kept. */
function questionOf(step: Exclude<AnyStep, { kind: "connected" }>): Question {
  const isShort = (text: unknown, most: number) => typeof text === "string" && text.length > 0 && text.length <= most;
  if (step.kind === "redirect" && isShort(step.url, 2_000) && URL.parse(step.url)?.protocol === "https:")
    return { kind: "redirect", url: step.url, kept: step.pending };
  if (step.kind === "form" && step.fields.length > 0 && step.fields.length <= 20) {
    const fields = step.fields.map(({ name, title, kind }) => ({ name, title, kind }));
    if (fields.every(({ name, title }) => isShort(name, 64) && isShort(title, 200)))
      return { kind: "form", fields, kept: step.pending };
  }
  throw new Error("the adapter's step is not one that this gateway can lead a shopper through");
}

/** Whether the attempt that was begun is still the one under way; the row is locked. */
const isOurs = (row: ConnectionRow | null, { attemptId }: ConnectionRow): row is ConnectionRow =>
  row !== null && row.attemptId === attemptId && isOpen(row);

const overtaken = (): Refusal =>
  new Refusal("CONFLICT", "This attempt was ended, or another one was started, in the meantime.", {
    field: ["connection"],
    nextAction: "Look at the connection's status, and start again if it is not ACTIVE.",
  });

async function settleQuestion(rooms: Rooms, caller: Caller, attempt: Attempt, question: Question): Promise<void> {
  const { row, store, key } = attempt;
  const pending = await sealQuestion(rooms, caller, store.adapter, { ...row, key }, question);
  const once = attempt.claim === null || attempt.stage === "start" ? null : await answered(rooms, caller, attempt);
  const isKept = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, row.id);
    if (!isOurs(now, row)) return false;
    await move(rooms, tx, now, { attemptState: "ASKED", attemptLeaseUntil: null, pending });
    if (once !== null) await idempotency.claim(tx, once);
    return true;
  });
  if (!isKept) throw overtaken();
}

/** The answer's idempotency key, taken once something has come of it. Nothing of the answer is in it. */
const answered = (rooms: Rooms, caller: Caller, { claim, row }: Attempt, refused?: Refusal) =>
  claim === null
    ? null
    : claimRow(rooms, caller, claim, {
        connection: row.id,
        ...(refused === undefined ? {} : { refused: { code: refused.code, message: refused.message } }),
      });

type Connected = Extract<AnyStep, { kind: "connected" }>;

/** The new login takes the place of what was there: one connection for each shopper and store, mended in place. */
async function settleLogin(rooms: Rooms, caller: Caller, attempt: Attempt, step: Connected): Promise<void> {
  const { row, store, key, stage } = attempt;
  const { secret, account } = judgeLogin(step);
  const sealed = await sealLogin(rooms, caller, store.adapter, { ...row, key }, { secret, label: account.label });
  const once = stage === "start" ? null : await answered(rooms, caller, attempt);
  const org = await openOrg(rooms, caller);
  const at = rooms.clock.now();
  const outcome = await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, row.id);
    if (!isOurs(now, row)) return { kind: "overtaken" } as const;
    const text = account.id === null ? null : accountText(row.id, account.id);
    const isOther = text !== null && now.accountDigest !== null && !org.matchesFingerprint(text, now.accountDigest);
    if (isOther && !attempt.confirmOtherAccount) return { kind: "other account" } as const;
    const connected = await move(rooms, tx, now, {
      ...{ status: "ACTIVE", statusReason: null, via: stage === "start" ? "PROFILE" : "LOGIN", ...sealed },
      ...{ attemptState: "CONNECTED", attemptLeaseUntil: null, pending: null, lastVerifiedAt: at },
      ...{ accountDigest: text === null ? now.accountDigest : org.fingerprint(text), generation: now.generation + 1 },
      ...{ suspicions: 0, farewellAt: null, farewellSince: null, storeAgreed: null },
    });
    await recordAbout(rooms, caller, tx, connected, "connection.connected");
    if (once !== null) await idempotency.claim(tx, once);
    return { kind: "connected", before: isOther ? now : null } as const;
  });
  if (outcome.kind === "connected") return leaveOther(rooms, caller, store, outcome.before, key);
  // Nobody will ever use this login: it must not stay open at the store.
  await dropLogin(rooms, caller, store, row.id, secret);
  throw outcome.kind === "overtaken" ? overtaken() : otherAccount();
}

/** The account that the shopper left behind is logged out. */
async function leaveOther(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  before: ConnectionRow | null,
  key: ConsumerKeyRow,
): Promise<void> {
  const secret = before === null ? null : await openSecret(rooms, caller, store, before, key);
  if (before !== null && secret !== null) await dropLogin(rooms, caller, store, before.id, secret);
}

function judgeLogin({ secret, account }: Connected): { readonly secret: unknown; readonly account: Account } {
  const { id, label } = account;
  const isText = (text: unknown) => typeof text === "string" && text.length > 0 && text.length <= 200;
  if (!((id === null || isText(id)) && (label === null || isText(label))))
    throw new Error("the adapter's account is not what the contract says");
  return { secret, account: { id, label } };
}

const otherAccount = (): Refusal =>
  new Refusal("OTHER_ACCOUNT", "The shopper logged in to another account at the store than before.", {
    field: ["confirmOtherAccount"],
    nextAction:
      "Ask the shopper which account is meant, start again, and finish with `confirmOtherAccount: true` if it is the new one.",
  });

/** A store that is down leaves the question standing; so does a wrong answer, a few times. */
const isEnd = ({ stage, row }: Attempt, { code, retry }: Refusal): boolean =>
  stage === "start" ||
  retry === "never" ||
  code === "OTHER_ACCOUNT" ||
  (retry === "after-shopper" && row.attemptAnswers >= MAX_ANSWERS);

async function settleRefusal(rooms: Rooms, caller: Caller, attempt: Attempt, error: unknown): Promise<void> {
  const { row } = attempt;
  const refusal = refusalIn(error);
  const isTold = refusal !== null && (refusal.retry !== "later" || attempt.stage === "start");
  const once =
    refusal === null || !isTold || attempt.stage === "start" ? null : await answered(rooms, caller, attempt, refusal);
  await rooms.data.inScope(caller.scope, async (tx) => {
    const now = await connections.lock(tx, row.id);
    if (!isOurs(now, row)) return;
    // A bug of the adapter: whoever asks again begins where this stopped.
    if (refusal === null) return void (await move(rooms, tx, now, { attemptLeaseUntil: null }));
    const kept = isEnd(attempt, refusal) ? await endAttempt(rooms, tx, now, "FAILED", refusal.code) : null;
    const left = kept ?? (await move(rooms, tx, now, { attemptLeaseUntil: null }));
    if (isTold) await recordAbout(rooms, caller, tx, left, "connection.failed", { outcome: refusal.code });
    if (once !== null) await idempotency.claim(tx, once);
  });
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
    ...{ attemptState, attemptLeaseUntil: null, pending: null },
    ...(row.status === "PENDING" ? { status: "FAILED", statusReason: reason } : {}),
  });
