/** Who is at a Store's door: the hot path of its routes, one round trip for as many questions as there are. */
import type pg from "pg";
import type { ConnectionId, ConsumerId, OrgId, StoreId } from "../kernel/ids.js";
import { readAgainWhenLost } from "./pool.js";
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
/** Questions of one caller at one Store. */
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

interface MeetingWire {
  item: number;
  outcome: "known" | "unknown" | "limited";
  id: string;
  standing: string;
  consumer_id: ConsumerId | null;
  connection_id: ConnectionId;
  secret: Buffer | null;
  key_version: number | null;
  kek_version: number;
  wrapped: Buffer;
  retry_ms: number;
  in_advance: number;
}

const TEXT = "select * from meet_shoppers($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

export async function meetShoppers(pool: pg.Pool, scope: Scope, batch: MeetingBatch): Promise<MeetingAnswers> {
  const { asks, storeId, caller, paid, take, perMinute, burst } = batch;
  const from: number[] = [];
  const to: number[] = [];
  const digests: Buffer[] = [];
  for (const ask of asks) {
    from.push(digests.length + 1);
    digests.push(...ask.digests);
    to.push(digests.length);
  }
  // A question that spends is asked again only where the repetition is known for one.
  const isRepeatable = asks.every(({ spend, fingerprint }) => !spend || fingerprint !== null);
  const query = {
    name: "meet_shoppers",
    text: TEXT,
    values: [
      ...[scope.orgId, scope.environment, storeId, caller, paid, take, perMinute, burst],
      ...[asks.map(({ fingerprint }) => fingerprint), digests, from, to, asks.map(({ id }) => id)],
      asks.map(({ standings }) => standings.join(",")),
      ...[asks.map(({ spend }) => spend), asks.map(({ refuse }) => refuse), asks.map(({ withSecret }) => withSecret)],
    ],
    types: hotTypes,
  };
  const { rows } = await (isRepeatable ? readAgainWhenLost<MeetingWire>(pool, query) : pool.query<MeetingWire>(query));
  return { rows: rows.map(toMeeting), inAdvance: rows[0]?.in_advance ?? 0 };
}

function toMeeting(row: MeetingWire): MeetingRow {
  if (row.outcome === "limited") return { kind: "limited", retryAfterMs: row.retry_ms };
  if (row.outcome === "unknown") return { kind: "unknown" };
  const { consumer_id: consumerId, connection_id: connectionId, secret } = row;
  const key =
    row.key_version === null ? null : { version: row.key_version, kekVersion: row.kek_version, wrapped: row.wrapped };
  const held = consumerId === null ? null : { consumerId, connectionId, secret, key };
  return { kind: "known", id: row.id, standing: row.standing, held };
}
