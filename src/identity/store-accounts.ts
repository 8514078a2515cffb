/**
 * The shopper's account at a store, as far as both sides may know of the other: how often the shopper has bought there raises
 * the consumer's status; what the org calls the shopper is told to stores that keep such a thing. It is written down with
 * what it comes from, done at once where that works, and by the clock where it does not.
 */
import type { Account, StoreEvent } from "@shopkey/adapter-sdk";
import { record } from "../audit/index.js";
import {
  type ConnectionRow,
  type ConsumerKeyRow,
  consumers,
  erasure,
  type Scope,
  type StoreAccountRow,
  type StoreStanding,
  storeAccounts,
  type Tx,
} from "../data/index.js";
import { type ConnectionId, fromWire, type StoreId, toWire } from "../kernel/ids.js";
import { errorFacts } from "../kernel/log.js";
import type { OrgVault } from "../vault/index.js";
import { tryAgainMs } from "./anonymization-times.js";
import type { Caller } from "./caller.js";
import { callIntent, later, readStanding, recordAbout, refusalIn, type Standing } from "./connection-row.js";
import { openSecret, sealGroups } from "./connection-seal.js";
import { isChosenReference } from "./consumer-names.js";
import { clockCaller } from "./orgs.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";
import { openTarget } from "./store-target.js";

/** Nobody else looks at the account for this long. */
const LEASE_MS = 120_000;
const BROKEN_MS = 60 * 60_000;
/** Somebody who asked to be forgotten may think better of it. */
const CLOSED_MS = 60 * 60_000;
/** Of refusals that time may mend: told for about two days, then no more until something changes. */
const MOST_ATTEMPTS = 48;

const STANDINGS: Readonly<Record<NonNullable<Account["standing"]>, StoreStanding>> = {
  prospect: "PROSPECT",
  acquired: "ACQUIRED",
  repeat: "REPEAT",
};
const readStandingWord = (word: unknown): StoreStanding | null =>
  typeof word === "string" && Object.hasOwn(STANDINGS, word) ? STANDINGS[word as keyof typeof STANDINGS] : null;

const accountPrint = (org: OrgVault, storeId: StoreId, account: string): Buffer =>
  org.fingerprint(`store.account ${storeId} ${account}`);
const referenceText = (id: ConnectionId, reference: string): string => `store.reference ${id} ${reference}`;

/** Keeps what the store said of the account, in the commit of what it was asked for; then `tendStoreAccount`. */
export async function noteAccount(
  tx: Tx,
  org: OrgVault,
  owner: ConnectionRow & { readonly key: ConsumerKeyRow },
  account: Account,
  at: Date,
): Promise<void> {
  if (account.id === null) return;
  const { shopperReference } = account;
  const groups = judgeGroups(account.groups);
  await storeAccounts.note(tx, {
    ...{ connectionId: owner.id, consumerId: owner.consumerId, storeId: owner.storeId, at },
    account: accountPrint(org, owner.storeId, account.id),
    standing: readStandingWord(account.standing),
    told: typeof shopperReference !== "string" ? null : org.fingerprint(referenceText(owner.id, shopperReference)),
    groups: groups === null ? null : sealGroups(org, owner, groups),
  });
}

const MOST_GROUPS = 50;
const LONGEST_GROUP = 200;

/** Null: the store says nothing of groups, or nothing that could be shown. */
function judgeGroups(groups: unknown): readonly string[] | null {
  if (!Array.isArray(groups)) return null;
  const names = groups.filter((name) => typeof name === "string" && name !== "" && name.length <= LONGEST_GROUP);
  return (names as readonly string[]).slice(0, MOST_GROUPS);
}

/** A store says by itself how often somebody has bought. Never throws: what is lost is seen the next time that it is asked. */
export async function hearOfStanding(
  rooms: Rooms,
  { orgId, environment, id }: Scope & { readonly id: StoreId },
  { facts }: StoreEvent,
): Promise<void> {
  const standing = readStandingWord(facts.standing);
  const { account } = facts;
  if (standing === null || typeof account !== "string" || account.length > 200) return;
  try {
    const org = rooms.vault.cachedOrg(orgId) ?? (await rooms.vault.org(orgId));
    const print = accountPrint(org, id, account);
    await rooms.data.inScope({ orgId, environment }, (tx) =>
      storeAccounts.hear(tx, id, print, standing, rooms.clock.now()),
    );
  } catch (error) {
    rooms.log.warn("what a store says of an account was lost", errorFacts(error));
  }
}

/** At once after `noteAccount`; what fails is the clock's. */
export async function tendAccountNow(rooms: Rooms, caller: Caller, id: ConnectionId): Promise<void> {
  try {
    await tendStoreAccount(rooms, caller.scope, toWire("con", id));
  } catch (error) {
    rooms.log.warn("an account at a store was left to the clock", {
      connectionId: toWire("con", id),
      ...errorFacts(error),
    });
  }
}

