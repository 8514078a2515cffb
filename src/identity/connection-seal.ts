/** What a connection keeps sealed under its consumer's key, each bound to the connection's id: label, secret, question. */
import type { Pass } from "@shopkey/adapter-sdk";
import type { ConnectionRow, ConsumerKeyRow, HeldSecret, StoreRow } from "../data/index.js";
import { type ConnectionId, type ConsumerId, toWire } from "../kernel/ids.js";
import { type ConsumerBox, EnvelopeRejected, type OrgVault } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { openOrg, type Rooms } from "./rooms.js";

const LABEL = "connection.accountLabel";
const SECRET = "connection.secret";
const PENDING = "connection.pending";
const CONTEXT_KEY = "connection.contextKey";
const PASS = "connection.pass";
const GROUPS = "connection.groups";

interface Sealed<T> {
  readonly connection: string;
  readonly held: T;
}
/** Which consumer's key opens it. */
export interface Owner {
  readonly id: ConnectionId;
  readonly consumerId: ConsumerId;
  readonly key: ConsumerKeyRow;
}

/** The shopper logs in, in the hosted browser. The link is a secret; so is the key of the context that it will be kept in. */
export interface LiveQuestion {
  readonly kind: "liveView";
  readonly url: string;
  readonly sessionId: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly contextId: string;
  /** Base64. */
  readonly contextKey: string;
  /** Said at the start: a live view is finished by itself, and nobody can say it then. */
  readonly confirmOtherAccount: boolean;
  readonly kept: unknown;
}

/** Something to show at the store's door, which the answer binds; the fields need not be answered. */
export interface PassQuestion {
  readonly kind: "pass";
  readonly pass: Pass;
  readonly fields: readonly { readonly name: string; readonly title: string; readonly kind: string }[];
  readonly kept: unknown;
}

/** What is asked of the shopper. `kept` is the adapter's own. */
export type Question =
  | LiveQuestion
  | PassQuestion
  | {
      readonly kind: "form";
      readonly fields: readonly { readonly name: string; readonly title: string; readonly kind: string }[];
      readonly kept: unknown;
    }
  | { readonly kind: "redirect"; readonly url: string; readonly kept: unknown };

function open<T>(box: ConsumerBox, field: string, id: ConnectionId, envelope: Buffer | null): T | null {
  if (envelope === null) return null;
  try {
    const bytes = box.open(field, envelope);
    try {
      const { connection, held } = JSON.parse(bytes.toString("utf8")) as Sealed<T>;
      return connection === id ? held : null;
    } finally {
      bytes.fill(0);
    }
  } catch (error) {
    // Sealed under a key that is gone, or moved here from another row: there is nothing to open.
    if (error instanceof EnvelopeRejected) return null;
    throw error;
  }
}

const seal = (box: ConsumerBox, field: string, id: ConnectionId, held: unknown): Buffer =>
  box.seal(field, JSON.stringify({ connection: id, held }));

/** Null when there is none, or it does not open. */
export const openLabel = (
  box: ConsumerBox,
  { id, accountLabel }: Pick<ConnectionRow, "id" | "accountLabel">,
): string | null => open(box, LABEL, id, accountLabel);

/** The store's own names of the groups that the shopper belongs to; null when they do not open. */
export const openGroups = (box: ConsumerBox, id: ConnectionId, groups: Buffer): readonly string[] | null =>
  open(box, GROUPS, id, groups);

export const sealGroups = (org: OrgVault, { id, consumerId, key }: Owner, groups: readonly string[]): Buffer =>
  org.withConsumer(consumerId, key, (box) => seal(box, GROUPS, id, groups));

/** The secret as the adapter gave it; null when there is none or it does not open. */
export async function openSecret(
  rooms: Rooms,
  caller: Caller,
  store: StoreRow,
  row: ConnectionRow,
  key: ConsumerKeyRow | null,
): Promise<unknown> {
  const held = await openHeld(rooms, caller, SECRET, row, row.secret, key);
  return held === null ? null : rooms.stores.keep(store.adapter, "secret", held);
}

