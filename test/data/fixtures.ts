/** Made-up orgs and shoppers for the tests of this folder. Bytes stand for envelopes: nobody opens them here. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import {
  type AuditEventInsert,
  type ConsumerCard,
  type ConsumerKeyRow,
  type ConsumerPageQuery,
  connections,
  type Data,
  openData,
  orgs,
  type ProfileWrite,
  type Scope,
  stores,
} from "../../src/data/index.js";
import { type ConsumerId, newId } from "../../src/kernel/ids.js";
import { openLog } from "../../src/kernel/log.js";
import { createDatabase, type TestDatabase } from "../support/database.js";

export const log = openLog({ level: "silent" });

/** A database and the room on it; `end` closes both. */
export interface Bench {
  readonly database: TestDatabase;
  readonly data: Data;
  readonly end: () => Promise<void>;
}

export async function openBench(poolSize = 4): Promise<Bench> {
  const database = await createDatabase();
  const data = await openData({ appUrl: database.appUrl, clockUrl: database.clockUrl, poolSize, log });
  return {
    database,
    data,
    end: async () => {
      await data.close();
      await database.drop();
    },
  };
}

/** Runs as whoever the URL names, outside the room. */
export async function as<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function makeOrg(data: Data, environment: "test" | "live" = "test"): Promise<Scope> {
  const scope: Scope = { orgId: newId("org"), environment };
  await data.inScope(scope, (tx) => orgs.create(tx, { id: scope.orgId, name: "An org", settings: {} }));
  return scope;
}

export const ledgerLine = (action = "profile.saved"): AuditEventInsert => ({
  id: newId("evt"),
  at: new Date(),
  action,
  actorKind: "CLI",
  actorId: null,
  subjectKind: "consumer",
  subjectId: null,
  consumerId: null,
  purpose: null,
  outcome: "done",
  requestId: null,
  facts: {},
});

export const wrappedKey = (version = 1): ConsumerKeyRow => ({ version, kekVersion: 1, wrapped: randomBytes(144) });

/** The first save of a new consumer. */
export function firstWrite(externalId: string, consumerId: ConsumerId = newId("csm")): ProfileWrite {
  return {
    consumerId,
    create: { externalId, shopperReference: `ref-${consumerId}`, ledger: ledgerLine("consumer.created") },
    key: wrappedKey(),
    newKey: true,
    expectedRevision: 0,
    units: { name: randomBytes(144), email: randomBytes(144) },
    index: [{ field: "email", entries: [{ version: 1, value: randomBytes(16) }] }],
    ledger: ledgerLine(),
    idempotency: null,
    read: null,
  };
}

/** A later save of the same consumer. */
export const laterWrite = (first: ProfileWrite, expectedRevision: number): ProfileWrite => ({
  ...first,
  create: null,
  newKey: false,
  expectedRevision,
  units: { name: randomBytes(144) },
  index: [],
  ledger: ledgerLine(),
});

/** A consumer with a profile, at a store. */
export async function makeShopper(data: Data, scope: Scope, externalId = `ext-${newId("csm")}`) {
  const write = firstWrite(externalId);
  await data.saveProfile(scope, write);
  const storeId = newId("sto");
  await data.inScope(scope, async (tx) => {
    const slug = `store-${storeId}`;
    await stores.insert(tx, { id: storeId, slug, adapter: "vtex", title: "A store", settings: {}, credentials: null });
    await connections.upsertUsed(tx, { id: newId("con"), consumerId: write.consumerId, storeId, at: new Date() });
  });
  return { write, consumerId: write.consumerId, storeId, externalId };
}

/** A page with every card of it made. */
export const readPage = async (data: Data, scope: Scope, query: ConsumerPageQuery): Promise<ConsumerCard[]> =>
  (await data.consumerPage(scope, query)).map((readCard) => readCard());
