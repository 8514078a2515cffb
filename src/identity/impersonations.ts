/** An operator takes a customer's place at a store: intend, do, settle. The end is in impersonation-end.ts. */
import { setTimeout as wait } from "node:timers/promises";
import type { ProfileField } from "@shopkey/adapter-sdk";
import { record } from "../audit/index.js";
import { type ImpersonationRow, idempotency, impersonations, type StoreRow, stores } from "../data/index.js";
import { asId, type ConsumerId, type ImpersonationId, newId, toWire } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { adapterOf, readCard } from "./checkout-ground.js";
import { assembleIdentity } from "./checkout-identity.js";
import { runStart } from "./impersonation-attempt.js";
import { holdGround } from "./impersonation-ground.js";
import {
  type CustomerIntent,
  type ImpersonationIntent,
  judgeImpersonation,
  requirePerson,
} from "./impersonation-input.js";
import { readSession } from "./impersonation-reading.js";
import { inTime, leaseFrom, notSupported, operatorKeyOf, readRow, recordAbout } from "./impersonation-row.js";
import { sealCustomer } from "./impersonation-seal.js";
import type { ImpersonationSessionView } from "./impersonation-views.js";
import type { StartImpersonationInput } from "./inputs.js";
import { type Claim, claimOf, claimRow, recall } from "./once.js";
import { findLogin, holdLogin } from "./operator-login-use.js";
import { consumerKeyOf, consumerNotFound, storeKeyOf, storeNotFound } from "./references.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";
import { newRowKey } from "./row-seal.js";
import { requireScope } from "./scopes.js";

/** How long a repetition waits for the first one, in milliseconds. */
const PATIENCE_MS = 3_000;
const LOOK_EVERY_MS = 50;

export async function startImpersonation(
  rooms: Rooms,
  caller: Caller,
  given: StartImpersonationInput,
): Promise<{ readonly impersonationSession: ImpersonationSessionView }> {
  requireScope(caller, "impersonations:write");
  requirePerson(caller);
  const intent = judgeImpersonation(caller, given);
  // The token is write-only: it is no part of what an idempotency key stands for, either.
  const withoutToken: StartImpersonationInput = { ...given, operator: { name: given.operator?.name } };
  const claim = claimOf("startImpersonation", withoutToken);
  const begun = await begin(rooms, caller, given, intent, claim);

  if (begun.kind === "new") await runStart(rooms, caller, begun.attempt);
  else await letSettle(rooms, caller, begun.id);

  return { impersonationSession: await readSession(rooms, caller, begun.id) };
}

/** What a start needs that is kept nowhere in the open. */
export interface Attempt {
  readonly row: ImpersonationRow;
  readonly store: StoreRow;
  readonly email: string;
  readonly token: string | null;
}
type Begun =
  | { readonly kind: "known"; readonly id: ImpersonationId }
  | { readonly kind: "new"; readonly id: ImpersonationId; readonly attempt: Attempt };

async function begin(
  rooms: Rooms,
  caller: Caller,
  given: StartImpersonationInput,
  intent: ImpersonationIntent,
  claim: Claim | null,
): Promise<Begun> {
  const known = claim === null ? null : await recallStart(rooms, caller, claim);
  if (known !== null) return { kind: "known", id: known };
  const parties = await findParties(rooms, caller, given, intent);
  const row = await intend(rooms, caller, intent, parties, claim);
  // Somebody with the same key was a moment faster.
  if (row === null) return begin(rooms, caller, given, intent, claim);
  const { store, customer, login } = parties;
  const attempt = { row, store, email: customer.email, token: intent.token ?? login?.token ?? null };
  return { kind: "new", id: row.id, attempt };
}

/** Who takes whose place, and where. */
interface Parties {
  readonly store: StoreRow;
  readonly customer: FoundCustomer;
  /** The operator's own login at the store, where no token was given. */
  readonly login: Awaited<ReturnType<typeof findLogin>>;
}

async function findParties(
  rooms: Rooms,
  caller: Caller,
  given: StartImpersonationInput,
  intent: ImpersonationIntent,
): Promise<Parties> {
  const storeKey = storeKeyOf(given.store, ["store"]);
  const store = storeKey === null ? null : await rooms.data.inScope(caller.scope, (tx) => stores.find(tx, storeKey));
  if (store === null) throw storeNotFound();
  if (!adapterOf(rooms, store).capabilities.includes("IMPERSONATION")) throw notSupported();
  const customer = await findCustomer(rooms, caller, intent.customer);
  const login = intent.token === null ? await findLogin(rooms, caller, store, intent.operator) : null;
  return { store, customer, login };
}

/**
 * The row with its key, the idempotency key and the ledger's lines are committed before the store is asked. Null: somebody
 * else has the same idempotency key.
 */
