import type pg from "pg";
import type { ConnectionId, ConsumerId, StoreId } from "../kernel/ids.js";
import { readAgainWhenLost } from "./pool.js";
import type {
  CardWant,
  ConnectionCard,
  ConnectionStatus,
  ConnectionVia,
  ConsumerCard,
  ConsumerFilter,
  ConsumerPageQuery,
  ConsumerRef,
  ConsumerStatus,
  Json,
  Scope,
} from "./rows.js";
import { hotTypes, toMoment, toMomentOrNull } from "./wire.js";

interface Wire {
  id: ConsumerId;
  external_id: string;
  shopper_reference: string;
  status: ConsumerStatus;
  order_count: number;
  key_version_last: number;
  created_at: number;
  updated_at: number;
  key_version: number | null;
  kek_version: number;
  wrapped: Buffer;
  revision: number | null;
  profile_updated_at: number;
  name: Buffer | null;
  email: Buffer | null;
  document: Buffer | null;
  phone: Buffer | null;
  address: Buffer | null;
  company: Buffer | null;
  connections: string | null;
}

/** One consumer with what is wanted, in one round trip. */
export async function consumerCard(
  pool: pg.Pool,
  scope: Scope,
  ref: ConsumerRef,
  want: CardWant,
): Promise<ConsumerCard | null> {
  const [id, externalId] = "id" in ref ? [ref.id, null] : [null, ref.externalId];
  const { rows } = await readAgainWhenLost<Wire>(pool, {
    name: "consumer_card",
    text: "select * from consumer_card($1, $2, $3, $4, $5, $6)",
    values: [scope.orgId, scope.environment, id, externalId, want.profile, want.connections],
    types: hotTypes,
  });
  const row = rows[0];
  return row === undefined ? null : toCard(row, scope);
}

/** A page of the same, in one round trip. */
export async function consumerPage(pool: pg.Pool, scope: Scope, query: ConsumerPageQuery): Promise<ConsumerCard[]> {
  const filter = filterValues(query.filter ?? {});
  const filtered = filter.some((value) => value !== null);
  const { rows } = await readAgainWhenLost<Wire>(pool, {
    name: "consumer_page",
    text: "select * from consumer_page($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    values: [
      ...[scope.orgId, scope.environment, query.limit, query.after, query.descending, filtered],
      ...[...filter, query.profile, query.connections],
    ],
    types: hotTypes,
  });
  return rows.map((row) => toCard(row, scope));
}

/** How many consumers match. Counts them: it costs what there is. */
export async function consumerCount(pool: pg.Pool, scope: Scope, filter: ConsumerFilter): Promise<number> {
  const { rows } = await readAgainWhenLost<{ count: number }>(pool, {
    name: "consumer_count",
    text: "select consumer_count($1, $2, $3, $4, $5, $6, $7, $8) as count",
    values: [scope.orgId, scope.environment, ...filterValues(filter)],
    types: hotTypes,
  });
  return rows[0]?.count ?? 0;
}

/** In the order of the functions' parameters; all null = no filter. */
function filterValues(filter: ConsumerFilter): readonly unknown[] {
  const wanted = (filter.index ?? []).flatMap(({ field, values }) => values.map((value) => ({ field, value })));
  // Wanted by an index without a value is found nowhere, and is not "unfiltered".
  for (const { field, values } of filter.index ?? []) {
    if (values.length === 0) wanted.push({ field, value: Buffer.alloc(0) });
  }
  const index = wanted.length > 0;
  return [
    ...[filter.status ?? null, filter.createdAfter ?? null, filter.createdBefore ?? null],
    filter.externalIdPrefix || null,
    index ? wanted.map(({ field }) => field) : null,
    index ? wanted.map(({ value }) => value) : null,
  ];
}

function toCard(row: Wire, scope: Scope): ConsumerCard {
  return {
    consumer: {
      id: row.id,
      orgId: scope.orgId,
      environment: scope.environment,
      externalId: row.external_id,
      shopperReference: row.shopper_reference,
      status: row.status,
      orderCount: row.order_count,
      keyVersionLast: row.key_version_last,
      createdAt: toMoment(row.created_at),
      updatedAt: toMoment(row.updated_at),
    },
    key:
      row.key_version === null ? null : { version: row.key_version, kekVersion: row.kek_version, wrapped: row.wrapped },
    profile: row.revision === null ? null : toProfile(row, row.revision),
    connections: row.connections === null ? NONE : toConnections(row.connections, scope),
  };
}

const NONE: readonly ConnectionCard[] = [];

const toProfile = (row: Wire, revision: number) => ({
  revision,
  updatedAt: toMoment(row.profile_updated_at),
  name: row.name,
  email: row.email,
  document: row.document,
  phone: row.phone,
  address: row.address,
  company: row.company,
});

/** By place, as `card-functions.ts` builds it: names would be most of the bytes. */
type ConnectionWire = readonly [
  id: ConnectionId,
  via: ConnectionVia,
  status: ConnectionStatus,
  statusReason: string | null,
  accountLabelHex: string | null,
  createdAt: number,
  updatedAt: number,
  lastVerifiedAt: number | null,
  lastUsedAt: number | null,
  storeId: StoreId,
  slug: string,
  adapter: string,
  title: string,
  settings: Json,
  hasCredentials: boolean,
  storeCreatedAt: number,
  storeUpdatedAt: number,
  removedAt: number | null,
];

const toConnections = (json: string, scope: Scope): readonly ConnectionCard[] =>
  (JSON.parse(json) as ConnectionWire[]).map((wire) => ({
    id: wire[0],
    via: wire[1],
    status: wire[2],
    statusReason: wire[3],
    accountLabel: wire[4] === null ? null : Buffer.from(wire[4], "hex"),
    createdAt: toMoment(wire[5]),
    updatedAt: toMoment(wire[6]),
    lastVerifiedAt: toMomentOrNull(wire[7]),
    lastUsedAt: toMomentOrNull(wire[8]),
    store: {
      id: wire[9],
      orgId: scope.orgId,
      environment: scope.environment,
      slug: wire[10],
      adapter: wire[11],
      title: wire[12],
      settings: wire[13],
      hasCredentials: wire[14],
      createdAt: toMoment(wire[15]),
      updatedAt: toMoment(wire[16]),
      removedAt: toMomentOrNull(wire[17]),
    },
  }));
