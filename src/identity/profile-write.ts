/** One change of a profile: read, merge, seal, write if nobody was faster; read again when somebody was. */
import { setTimeout as wait } from "node:timers/promises";
import {
  type AuditEventInsert,
  type CardWant,
  type ConnectionCard,
  type ConsumerKeyRow,
  type ConsumerRow,
  type ConsumerRef as DataConsumerRef,
  type IdempotencyInsert,
  idempotency,
  type Json,
  type ProfileOutline,
  type ProfileWrite,
  type ProfileWriteResult,
} from "../data/index.js";
import { type ConsumerId, newId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { OrgVault } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { newShopperReference } from "./consumer-names.js";
import { type Claim, claimRow, recall } from "./once.js";
import { consumerClosed, consumerNotFound } from "./references.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";

/** Ids of the answer, for a repetition. */
export type WriteIds = { readonly consumer: string; readonly created: boolean };

/** The consumer as it was read, or as it is about to be made. */
export interface Draft {
  readonly org: OrgVault;
  readonly consumerId: ConsumerId;
  /** Null: the consumer is new. */
  readonly read: ProfileOutline | null;
  readonly connections: readonly ConnectionCard[];
  readonly key: ConsumerKeyRow;
}

/** What a change comes to; nothing is written when `units` is null. */
export interface Change<T> {
  readonly units: ProfileWrite["units"] | null;
  readonly index: ProfileWrite["index"];
  readonly ledger: AuditEventInsert;
  /** Handed back with the row that was written. */
  readonly kept: T;
}

export interface WriteTarget {
  readonly ref: DataConsumerRef | null;
  /** Set: a consumer of this external id is made when there is none. */
  readonly createAs: string | null;
  readonly connections: CardWant["connections"];
  /** Whether the change opens what is sealed. */
  readonly withUnits: boolean;
  readonly claim: Claim | null;
  readonly field: readonly string[];
  /** Asked before a consumer is made; throws when none may be. */
  readonly mayMake?: () => Promise<void>;
}

export type Written<T> =
  | {
      readonly kind: "written";
      readonly consumer: ConsumerRow;
      readonly created: boolean;
      readonly updatedAt: Date;
      readonly kept: T;
    }
  | { readonly kind: "repeated"; readonly ids: WriteIds };

const MAX_ATTEMPTS = 12;

/** `change` is called anew for each attempt and is synchronous: plaintext does not outlive it. */
export async function writeProfile<T>(
  rooms: Rooms,
  caller: Caller,
  target: WriteTarget,
  change: (draft: Draft) => Change<T>,
): Promise<Written<T>> {
  if (target.ref === null) throw consumerNotFound(target.field);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const read = await rooms.data.profileOutline(caller.scope, target.ref, target.withUnits);
    if (read === null && target.createAs === null) throw consumerNotFound(target.field);
    if (read === null) await target.mayMake?.();
    if (read?.consumer.status === "ANONYMIZED") throw forgotten(target);
    if (read?.consumer.status === "FROZEN") throw consumerClosed(target.field);
    const written = await tryWrite(rooms, caller, target, read, change);
    if (written !== null) return written;
    await wait(Math.random() * 4 * attempt);
  }
  throw new Refusal("CONFLICT", "The profile is being changed by others at the same time.", {
    nextAction: "Try again in a moment.",
  });
}

/** An org that saves under its own id must learn why it cannot; whoever only refers to a consumer sees nothing there. */
const forgotten = ({ createAs, field }: WriteTarget): Refusal =>
  createAs === null
    ? consumerNotFound(field)
    : new Refusal("CONSUMER_ANONYMIZED", "This shopper was forgotten; nothing can be saved for them.", { field });

/** Null: somebody was faster. */
async function tryWrite<T>(
  rooms: Rooms,
  caller: Caller,
  target: WriteTarget,
  read: ProfileOutline | null,
  change: (draft: Draft) => Change<T>,
): Promise<Written<T> | null> {
  const connections = await connectionsOf(rooms, caller, target, read);
  const org = await openOrg(rooms, caller);
  const consumerId = read?.consumer.id ?? newId("csm");
  const newKey = read === null || read.key === null;
  const key = read?.key ?? org.newConsumerKey(consumerId, (read?.consumer.keyVersionLast ?? 0) + 1);
  const created = read === null;
  // The ledger is read by id: its line of the making comes before that of the saving.
  const create = created && target.createAs !== null ? creation(rooms, caller, consumerId, target.createAs) : null;
  const { units, index, ledger, kept } = change({ org, consumerId, read, connections, key });
  if (units === null && read !== null)
    return { kind: "written", consumer: read.consumer, created: false, updatedAt: read.consumer.updatedAt, kept };
  const saved = await rooms.data.saveProfile(caller.scope, {
    consumerId,
    create,
    key,
    newKey,
    expectedRevision: read?.revision ?? 0,
    units: units ?? {},
    index,
    ledger,
    idempotency: await idempotencyRow(rooms, caller, target.claim, { consumer: consumerId, created }),
    read,
  });
  return settleWrite(rooms, caller, target, saved, { created, kept });
}

async function settleWrite<T>(
  rooms: Rooms,
  caller: Caller,
  target: WriteTarget,
  saved: ProfileWriteResult,
  { created, kept }: { readonly created: boolean; readonly kept: T },
): Promise<Written<T> | null> {
  switch (saved.outcome) {
    case "saved": {
      const { consumer, updatedAt } = saved;
      if (consumer === null || updatedAt === null) throw new Error("a saved profile came back without its row");
      return { kind: "written", consumer, created, updatedAt, kept };
    }
    case "repeated":
      return { kind: "repeated", ids: await recallIds(rooms, caller, target.claim) };
    case "anonymized":
      throw forgotten(target);
    case "not_found":
      throw consumerNotFound(target.field);
    case "conflict":
      return null;
  }
}

/** Few ask for them with a save. */
async function connectionsOf(
  rooms: Rooms,
  caller: Caller,
  { connections }: WriteTarget,
  read: ProfileOutline | null,
): Promise<readonly ConnectionCard[]> {
  if (read === null || connections === false) return [];
  const card = await rooms.data.consumerCard(caller.scope, { id: read.consumer.id }, { profile: false, connections });
  return card?.connections ?? [];
}

const creation = (rooms: Rooms, caller: Caller, consumerId: ConsumerId, externalId: string) => ({
  externalId,
  shopperReference: newShopperReference(),
  ledger: ledgerLine(rooms, caller, {
    action: "consumer.created",
    subject: { kind: "consumer", id: consumerId },
    consumerId,
  }),
});

const idempotencyRow = (
  rooms: Rooms,
  caller: Caller,
  claim: Claim | null,
  ids: WriteIds,
): IdempotencyInsert | null | Promise<IdempotencyInsert> =>
  claim === null ? null : claimRow(rooms, caller, claim, ids as unknown as Json);

async function recallIds(rooms: Rooms, caller: Caller, claim: Claim | null): Promise<WriteIds> {
  if (claim === null) throw new Error("a save without an idempotency key was taken for a repetition");
  const row = await rooms.data.inScope(caller.scope, (tx) => idempotency.find(tx, claim.key));
  if (row === null) throw new Error("the idempotency key of a repetition is gone");
  return (await recall(rooms, caller, claim, row)) as unknown as WriteIds;
}
