import { record } from "../audit/index.js";
import {
  type BlindIndexMatch,
  type ConsumerFilter,
  type ConsumerPageQuery,
  type ConsumerRow,
  consumers,
  type ConsumerRef as DataConsumerRef,
  storeAccounts,
  type Tx,
} from "../data/index.js";
import { asId, fromWire, newId, type StoreId } from "../kernel/ids.js";
import { Refusal } from "../kernel/refusal.js";
import { normaliseDocument, normaliseEmail, type OrgVault } from "../vault/index.js";
import type { Caller } from "./caller.js";
import { newShopperReference } from "./consumer-names.js";
import { BARE, cardWantOf, partsOf, viewConsumer } from "./consumer-view.js";
import type {
  ConsumerPageWant,
  ConsumerQuery,
  ConsumerRef,
  ConsumerWant,
  CreateConsumerInput,
  UpdateConsumerInput,
} from "./inputs.js";
import { judgeExternalId, judgeShopperReference } from "./names.js";
import { claimOf, once } from "./once.js";
import { judgeAfter, judgeFirst, pageOf } from "./pages.js";
import { consumerClosed, consumerKeyOf, consumerNotFound, isGiven } from "./references.js";
import { ledgerLine, openOrg, type Rooms } from "./rooms.js";
import { requireScope } from "./scopes.js";
import { amongFew, askForTurn } from "./slices.js";
import { isIdSuppressed } from "./suppression.js";
import type { ConsumerPageView, ConsumerView, StoreView } from "./views.js";

/** The scopes that a consumer's parts take, wherever they are asked for. */
export function requireWanted(caller: Caller, want: ConsumerWant): void {
  if (partsOf(want).size > 0) requireScope(caller, "profiles:read");
  if (want.connections) requireScope(caller, "connections:read");
}

export async function findConsumer(
  rooms: Rooms,
  caller: Caller,
  ref: ConsumerRef,
  want: ConsumerWant,
): Promise<ConsumerView | null> {
  requireScope(caller, "consumers:read");
  requireWanted(caller, want);
  const key = consumerKeyOf(ref, ["consumer"]);
  return key === null ? null : readConsumer(rooms, caller, key, want);
}

/** Without asking for a scope: the caller's right was judged by what it does. Null when unknown, foreign or erased. */
export async function readConsumer(
  rooms: Rooms,
  caller: Caller,
  ref: DataConsumerRef,
  want: ConsumerWant,
): Promise<ConsumerView | null> {
  const card = await rooms.data.consumerCard(caller.scope, ref, cardWantOf(want));
  if (card === null || card.consumer.status === "ANONYMIZED") return null;
  return viewConsumer({ rooms, caller, org: await openOrg(rooms, caller) }, card, want);
}

export async function listConsumers(
  rooms: Rooms,
  caller: Caller,
  query: ConsumerQuery,
  want: ConsumerPageWant,
): Promise<ConsumerPageView> {
  requireScope(caller, "consumers:read");
  requireWanted(caller, want);
  // Whoever waits for an org's keys keeps no other org's list waiting.
  const org = await openOrg(rooms, caller);
  const read = () => readPage(rooms, caller, org, query, want);
  // Looking for somebody, or counting, may take PostgreSQL long: nobody else's list waits for that.
  return query.filter || want.totalCount ? read() : amongFew(read);
}

async function readPage(
  rooms: Rooms,
  caller: Caller,
  opened: OrgVault,
  query: ConsumerQuery,
  want: ConsumerPageWant,
): Promise<ConsumerPageView> {
  const first = judgeFirst(query);
  const after = judgeAfter(query, (cursor) => fromWire("csm", cursor));
  const filter = judgeFilter(query, opened);
  const [cards, totalCount] = await Promise.all([
    filter === null ? [] : rooms.data.consumerPage(caller.scope, pageQuery(query, first, after, want, filter)),
    filter === null ? 0 : want.totalCount ? rooms.data.consumerCount(caller.scope, filter) : -1,
  ]);
  const { show = asItIs } = want;
  const views: ConsumerView[] = [];
  const storesSeen = new Map<StoreId, StoreView>();
  for (const readCard of cards) {
    const turn = askForTurn(views.length > 0);
    if (turn !== null) await turn;
    const org = rooms.vault.cachedOrg(caller.scope.orgId) ?? (await rooms.vault.org(caller.scope.orgId));
    const reader = { rooms, caller, org, storesSeen };
    // The row beyond the page only tells that there is one: nothing of it is opened.
    views.push(
      views.length < first ? show(viewConsumer(reader, readCard(), want)) : viewConsumer(reader, readCard(), BARE),
    );
  }
  return { ...pageOf(views, first, after !== null), totalCount };
}

const asItIs = (consumer: ConsumerView): ConsumerView => consumer;

const pageQuery = (
  { orderBy }: ConsumerQuery,
  first: number,
  after: ConsumerPageQuery["after"],
  want: ConsumerWant,
  filter: ConsumerFilter,
): ConsumerPageQuery => ({
  ...cardWantOf(want),
  limit: first + 1,
  after,
  descending: orderBy !== "CREATED_AT_ASC",
  filter,
});

