import type pg from "pg";
import type { ConnectionId, StoreId } from "../kernel/ids.js";
import { readConsumer, readKey } from "./consumer-columns.js";
import type { Lines } from "./lines.js";
import { askPool, type Fields, type Statement, toArray, type Value } from "./placed-query.js";
import { isLost } from "./pool.js";
import type {
  CardWant,
  ConnectionCard,
  ConnectionStatus,
  ConnectionVia,
  ConsumerCard,
  ConsumerFilter,
  ConsumerPageQuery,
  ConsumerRef,
  Json,
  ProfileRow,
  Scope,
} from "./rows.js";
import { readBytes, readMoment, toMomentOrNull } from "./wire.js";

const ONE: Statement = { name: "consumer_card", text: "select * from consumer_card($1, $2, $3, $4, $5, $6)" };
const PAGE: Statement = {
  name: "consumer_page",
  text: "select * from consumer_page($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
};
const COUNT: Statement = { name: "consumer_count", text: "select consumer_count($1, $2, $3, $4, $5, $6, $7, $8)" };

const depthOf = ({ connections }: CardWant): string =>
  connections === "brief" ? connections : connections ? "full" : "none";

/** One consumer with what is wanted, in one round trip. */
export async function consumerCard(
  lines: Lines,
  scope: Scope,
  ref: ConsumerRef,
  want: CardWant,
): Promise<ConsumerCard | null> {
  const [id, externalId] = "id" in ref ? [ref.id, null] : [null, ref.externalId];
  const values = [scope.orgId, scope.environment, id, externalId, String(want.profile), depthOf(want)];
  const [row] = await lines.ask(ONE, values);
  return row === undefined ? null : toCard(row, scope);
}

/**
 * A page of the same, in one round trip; each card is made when it is called for. What is half made while others have their
 * turn is what the garbage collector copies. A filter may take long: it has a connection of its own.
 */
export async function consumerPage(
  { lines, pool }: { readonly lines: Lines; readonly pool: pg.Pool },
  scope: Scope,
  query: ConsumerPageQuery,
): Promise<readonly (() => ConsumerCard)[]> {
  const filter = filterValues(query.filter ?? {});
  const filtered = filter.some((value) => value !== null);
  const values = [
    ...[scope.orgId, scope.environment, String(query.limit), query.after, String(query.descending), String(filtered)],
    ...[...filter, String(query.profile), depthOf(query)],
  ];
  const rows = await (filtered ? readFromPool(pool, PAGE, values) : lines.ask(PAGE, values));
  const last = rows.at(-1);
  // Of no consumer: the Stores of all before it.
  const stores = last !== undefined && last[0] === null ? readStores(last[19], scope) : null;
  return (stores === null ? rows : rows.slice(0, -1)).map((row) => () => toCard(row, scope, stores));
}

/** How many consumers match. Counts them: it costs what there is. */
export async function consumerCount(pool: pg.Pool, scope: Scope, filter: ConsumerFilter): Promise<number> {
  const [row] = await readFromPool(pool, COUNT, [scope.orgId, scope.environment, ...filterValues(filter)]);
  return Number(row?.[0] ?? 0);
}

/** Only reads: asked once more when its connection turns out to be gone. */
async function readFromPool(pool: pg.Pool, statement: Statement, values: readonly Value[]) {
  try {
    return await askPool(pool, statement, values);
  } catch (error) {
    if (!isLost(error)) throw error;
    return askPool(pool, statement, values);
  }
}

/** In the order of the functions' parameters; all null = no filter. */
function filterValues(filter: ConsumerFilter): readonly Value[] {
  const wanted = (filter.index ?? []).flatMap(({ field, values }) => values.map((value) => ({ field, value })));
  // Wanted by an index without a value is found nowhere, and is not "unfiltered".
  for (const { field, values } of filter.index ?? []) {
    if (values.length === 0) wanted.push({ field, value: Buffer.alloc(0) });
  }
  const index = wanted.length > 0;
  return [
    filter.status ?? null,
    ...[filter.createdAfter, filter.createdBefore].map((moment) => moment?.toISOString() ?? null),
    filter.externalIdPrefix || null,
    index ? toArray(wanted.map(({ field }) => field)) : null,
    index ? toArray(wanted.map(({ value }) => value)) : null,
  ];
}

const toCard = (fields: Fields, scope: Scope, stores: SentStores | null = null): ConsumerCard => ({
  consumer: readConsumer(fields, scope),
  key: readKey(fields),
  profile: fields[11] === null ? null : toProfile(fields),
  connections: typeof fields[19] === "string" ? readConnections(fields[19], scope, stores) : NONE,
});