/** One account that is due; several gateways may try, and one of them does it. */
export async function tendStoreAccount(rooms: Rooms, scope: Caller["scope"], wire: string): Promise<void> {
  const id = fromWire("con", wire);
  if (id === null) return;
  const row = await rooms.data.inScope(scope, (tx) =>
    storeAccounts.takeDue(tx, id, rooms.clock.now(), later(rooms, LEASE_MS)),
  );
  if (row === null) return;
  const caller = await clockCaller(rooms, scope, new AbortController().signal);
  const reference = await raise(rooms, caller, row);
  if (reference === null) return settle(rooms, caller, row, null, { dueAt: later(rooms, CLOSED_MS) });
  const org = await openOrg(rooms, caller);
  const isTold = row.told !== null && org.matchesFingerprint(referenceText(id, reference), row.told);
  const standing = isTold || !isChosenReference(reference) ? null : await readStanding(rooms, caller, id);
  if (standing === null) return settle(rooms, caller, row, reference, { dueAt: null });
  await tell(rooms, caller, { row, standing, reference });
}

/** What the org calls the shopper; null when nothing may be done for the consumer now. */
const raise = (
  rooms: Rooms,
  caller: Caller,
  { consumerId, storeId, standing }: StoreAccountRow,
): Promise<string | null> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const consumer = await erasure.lockOpen(tx, consumerId);
    if (consumer === null) return null;
    if (standing !== null && (await consumers.raise(tx, consumerId, standing, rooms.clock.now()))) {
      const subject = { kind: "consumer", id: consumerId } as const;
      const facts = { changed: ["status" as const], store: toWire("sto", storeId) };
      await record(tx, ledgerLine(rooms, caller, { action: "consumer.updated", subject, consumerId, facts }));
    }
    return consumer.shopperReference;
  });

interface Telling {
  readonly row: StoreAccountRow;
  readonly standing: Standing;
  readonly reference: string;
}

/** Tells the store what the org calls the shopper now. Throws what is a bug, after it was put off. */
async function tell(rooms: Rooms, caller: Caller, telling: Telling): Promise<void> {
  const { row, reference } = telling;
  try {
    const isTold = await askStore(rooms, caller, telling);
    const told = (await openOrg(rooms, caller)).fingerprint(referenceText(row.connectionId, reference));
    await settle(rooms, caller, row, reference, isTold ? { dueAt: null, attempts: 0, told } : { dueAt: null });
    if (isTold) await noteTelling(rooms, caller, telling, "done");
  } catch (error) {
    const refusal = refusalIn(error);
    const attempts = row.attempts + 1;
    const isOver = refusal !== null && (refusal.retry !== "later" || attempts >= MOST_ATTEMPTS);
    const waitMs = refusal === null ? BROKEN_MS : (refusal.retryAfterMs ?? tryAgainMs(attempts));
    await settle(rooms, caller, row, reference, { dueAt: isOver ? null : later(rooms, waitMs), attempts });
    if (refusal === null) throw error;
    if (isOver) await noteTelling(rooms, caller, telling, refusal.code);
  }
}

/** Whether there was anything to tell it: the login stands, and the store keeps such a thing. */
async function askStore(rooms: Rooms, caller: Caller, { standing, reference }: Telling): Promise<boolean> {
  const { row, key, store } = standing;
  if (row.status !== "ACTIVE" || row.secret === null || store === null) return false;
  const secret = await openSecret(rooms, caller, store, row, key);
  if (secret === null) return false;
  const target = await openTarget(rooms, caller, store);
  const intent = callIntent(caller, `${toWire("con", row.id)}.told-${rooms.clock.now().getTime()}`);
  return rooms.stores.call(target, intent, async (adapter, call) => {
    if (adapter.connect.rename === undefined) return false;
    await adapter.connect.rename(call, secret, reference);
    return true;
  });
}

const noteTelling = (rooms: Rooms, caller: Caller, { standing }: Telling, outcome: string): Promise<void> =>
  rooms.data.inScope(caller.scope, (tx) =>
    recordAbout(rooms, caller, tx, standing.row, "connection.told", { outcome }),
  );

/** When the shopper was called something else meanwhile, it is due at once. */
const settle = (
  rooms: Rooms,
  caller: Caller,
  row: StoreAccountRow,
  reference: string | null,
  to: storeAccounts.StoreAccountEnd,
): Promise<void> =>
  rooms.data.inScope(caller.scope, async (tx) => {
    const consumer = await consumers.find(tx, { id: row.consumerId }, "lock");
    const isNews = reference !== null && consumer !== null && consumer.shopperReference !== reference;
    await storeAccounts.settle(tx, row, isNews ? { ...to, dueAt: rooms.clock.now() } : to);
  });