/** Null when nothing can match: a value that is no e-mail address belongs to nobody, and nobody is told that it is none. */
function judgeFilter({ filter }: ConsumerQuery, org: OrgVault): ConsumerFilter | null {
  if (!filter) return {};
  const { email, document, externalIdPrefix, status, createdAfter, createdBefore } = filter;
  const index: BlindIndexMatch[] = [];
  if (isGiven(email)) {
    const normalised = isSearchable(email) ? normaliseEmail(email) : null;
    if (normalised === null) return null;
    index.push({ field: "email", values: org.blindIndex("email", normalised).map(({ value }) => value) });
  }
  if (isGiven(document)) {
    if (!isSearchable(document)) return null;
    const normalised =
      normaliseDocument(document, "cpf") ?? normaliseDocument(document, "cnpj") ?? document.normalize("NFC").trim();
    index.push({ field: "document", values: org.blindIndex("document", normalised).map(({ value }) => value) });
  }
  if (isGiven(externalIdPrefix) && !isSearchable(externalIdPrefix)) return null;
  return { status, externalIdPrefix, createdAfter, createdBefore, index };
}

const isSearchable = (value: unknown): value is string =>
  typeof value === "string" && value.length <= 640 && !/[\0\p{Cs}]/u.test(value);

export async function createConsumer(
  rooms: Rooms,
  caller: Caller,
  given: CreateConsumerInput,
  want: ConsumerWant = BARE,
): Promise<{ readonly consumer: ConsumerView }> {
  requireScope(caller, "consumers:write");
  requireWanted(caller, want);
  const externalId = judgeExternalId(given.externalId);
  const shopperReference = isGiven(given.shopperReference)
    ? judgeShopperReference(given.shopperReference)
    : newShopperReference();
  const work = async (tx: Tx) => {
    if (await isIdSuppressed(rooms, caller, tx, externalId)) throw taken("externalId");
    const id = newId("csm");
    const made = await consumers.create(tx, { id, externalId, shopperReference });
    if (made.outcome === "taken") throw taken(made.name);
    const facts = { action: "consumer.created", subject: { kind: "consumer", id }, consumerId: id } as const;
    await record(tx, ledgerLine(rooms, caller, facts));
    return { ids: { consumer: id as string }, answer: id };
  };
  const id = await once(rooms, caller, claimOf("createConsumer", given), work, async (_tx, ids) =>
    asId("csm", ids.consumer),
  );
  return { consumer: await expectConsumer(rooms, caller, id, want) };
}

export async function updateConsumer(
  rooms: Rooms,
  caller: Caller,
  given: UpdateConsumerInput,
  want: ConsumerWant = BARE,
): Promise<{ readonly consumer: ConsumerView }> {
  requireScope(caller, "consumers:write");
  requireWanted(caller, want);
  const ref = consumerKeyOf(given.consumer, ["consumer"]);
  const change = judgeChange(given);
  const changed = Object.keys(change) as (keyof typeof change)[];
  if (changed.length === 0) throw nothingGiven();
  const work = async (tx: Tx) => {
    const found = ref === null ? null : await consumers.find(tx, ref);
    if (found === null) throw consumerNotFound();
    if (found.status === "FROZEN") throw consumerClosed();
    const { externalId } = change;
    if (externalId !== undefined && (await isIdSuppressed(rooms, caller, tx, externalId))) throw taken("externalId");
    const done = await consumers.update(tx, found.id, change, rooms.clock.now());
    if (done.outcome === "taken") throw taken(done.name);
    if (done.outcome !== "updated") throw consumerNotFound();
    if (change.shopperReference !== undefined) await storeAccounts.makeDue(tx, found.id, rooms.clock.now());
    const subject = { kind: "consumer", id: found.id } as const;
    await record(
      tx,
      ledgerLine(rooms, caller, { action: "consumer.updated", subject, consumerId: found.id, facts: { changed } }),
    );
    return { ids: { consumer: found.id as string }, answer: found.id };
  };
  const id = await once(rooms, caller, claimOf("updateConsumer", given), work, async (_tx, ids) =>
    asId("csm", ids.consumer),
  );
  return { consumer: await expectConsumer(rooms, caller, id, want) };
}

function judgeChange({ externalId, shopperReference }: UpdateConsumerInput) {
  return {
    ...(isGiven(externalId) ? { externalId: judgeExternalId(externalId) } : {}),
    ...(isGiven(shopperReference) ? { shopperReference: judgeShopperReference(shopperReference) } : {}),
  };
}

const taken = (name: "externalId" | "shopperReference") =>
  new Refusal("ALREADY_EXISTS", "Another consumer of this org has it.", { field: [name] });

/** After a change that found it. */
export async function expectConsumer(
  rooms: Rooms,
  caller: Caller,
  id: ConsumerRow["id"],
  want: ConsumerWant,
): Promise<ConsumerView> {
  const view = await readConsumer(rooms, caller, { id }, want);
  if (view === null) throw consumerNotFound();
  return view;
}

const nothingGiven = () =>
  new Refusal("INVALID", "There is nothing to change.", { nextAction: "Give `externalId` or `shopperReference`." });
