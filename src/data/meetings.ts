/** Who is at a Store's door: the hot path of its routes, one round trip for as many questions as there are. */
import type pg from "pg";
import type { ConnectionId, ConsumerId, OrgId, StoreId } from "../kernel/ids.js";
import { askPool, type Fields, type Statement, toArray, type Value } from "./placed-query.js";
import { isLost, readAgainWhenLost } from "./pool.js";
import type { ConsumerKeyRow, Environment, Json, Scope } from "./rows.js";
import { hotTypes } from "./wire.js";

/** A Store that was named in an address, with its org: all that is known before a request is proven. */
export interface AddressedStore extends Scope {
  readonly id: StoreId;
  readonly adapter: string;
  readonly settings: Json;
  /** Sealed. */
  readonly credentials: Buffer | null;
}

export interface MeetingAsk {
  /** Null: nothing is replayed. */
  readonly fingerprint: Buffer | null;
  readonly digests: readonly Buffer[];
  /** A UUID; null where it is asked by keys. */
  readonly id: string | null;
  readonly standings: readonly string[];
  readonly spend: boolean;
  /** A code; null: whoever it is may be answered. */
  readonly refuse: string | null;
  readonly withSecret: boolean;
}
/** Questions of one caller at one Store, all of one form (`formOf`). */
export interface MeetingBatch {
  readonly storeId: StoreId;
  readonly caller: Buffer;
  /** So many of them are paid for. */
  readonly paid: number;
  /** So many more may be taken from the caller's rate, for the rest and in advance. */
  readonly take: number;
  readonly perMinute: number;
  readonly burst: number;
  readonly asks: readonly MeetingAsk[];
}
export type MeetingRow =
  | { readonly kind: "known"; readonly id: string; readonly standing: string; readonly held: HeldSecret | null }
  | { readonly kind: "unknown" }
  | { readonly kind: "limited"; readonly retryAfterMs: number };
export interface HeldSecret {
  readonly consumerId: ConsumerId;
  readonly connectionId: ConnectionId;
  /** Sealed under the consumer's key. */
  readonly secret: Buffer | null;
  readonly key: ConsumerKeyRow | null;
}
export interface MeetingAnswers {
  /** In the order of the asks. */
  readonly rows: readonly MeetingRow[];
  /** What was taken of the rate and is not used yet. */
  readonly inAdvance: number;
}

/** Null when there is none, or it was removed. Before any org is known. */
export async function addressedStore(pool: pg.Pool, id: StoreId): Promise<AddressedStore | null> {
  interface Wire {
    org_id: OrgId;
    environment: Environment;
    adapter: string;
    settings: string;
    credentials: Buffer | null;
  }
  const { rows } = await readAgainWhenLost<Wire>(pool, {
    name: "store_by_address",
    text: "select * from store_by_address($1)",
    values: [id],
    types: hotTypes,
  });
  const row = rows[0];
  if (row === undefined) return null;
  const { org_id: orgId, environment, adapter, settings, credentials } = row;
  return { id, orgId, environment, adapter, settings: JSON.parse(settings) as Json, credentials };
}

const MEET: Statement = {
  name: "meet_shoppers",
  text: "select * from meet_shoppers($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
};

/** Only questions of one form are asked together. */
export const formOf = ({ fingerprint, digests, id, standings, spend, withSecret }: MeetingAsk): string =>
  `${fingerprint === null} ${digests.length} ${id === null} ${spend} ${withSecret} ${standings.join(",")}`;

/** All of one form (`formOf`), and no two of them with one fingerprint. */
export async function meetShoppers(pool: pg.Pool, scope: Scope, batch: MeetingBatch): Promise<MeetingAnswers> {
  const { asks } = batch;
  const [first] = asks;
  if (first === undefined) return { rows: [], inAdvance: 0 };
  const values = valuesOf(scope, batch, first);
  // A question that spends is asked again only where the repetition is known for one.
  const isRepeatable = !first.spend || first.fingerprint !== null;
  const [row] = await askPool(pool, MEET, values).catch((error: unknown) => {
    if (!isRepeatable || !isLost(error)) throw error;
    return askPool(pool, MEET, values);
  });
  if (row === undefined) throw new Error("the database left questions without an answer");
  return readAnswers(row, asks.length);
}

function valuesOf(scope: Scope, batch: MeetingBatch, first: MeetingAsk): readonly Value[] {
  const { asks, storeId, caller, paid, take, perMinute, burst } = batch;
  const isRefused = asks.some(({ refuse }) => refuse !== null);
  return [
    ...[scope.orgId, scope.environment, storeId, caller, String(paid), String(take), String(perMinute), String(burst)],
    String(asks.length),
    first.fingerprint === null ? null : joined(asks.flatMap(({ fingerprint }) => fingerprint ?? [])),
    String(first.digests.length),
    joined(asks.flatMap(({ digests }) => digests)),
    first.id === null ? null : toArray(asks.map(({ id }) => id ?? "")),
    ...[toArray(first.standings), String(first.spend)],
    isRefused ? toArrayOfSome(asks.map(({ refuse }) => refuse)) : null,
    String(first.withSecret),
  ];
}

const toArrayOfSome = (items: readonly (string | null)[]): string =>
  `{${items.map((item) => (item === null ? "NULL" : toArray([item]).slice(1, -1))).join(",")}}`;

const joined = (parts: readonly Buffer[]): Buffer => (parts[0] && parts.length === 1 ? parts[0] : Buffer.concat(parts));

type HeldWire = readonly [
  consumerId: ConsumerId,
  connectionId: ConnectionId,
  secretHex: string | null,
  keyVersion: number | null,
  kekVersion: number | null,
  wrappedHex: string | null,
];

function readAnswers([open, retry, ids, standings, known, held]: Fields, count: number): MeetingAnswers {
  const opened = Number(open);
  const [id, standing, isKnown] = [readWords(ids), readWords(standings), readWords(known)];
  const secrets = typeof held === "string" ? (JSON.parse(held) as readonly (HeldWire | null)[]) : [];
  const rows = Array.from({ length: count }, (_, at): MeetingRow => {
    if (at >= opened) return { kind: "limited", retryAfterMs: Number(retry) };
    const [whose, as] = [id[at], standing[at]];
    if (isKnown[at] !== "t" || whose === undefined || as === undefined || whose === "NULL") return UNKNOWN;
    return { kind: "known", id: whose, standing: as, held: readHeld(secrets[at]) };
  });
  return { rows, inAdvance: Math.max(0, opened - count) };
}

const UNKNOWN: MeetingRow = { kind: "unknown" };

/** Of words that need no quotes, as ids and standings are. */
const readWords = (array: string | null | undefined): readonly string[] => array?.slice(1, -1).split(",") ?? [];

function readHeld(wire: HeldWire | null | undefined): HeldSecret | null {
  if (wire === null || wire === undefined) return null;
  const [consumerId, connectionId, secret, version, kekVersion, wrapped] = wire;
  const isKey = version !== null && kekVersion !== null && wrapped !== null;
  return {
    ...{ consumerId, connectionId, secret: secret === null ? null : Buffer.from(secret, "hex") },
    key: isKey ? { version, kekVersion, wrapped: Buffer.from(wrapped, "hex") } : null,
  };
}
