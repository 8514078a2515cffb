/** Connecting a shopper to a store: begin, give up, or let it lapse. The answer is in connection-finish.ts. */
import { setTimeout as wait } from "node:timers/promises";
import type { Hint, ProfileField } from "@shopkey/adapter-sdk";
import { record } from "../audit/index.js";
import {
  type ConnectionRow,
  type ConsumerCard,
  connections,
  consumers,
  idempotency,
  type StoreRow,
  stores,
  type Tx,
} from "../data/index.js";
import { asId, type ConnectionId, newId, toWire } from "../kernel/ids.js";
import type { Caller } from "./caller.js";
import { adapterOf, readCard } from "./checkout-ground.js";
import { assembleIdentity } from "./checkout-identity.js";
import { ATTEMPT_MS, type Attempt, isLeased, leaseFrom } from "./connection-attempt.js";
import { destroyLeft, endSession } from "./connection-context.js";
import { expectConnection, readStep } from "./connection-reading.js";
import { connectionNotFound, isOpen, later, move, recordAbout, standingOf, underWay } from "./connection-row.js";
import { endAttempt, runStep } from "./connection-step.js";
import type { ConnectionStepView } from "./connection-views.js";
import { isChosenReference } from "./consumer-names.js";
import type { ConnectionInput, StartConnectionInput } from "./inputs.js";
import { type Claim, claimOf, claimRow, once, recall } from "./once.js";
import { consumerKeyOf, consumerNotFound, expectOpen, storeKeyOf, storeNotFound } from "./references.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import type { ConnectionView } from "./views.js";

/** How long a repetition waits for the first one, in milliseconds. */
const PATIENCE_MS = 3_000;
const LOOK_EVERY_MS = 50;

export async function startConnection(
  rooms: Rooms,
  caller: Caller,
  given: StartConnectionInput,
): Promise<ConnectionStepView> {
  requireScope(caller, "connections:write");
  const claim = claimOf("startConnection", given);
  const begun = await begin(rooms, caller, given, claim);

  if (begun.kind === "new") {
    const { hint } = begun;
    await runStep(rooms, caller, begun.attempt, (adapter, call) => adapter.connect.start(call, hint));
  }

  return readStep(rooms, caller, begun.id);
}

type Begun =
  | { readonly kind: "known"; readonly id: ConnectionId }
  | {
      readonly kind: "new";
      readonly id: ConnectionId;
      readonly attempt: Attempt;
      readonly hint: Hint;
    };

/** What the idempotency key of a start stands for. */
interface StartIds {
  readonly connection: ConnectionId;
  readonly attempt: string;
}

/** Intend: the row, its attempt, the idempotency key and the lines in the ledger are committed before the store is asked. */
async function begin(rooms: Rooms, caller: Caller, given: StartConnectionInput, claim: Claim | null): Promise<Begun> {
  const ref = consumerKeyOf(given.consumer, ["consumer"]);
  const storeKey = storeKeyOf(given.store, ["store"]);
  const known = claim === null ? null : await recallStart(rooms, caller, claim);
  if (known !== null && !(await mayTakeUp(rooms, caller, known))) return { kind: "known", id: known.connection };
  const card = ref === null ? null : await readCard(rooms, caller, ref);
  if (card === null) throw consumerNotFound();
  const store = storeKey === null ? null : await rooms.data.inScope(caller.scope, (tx) => stores.find(tx, storeKey));
  if (store === null) throw storeNotFound();
  const adapter = adapterOf(rooms, store);
  const org = await openOrg(rooms, caller);
  const { identity } = assembleIdentity(org, card, {}, adapter.readinessFields as readonly ProfileField[], caller);
  const key = card.key ?? org.newConsumerKey(card.consumer.id, card.consumer.keyVersionLast + 1);
  const attemptId = known?.attempt ?? newId("con");
  const row = claim === null || known !== null ? null : await claimRow(rooms, caller, claim, null);
  const fields = Object.keys(identity) as ProfileField[];
  const confirmOtherAccount = given.confirmOtherAccount === true;
  const begun = await rooms.data.inScope(caller.scope, async (tx) => {
    if (row !== null && (await idempotency.claim(tx, row)) !== null) return null;
    await expectOpen(tx, card.consumer.id);
    const kept = card.key ?? (await consumers.keepKey(tx, card.consumer.id, key));
    if (kept === null) throw consumerNotFound();
    const opened = await openAttempt(rooms, caller, tx, card, store, attemptId, known !== null);
    if (opened === null) return null;
    const { row: opening, left } = opened;
    if (fields.length > 0) await record(tx, usedLine(rooms, caller, opening, fields));
    if (claim !== null) await idempotency.complete(tx, claim.key, { connection: opening.id, attempt: attemptId });
    const attempt = { row: opening, store, key: kept, stage: "start", confirmOtherAccount, claim } as const;
    return { attempt, left };
  });
  // Somebody with the same key was a moment faster.
  if (begun === null) return begin(rooms, caller, given, claim);
  await endSession(rooms, begun.left, "cancelled");
  if (begun.attempt.row.leftContexts.length > 0) await destroyLeft(rooms, caller, begun.attempt.row.id);
  return { kind: "new", id: begun.attempt.row.id, attempt: begun.attempt, hint: hintOf(card, identity) };
}