async function intend(
  rooms: Rooms,
  caller: Caller,
  intent: ImpersonationIntent,
  { store, customer, login }: Parties,
  claim: Claim | null,
): Promise<ImpersonationRow | null> {
  const id = newId("imp");
  const org = await openOrg(rooms, caller);
  const key = newRowKey(org, id);
  const sealed = sealCustomer(org, id, key, { email: customer.email, storeUserId: null });
  const once = claim === null ? null : await claimRow(rooms, caller, claim, null);
  return rooms.data.inScope(caller.scope, async (tx) => {
    if (once !== null && (await idempotency.claim(tx, once)) !== null) return null;
    const holderEndsAt = await holdGround(caller, tx, store, customer.consumerId);
    if (login !== null && !(await holdLogin(tx, login.id))) throw loginGone();
    const wanted = inTime(rooms, intent.ttlMs);
    const lease = leaseFrom(rooms);
    const made = await impersonations.insert(tx, {
      ...{ id, storeId: store.id, consumerId: customer.consumerId, keyId: caller.keyId, emailDigest: customer.digest },
      ...{ operator: intent.operator, operatorKey: operatorKeyOf(intent.operator), isVouched: intent.isVouched },
      ...{ isByToken: caller.actorKind === "TOKEN", holderEndsAt, operatorLoginId: login?.id ?? null },
      ...{ reason: intent.reason, expiresAt: earliest(wanted, holderEndsAt) },
      ...{ keyVersion: key.version, kekVersion: key.kekVersion, wrapped: key.wrapped, customer: sealed },
      ...{ leaseUntil: lease, dueAt: lease, createdAt: rooms.clock.now() },
    });
    if (made === null) throw placeTaken();
    if (customer.fields.length > 0) await record(tx, usedLine(rooms, caller, made, customer.fields));
    await recordAbout(rooms, caller, tx, made, "impersonation.started");
    if (claim !== null) await idempotency.complete(tx, claim.key, { impersonation: id });
    return made;
  });
}

async function recallStart(rooms: Rooms, caller: Caller, claim: Claim): Promise<ImpersonationId | null> {
  const row = await rooms.data.inScope(caller.scope, (tx) => idempotency.find(tx, claim.key));
  if (row === null) return null;
  return asId("imp", ((await recall(rooms, caller, claim, row)) as { readonly impersonation: string }).impersonation);
}

interface FoundCustomer {
  readonly email: string;
  readonly digest: Buffer | null;
  readonly consumerId: ConsumerId | null;
  /** Fields of the profile that are used. */
  readonly fields: readonly ProfileField[];
}

/** A consumer's own saved address; or an address, and the consumer whose it is where exactly one has saved it. */
async function findCustomer(rooms: Rooms, caller: Caller, customer: CustomerIntent): Promise<FoundCustomer> {
  if (customer.kind === "consumer") {
    const ref = consumerKeyOf(customer.ref, ["customer", "consumer"]);
    const card = ref === null ? null : await readCard(rooms, caller, ref);
    if (card === null) throw consumerNotFound(["customer", "consumer"]);
    const org = await openOrg(rooms, caller);
    const email = assembleIdentity(org, card, {}, ["buyer.email"], caller).identity["buyer.email"];
    if (email === undefined) throw noEmail();
    const digest = org.blindIndex("email", email)[0]?.value ?? null;
    return { email, digest, consumerId: card.consumer.id, fields: ["buyer.email"] };
  }
  const { email } = customer;
  const digests = (await openOrg(rooms, caller)).blindIndex("email", email).map(({ value }) => value);
  const found = await rooms.data.inScope(caller.scope, (tx) => impersonations.consumersByEmail(tx, digests));
  return { email, digest: digests[0] ?? null, consumerId: found.length === 1 ? (found[0] ?? null) : null, fields: [] };
}

const noEmail = () =>
  new Refusal(
    "IDENTITY_INCOMPLETE",
    "The consumer has no saved e-mail address, and the store finds a customer by one.",
    {
      field: ["customer", "consumer"],
      nextAction: "`saveProfile` with the e-mail address, or give it as `customer.email`.",
    },
  );

const earliest = (one: Date, other: Date | null): Date => (other !== null && other < one ? other : one);

const loginGone = () =>
  new Refusal("CONFLICT", "The operator's login at the store was ended at this moment.", {
    nextAction: "`connectOperator`, and let the operator log in again.",
  });

const placeTaken = () =>
  new Refusal(
    "CONFLICT",
    "This operator is in a customer's place at this Store already, or the end is not confirmed yet.",
    {
      field: ["operator"],
      nextAction: "`endImpersonation` of the one that is there; see `impersonationSessions`.",
    },
  );

const usedLine = (rooms: Rooms, caller: Caller, row: ImpersonationRow, fields: readonly ProfileField[]) =>
  ledgerLine(rooms, caller, {
    action: "profile.used",
    subject: { kind: "impersonationSession", id: row.id },
    consumerId: row.consumerId,
    purpose: row.reason,
    facts: { use: "impersonate", store: toWire("sto", row.storeId), fields },
  });

/** A repetition does not ask the store again: it waits a little for the one that does. */
async function letSettle(rooms: Rooms, caller: Caller, id: ImpersonationId): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS && !caller.signal.aborted; waited += LOOK_EVERY_MS) {
    const row = await readRow(rooms, caller, id);
    if (row?.state !== "VERIFYING") return;
    await wait(LOOK_EVERY_MS);
  }
}
