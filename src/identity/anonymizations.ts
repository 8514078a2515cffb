/** A shopper asks to be forgotten: the wish, taken back while that is possible, and settled where a person had to act. */
import {
  type AnonymizationRow,
  anonymizations,
  type ConsumerRow,
  consumers,
  erasure,
  type Regulation,
  stores,
  type Tx,
} from "../data/index.js";
import { type AnonymizationId, asId, newId, type StoreId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import { freezeDoings } from "./anonymization-freeze.js";
import type { RequestAnonymizationInput, SettleAnonymizationStepInput } from "./anonymization-inputs.js";
import { expectRequest, requestIdOf, requestNotFound } from "./anonymization-reading.js";
import { readWish, recordWish, stepsFor } from "./anonymization-steps.js";
import { deadlineOf, graceOf } from "./anonymization-times.js";
import type { AnonymizationView } from "./anonymization-views.js";
import type { Caller } from "./caller.js";
import { endImpersonationsOf } from "./impersonation-end.js";
import type { StoreRef } from "./inputs.js";
import { judgeNote, judgeReference } from "./names.js";
import { claimOf, once } from "./once.js";
import { consumerKeyOf, consumerNotFound, storeKeyOf, storeNotFound } from "./references.js";
import type { Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";

export interface Requested {
  readonly request: AnonymizationView;
}

/** A person of the org decides this, never a program by itself. Throws FORBIDDEN. */
export function requirePerson(caller: Caller): void {
  requireScope(caller, "anonymizations:write");
  if (caller.owner.kind === "USER") return;
  throw new Refusal("FORBIDDEN", "Only a key whose owner is a user of the org may have a shopper forgotten.", {
    nextAction: "Use a key that was made with the owner kind USER, and the scope anonymizations:write.",
  });
}

/** One request at a time: for a consumer who has one, that one is answered. */
export async function requestAnonymization(
  rooms: Rooms,
  caller: Caller,
  given: RequestAnonymizationInput,
): Promise<Requested> {
  requirePerson(caller);
  const ref = consumerKeyOf(given.consumer, ["consumer"]);
  const regulation = judgeRegulation(given.regulation);
  const note = judgeNote(given.note, ["note"]);
  const work = async (tx: Tx) => {
    const seen = ref === null ? null : await consumers.find(tx, ref);
    const consumer = seen === null ? null : await consumers.find(tx, { id: seen.id }, "lock");
    if (consumer === null || consumer.status === "ANONYMIZED") throw consumerNotFound();
    const open = await anonymizations.findOpen(tx, consumer.id);
    const id = open?.id ?? (await intend(rooms, caller, tx, consumer, { regulation, note, stores: given.stores }));
    return { ids: { anonymization: id as string }, answer: id };
  };
  const claim = claimOf("requestAnonymization", withoutNote(given));
  const id = await once(rooms, caller, claim, work, async (_tx, ids) => asId("anr", ids.anonymization));
  const wish = await rooms.data.inScope(caller.scope, async (tx) => {
    const row = await anonymizations.find(tx, id);
    return row?.state === "REQUESTED" ? readWish(tx, row) : null;
  });
  // The clock does it again: what fails here is not lost.
  if (wish !== null) await freezeDoings(rooms, caller, wish).catch(() => false);
  return { request: await expectRequest(rooms, caller, id) };
}

/** What a person wrote may be about the shopper: no fingerprint of it outlives them. These keys stay, as the requests do. */
const withoutNote = <T extends { readonly note?: string | null }>({ note: _note, ...given }: T) => given;

function judgeRegulation(regulation: unknown): Regulation {
  if (regulation === undefined || regulation === null) return "LGPD";
  if (regulation === "LGPD" || regulation === "GDPR" || regulation === "CCPA") return regulation;
  throw new Refusal("INVALID", "Must be LGPD, GDPR or CCPA.", { field: ["regulation"] });
}

/** From the commit of this on nothing is saved or begun for the consumer. */
async function intend(
  rooms: Rooms,
  caller: Caller,
  tx: Tx,
  consumer: ConsumerRow,
  wish: { readonly regulation: Regulation; readonly note: string | null; readonly stores: unknown },
): Promise<AnonymizationId> {
  const requestedAt = rooms.clock.now();
  const id = newId("anr");
  const row = {
    ...{ id, consumerId: consumer.id, regulation: wish.regulation, note: wish.note, requestedAt, dueAt: requestedAt },
    ...{ actorKind: caller.actorKind, actorId: caller.keyId },
    cancellableUntil: new Date(requestedAt.getTime() + graceOf(rooms, caller.scope.environment)),
    deadlineAt: deadlineOf(wish.regulation, requestedAt),
  };
  const asked = await storesFor(tx, consumer.id, wish.stores as readonly StoreRef[] | null | undefined);
  if (!(await anonymizations.insert(tx, row, stepsFor(asked)))) throw new Error("a locked consumer has two requests");
  await erasure.freeze(tx, consumer.id, requestedAt);
  await endImpersonationsOf(rooms, caller, tx, consumer.id);
  const made = await anonymizations.find(tx, id);
  if (made === null) throw new Error("the request that was made is not there");
  await recordWish(rooms, caller, tx, made, "anonymization.requested");
  return id;
}

const MAX_STORES = 100;

async function storesFor(
  tx: Tx,
  consumerId: ConsumerRow["id"],
  given: readonly StoreRef[] | null | undefined,
): Promise<readonly StoreId[]> {
  if (given === null || given === undefined)
    return (await erasure.storesThatKnow(tx, consumerId)).map((id) => asId("sto", id));
  if (given.length > MAX_STORES) throw new Refusal("INVALID", `Must be at most ${MAX_STORES}.`, { field: ["stores"] });
  const ids = new Set<StoreId>();
  for (const [at, ref] of given.entries()) {
    const field = ["stores", String(at)];
    const key = storeKeyOf(ref, field);
    const store = key === null ? null : await stores.find(tx, key);
    if (store === null) throw storeNotFound(field);
    ids.add(store.id);
  }
  return [...ids];
}

const OUTCOMES = { DONE: "DONE", FAILED: "FAILED", ASK_AGAIN: "WAITING" } as const;

/** What a person found out or did at a store that waited for them. */
export async function settleAnonymizationStep(
  rooms: Rooms,
  caller: Caller,
  given: SettleAnonymizationStepInput,
): Promise<Requested> {
  requirePerson(caller);
  const id = requestIdOf(given.request);
  const storeKey = storeKeyOf(given.store, ["store"]);
  const reference = judgeReference(given.reference, ["reference"]);
  const note = judgeNote(given.note, ["note"]);
  const state = OUTCOMES[given.outcome];
  if (state === undefined) throw new Refusal("INVALID", "Must be DONE, FAILED or ASK_AGAIN.", { field: ["outcome"] });
  const work = async (tx: Tx) => {
    const row = await anonymizations.lock(tx, id);
    if (row === null) throw requestNotFound();
    const step = await waitingStep(tx, row, storeKey);
    if (state === "DONE" && step.state === "AWAITING_OPERATOR" && reference === null)
      throw new Refusal("INVALID", "Give the reference by which the store knows it.", { field: ["reference"] });
    if (state === "WAITING" && row.committedAt !== null)
      throw new Refusal("TOO_LATE", "What the store would have to be told is destroyed.", { field: ["outcome"] });
    const at = rooms.clock.now();
    await anonymizations.changeStep(tx, id, step.position, {
      ...{ state, reason: state === "FAILED" ? "SETTLED_AS_FAILED" : null, dueAt: null },
      ...(reference === null ? {} : { reference }),
      ...(note === null ? {} : { note }),
      ...(state === "WAITING" ? { checkpoint: null, progress: null } : { endedAt: at }),
    });
    await anonymizations.change(tx, id, { dueAt: at });
    const about = { step: step.name, storeId: step.storeId, outcome: state };
    await recordWish(rooms, caller, tx, row, "anonymization.settled", about);
    return { ids: { anonymization: id as string }, answer: id };
  };
  await once(rooms, caller, claimOf("settleAnonymizationStep", withoutNote(given)), work, async () => id);
  return { request: await expectRequest(rooms, caller, id) };
}

async function waitingStep(tx: Tx, row: AnonymizationRow, key: Parameters<typeof stores.find>[1] | null) {
  const steps = await anonymizations.steps(tx, [row.id]);
  const store = key === null ? null : await stores.find(tx, key, "removed");
  const step = store === null ? undefined : steps.find(({ storeId }) => storeId === store.id);
  if (step === undefined)
    throw new Refusal("NOT_FOUND", "No such Store is asked by this request.", { field: ["store"] });
  if (row.endedAt === null && (step.state === "AWAITING_OPERATOR" || step.state === "AWAITING_SHOPPER")) return step;
  throw new Refusal("INVALID", "Nobody is waited for at this Store.", {
    field: ["store"],
    nextAction: "See the step's `status`.",
  });
}