const hintOf = ({ consumer: { shopperReference } }: ConsumerCard, identity: Hint["identity"]): Hint => ({
  identity,
  ...(isChosenReference(shopperReference) ? { shopperReference } : {}),
});

async function recallStart(rooms: Rooms, caller: Caller, claim: Claim): Promise<StartIds | null> {
  const row = await rooms.data.inScope(caller.scope, (tx) => idempotency.find(tx, claim.key));
  if (row === null) return null;
  const ids = (await recall(rooms, caller, claim, row)) as { readonly connection: string; readonly attempt: string };
  return { connection: asId("con", ids.connection), attempt: ids.attempt };
}

/**
 * A repetition of a start: whether the store has to be asked, again where it failed, or for the first time where a crash
 * came before. Waits a little for one that is at the store now; throws CONFLICT when that takes longer.
 */
async function mayTakeUp(rooms: Rooms, caller: Caller, { connection, attempt }: StartIds): Promise<boolean> {
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    const row = await rooms.data.inScope(caller.scope, (tx) => connections.find(tx, connection));
    if (row === null) throw consumerNotFound();
    const isNewest = row.attemptId === attempt;
    if (!isNewest || !(row.attemptState === "BEGUN" || row.attemptState === "FAILED")) return false;
    if (row.attemptState === "FAILED" || !isLeased(rooms, row)) return true;
    if (waited >= PATIENCE_MS || caller.signal.aborted) throw underWay();
    await wait(LOOK_EVERY_MS);
  }
}

/**
 * The newest start wins: what an older one had asked is asked no more, and `left` is its live view. Null: somebody took this
 * very one up just now.
 */
async function openAttempt(
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  { consumer }: ConsumerCard,
  store: StoreRow,
  attemptId: string,
  isAgain: boolean,
): Promise<{ readonly row: ConnectionRow; readonly left: string | null } | null> {
  const wanted = { id: newId("con"), consumerId: consumer.id, storeId: store.id, at: rooms.clock.now() };
  const row = await connections.ensure(tx, wanted);
  if (isAgain && (row.attemptId !== attemptId || isLeased(rooms, row))) return null;
  const isStanding = row.status === "ACTIVE" || row.status === "EXPIRED";
  const opened = await move(rooms, tx, row, {
    ...{ attemptId, attemptState: "BEGUN", attemptAnswers: 0, pending: null },
    ...{ attemptSessionId: null, attemptContextId: null },
    ...{ attemptExpiresAt: later(rooms, ATTEMPT_MS), attemptLeaseUntil: leaseFrom(rooms) },
    ...(isStanding ? {} : { status: "PENDING", statusReason: null, via: "LOGIN" }),
  });
  await recordAbout(rooms, caller, tx, opened, "connection.started");
  return { row: opened, left: row.attemptSessionId };
}

const usedLine = (rooms: Rooms, caller: Caller, row: ConnectionRow, fields: readonly ProfileField[]) =>
  ledgerLine(rooms, caller, {
    action: "profile.used",
    subject: { kind: "connection", id: row.id },
    consumerId: row.consumerId,
    purpose: "connect",
    facts: { use: "connect", store: toWire("sto", row.storeId), fields },
  });

/** Gives an attempt up. What stood before it stands as it did; without an attempt there is nothing to do. */
export async function cancelConnection(
  rooms: Rooms,
  caller: Caller,
  given: ConnectionInput,
): Promise<{ readonly connection: ConnectionView }> {
  requireScope(caller, "connections:write");
  const { row: seen } = await standingOf(rooms, caller, given.connection);
  let left: string | null = null;
  const work = async (tx: Tx) => {
    const row = await connections.lock(tx, seen.id);
    if (row === null) throw connectionNotFound();
    if (isOpen(row)) {
      left = row.attemptSessionId;
      const ended = await endAttempt(rooms, tx, row, "CANCELLED", "CANCELLED");
      await recordAbout(rooms, caller, tx, ended, "connection.cancelled");
    }
    return { ids: { connection: row.id as string }, answer: null };
  };
  await once(rooms, caller, claimOf("cancelConnection", given), work, async () => null);
  await endSession(rooms, left, "cancelled");
  await destroyLeft(rooms, caller, seen.id);
  return { connection: await expectConnection(rooms, caller, seen.id) };
}

/** For the clock: an attempt that nobody finished in time. */
export async function lapse(rooms: Rooms, caller: Caller, id: ConnectionId): Promise<void> {
  const left = await rooms.data.inScope(caller.scope, async (tx) => {
    const row = await connections.lock(tx, id);
    const ends = row?.attemptExpiresAt ?? null;
    if (row === null || !isOpen(row) || ends === null || ends > rooms.clock.now() || isLeased(rooms, row)) return null;
    const lapsed = await endAttempt(rooms, tx, row, "LAPSED", "NOT_FINISHED");
    await recordAbout(rooms, caller, tx, lapsed, "connection.failed", { outcome: "NOT_FINISHED" });
    return row.attemptSessionId;
  });
  await endSession(rooms, left, "expired");
  await destroyLeft(rooms, caller, id);
}