const NONE: readonly ConnectionCard[] = [];

const toProfile = (fields: Fields): ProfileRow => ({
  revision: Number(fields[11]),
  updatedAt: readMoment(fields[12]),
  name: readBytes(fields[13]),
  email: readBytes(fields[14]),
  document: readBytes(fields[15]),
  phone: readBytes(fields[16]),
  address: readBytes(fields[17]),
  company: readBytes(fields[18]),
});

type StoreWire = readonly [id: StoreId, slug: string, adapter: string, title: string];
type SentStores = ReadonlyMap<string, ConnectionCard["store"]>;

function readStores(json: Fields[number] | undefined, scope: Scope): SentStores {
  const wires = JSON.parse(json ?? "[]") as readonly StoreWire[];
  return new Map(wires.map((wire) => [wire[0], toStore(wire, scope)]));
}

/** What was not asked for is not there at all: whoever shows it nevertheless fails, instead of showing something else. */
const toStore = ([id, slug, adapter, title]: StoreWire, { orgId, environment }: Scope) =>
  ({ id, orgId, environment, slug, adapter, title }) as ConnectionCard["store"];

/** By place, as `page-stores.ts` builds it: the Store is one of those that came with the page. */
type LeanWire = readonly [
  id: ConnectionId,
  via: ConnectionVia,
  status: ConnectionStatus,
  statusReason: string | null,
  storeId: StoreId,
];
/** By place, as `reading-functions.ts` builds it: names would be most of the bytes. */
type BriefWire = readonly [...LeanWire, slug: string, adapter: string, title: string];
type FullWire = readonly [
  ...BriefWire,
  accountLabelHex: string | null,
  createdAt: number,
  updatedAt: number,
  lastVerifiedAt: number | null,
  lastUsedAt: number | null,
  settings: Json,
  hasCredentials: boolean,
  storeCreatedAt: number,
  storeUpdatedAt: number,
  removedAt: number | null,
];

type Wire = LeanWire | BriefWire | FullWire;

const LEAN = 5;
const BRIEF = 8;
const FULL = 18;

const isFull = (wire: Wire): wire is FullWire => wire.length === FULL;
const isLean = (wire: Wire): wire is LeanWire => wire.length === LEAN;

/**
 * The connections of a card. Throws when they are laid out otherwise: the database's functions are another version's, and what is read by
 * place would be somebody else's value, or a store without an id.
 */
export const readConnections = (
  json: string,
  scope: Scope,
  stores: SentStores | null = null,
): readonly ConnectionCard[] =>
  (JSON.parse(json) as (readonly unknown[])[]).map((laid) => {
    const wire = judgeWire(laid);
    if (isFull(wire)) return toFull(wire, scope);
    const store = isLean(wire) ? stores?.get(wire[4]) : toStore([wire[4], wire[5], wire[6], wire[7]], scope);
    if (store === undefined) throw laidOtherwise();
    return toBrief(wire, store);
  });

const isUuid = (value: unknown): boolean => typeof value === "string" && value.length === 36;

const laidOtherwise = () =>
  new Error("a card's connections are not laid out as this version of the gateway reads them");

function judgeWire(laid: readonly unknown[]): Wire {
  const isKnown = laid.length === LEAN || laid.length === BRIEF || laid.length === FULL;
  if (isKnown && isUuid(laid[0]) && isUuid(laid[4])) return laid as unknown as Wire;
  throw laidOtherwise();
}

const toBrief = ([id, via, status, statusReason]: Wire, store: ConnectionCard["store"]): ConnectionCard =>
  ({ id, via, status, statusReason, accountLabel: null, store }) as ConnectionCard;

const toFull = (wire: FullWire, { orgId, environment }: Scope): ConnectionCard => ({
  id: wire[0],
  via: wire[1],
  status: wire[2],
  statusReason: wire[3],
  accountLabel: wire[8] === null ? null : Buffer.from(wire[8], "hex"),
  createdAt: new Date(wire[9]),
  updatedAt: new Date(wire[10]),
  lastVerifiedAt: toMomentOrNull(wire[11]),
  lastUsedAt: toMomentOrNull(wire[12]),
  store: {
    id: wire[4],
    orgId,
    environment,
    slug: wire[5],
    adapter: wire[6],
    title: wire[7],
    settings: wire[13],
    hasCredentials: wire[14],
    createdAt: new Date(wire[15]),
    updatedAt: new Date(wire[16]),
    removedAt: toMomentOrNull(wire[17]),
  },
});