/** The same at a Store's door, where nobody calls: not judged yet. */
export const openHeldSecret = (org: OrgVault, { consumerId, connectionId, secret, key }: HeldSecret): unknown =>
  secret === null || key === null
    ? null
    : org.withConsumer(consumerId, key, (box) => open<unknown>(box, SECRET, connectionId, secret));

/** What is asked of the shopper; null when nothing is, or it does not open. */
export const openQuestion = (
  rooms: Rooms,
  caller: Caller,
  row: ConnectionRow,
  key: ConsumerKeyRow | null,
): Promise<Question | null> => openHeld<Question>(rooms, caller, PENDING, row, row.pending, key);

async function openHeld<T>(
  rooms: Rooms,
  caller: Caller,
  field: string,
  row: ConnectionRow,
  envelope: Buffer | null,
  key: ConsumerKeyRow | null,
): Promise<T | null> {
  if (envelope === null || key === null) return null;
  const org = await openOrg(rooms, caller);
  const held = org.withConsumer(row.consumerId, key, (box) => open<T>(box, field, row.id, envelope));
  if (held === null) rooms.log.warn("a connection's secret does not open", { connectionId: toWire("con", row.id) });
  return held;
}

/** Seals a question. Throws when the adapter's part is not what it keeps. */
export async function sealQuestion(
  rooms: Rooms,
  caller: Caller,
  adapterId: string,
  { id, consumerId, key }: Owner,
  question: Question,
): Promise<Buffer> {
  const kept = await rooms.stores.keep(adapterId, "pending", question.kept);
  const org = await openOrg(rooms, caller);
  return org.withConsumer(consumerId, key, (box) => seal(box, PENDING, id, { ...question, kept }));
}

/** Seals a new login: its secret, and its label where there is one. */
export async function sealLogin(
  rooms: Rooms,
  caller: Caller,
  adapterId: string,
  { id, consumerId, key }: Owner,
  login: { readonly secret: unknown; readonly label: string | null },
): Promise<{ readonly secret: Buffer; readonly accountLabel: Buffer | null }> {
  const kept = await rooms.stores.keep(adapterId, "secret", login.secret);
  const org = await openOrg(rooms, caller);
  return org.withConsumer(consumerId, key, (box) => ({
    secret: seal(box, SECRET, id, kept),
    accountLabel: login.label === null ? null : seal(box, LABEL, id, login.label),
  }));
}

/** A pass as it was shown, for a repetition; base64. */
export async function sealPass(
  rooms: Rooms,
  caller: Caller,
  { id, consumerId, key }: Owner,
  pass: Pass,
): Promise<string> {
  const org = await openOrg(rooms, caller);
  return org.withConsumer(consumerId, key, (box) => seal(box, PASS, id, pass)).toString("base64");
}

/** Null when it does not open. */
export const openPass = (
  rooms: Rooms,
  caller: Caller,
  row: ConnectionRow,
  key: ConsumerKeyRow | null,
  sealed: string,
): Promise<Pass | null> => openHeld<Pass>(rooms, caller, PASS, row, Buffer.from(sealed, "base64"), key);

/** A context's key, for its row. */
export async function sealContextKey(
  rooms: Rooms,
  caller: Caller,
  { id, consumerId, key }: Owner,
  contextKey: Uint8Array,
): Promise<Buffer> {
  const org = await openOrg(rooms, caller);
  const held = Buffer.from(contextKey).toString("base64");
  return org.withConsumer(consumerId, key, (box) => seal(box, CONTEXT_KEY, id, held));
}

/** Null when there is none or it does not open; the caller wipes it. */
export async function openContextKey(
  rooms: Rooms,
  caller: Caller,
  row: ConnectionRow,
  key: ConsumerKeyRow | null,
): Promise<Buffer | null> {
  const held = await openHeld<string>(rooms, caller, CONTEXT_KEY, row, row.contextKey, key);
  return held === null ? null : Buffer.from(held, "base64");
}

/** What the account's fingerprint is made of; with the connection in it, two shoppers' fingerprints are never equal. */
export const accountText = (id: ConnectionId, account: string): string => `connection.account ${id} ${account}`;
