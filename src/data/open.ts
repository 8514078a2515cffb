import { MikroORM } from "@mikro-orm/postgresql";
import pg from "pg";
import { errorCode } from "../kernel/fault.js";
import { errorFacts } from "../kernel/log.js";
import { openBatches } from "./batches.js";
import { callerByKey } from "./callers.js";
import { consumerCard, consumerCount, consumerPage } from "./cards.js";
import type { Data, DataOptions } from "./data.js";
import { entities } from "./entities/index.js";
import type { DueImpersonation } from "./impersonation-rows.js";
import { openKeyListener } from "./key-listener.js";
import { openLines } from "./lines.js";
import { addressedStore, meetShoppers } from "./meetings.js";
import type { DueOperatorLogin } from "./operator-login-rows.js";
import { askPool } from "./placed-query.js";
import { releaseWhenLost } from "./pool.js";
import { CHANGE } from "./profile-change.js";
import { profileOutline } from "./profile-outline.js";
import { saveProfile } from "./profile-save.js";
import type { DueAnonymization, DueConnection, PendingCheckout, Scope, SessionOwner } from "./rows.js";
import type { DueStoreAccount } from "./store-accounts.js";
import type { Tx } from "./tx.js";

const POOL_SIZE = 10;
const STATEMENT_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Opens the pools and listens for key changes. Throws when the database cannot be reached. */
export async function openData(options: DataOptions): Promise<Data> {
  const { log } = options;
  const orm = await openOrm(options);
  const pool = await orm.em.getConnection().getNativeClient();
  const lines = openLines({ connectionString: options.appUrl, ...limits(options) }, log);
  const writing = { connectionString: options.appUrl, ...limits(options) };
  const changes = openBatches(CHANGE, writing, log, (statement, values) => askPool(pool, statement, values));
  const clock = new pg.Pool({ connectionString: options.clockUrl, max: 1, ...limits(options) });
  clock.on("error", (error) => log.warn("database.connection.lost", errorFacts(error)));
  clock.on("connect", (client) => void client.on("error", () => {}));
  const door = openDoorPool(options);
  const shut = async () => {
    await Promise.allSettled([orm.close(true), clock.end(), door.end(), lines.close(), changes.close()]);
  };
  const keys = await openKeyListener({ connectionString: options.appUrl, ...limits(options) }, log).catch(
    async (error: unknown) => {
      await shut();
      throw error;
    },
  );
  return {
    inScope: (scope, work, safe) => inScope(orm, scope, work, safe === "repeatable" ? 3 : 1),
    callerByKey: (hash) => callerByKey(pool, hash),
    consumerCard: (scope, ref, want) => consumerCard(lines, scope, ref, want),
    consumerPage: (scope, query) => consumerPage({ lines, pool }, scope, query),
    consumerCount: (scope, filter = {}) => consumerCount(pool, scope, filter),
    profileOutline: (scope, ref, withUnits) => profileOutline(lines, scope, ref, withUnits),
    saveProfile: (scope, write) => saveProfile({ pool, changes }, scope, write),
    pendingCheckouts: (olderThan, limit) => pendingCheckouts(clock, olderThan, limit),
    dueConnections: (dueBefore, limit) => dueConnections(clock, dueBefore, limit),
    dueStoreAccounts: (dueBefore, limit) => dueStoreAccounts(clock, dueBefore, limit),
    dueImpersonations: (dueBefore, limit) => dueImpersonations(clock, dueBefore, limit),
    dueOperatorLogins: (dueBefore, limit) => dueOperatorLogins(clock, dueBefore, limit),
    dueAnonymizations: (dueBefore, limit) => dueAnonymizations(clock, dueBefore, limit),
    sessionOwner: (sessionId) => sessionOwner(clock, sessionId),
    addressedStore: (id) => addressedStore(door, id),
    meetShoppers: (scope, batch) => meetShoppers(door, scope, batch),
    onApiKeyChange: keys.add,
    onStoreChange: keys.addStores,
    tellKeys: async () => void (await pool.query("select pg_notify('shopkey_api_key', 'all')")),
    exclusively: (what, work) => exclusively({ connectionString: options.appUrl, ...limits(options) }, what, work),
    ping: async () => void (await pool.query("select 1")),
    close: async () => {
      await keys.close();
      await shut();
    },
  };
}

async function exclusively<T>(config: pg.ClientConfig, what: string, work: () => Promise<T>): Promise<T | null> {
  const client = new pg.Client(config);
  client.on("error", () => {});
  await client.connect();
  try {
    const lock = "select pg_try_advisory_lock(hashtextextended($1, 0)) as ours";
    const { rows } = await client.query<{ ours: boolean }>(lock, [what]);
    return rows[0]?.ours === true ? await work() : null;
  } finally {
    // The lock ends with its connection.
    await client.end();
  }
}

const limits = (options: DataOptions) => ({
  application_name: "shopkey",
  statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
});

const DOOR_SIZE = 4;
/** Whoever stands at a store's door is answered within two seconds, or not at all. */
const DOOR_TIMEOUT_MS = 2_000;

/** Of their own, so that no dear query is before them in the queue. Few, because each carries many questions. */
function openDoorPool(options: DataOptions): pg.Pool {
  const times = { statement_timeout: DOOR_TIMEOUT_MS, connectionTimeoutMillis: DOOR_TIMEOUT_MS };
  const door = new pg.Pool({ connectionString: options.appUrl, max: DOOR_SIZE, ...limits(options), ...times });
  door.on("error", (error) => options.log.warn("database.connection.lost", errorFacts(error)));
  door.on("connect", (client) => void client.on("error", () => {}));
  return door;
}

/** MikroORM makes the pool, and the hot path borrows from the same one. It logs idle clients that are cut off. */
function openOrm(options: DataOptions) {
  return MikroORM.init({
    clientUrl: options.appUrl,
    entities,
    pool: { min: 0, max: options.poolSize ?? POOL_SIZE },
    // MikroORM leaves out what the URL says after its question mark: which role to play, and how to encrypt.
    driverOptions: { connectionString: options.appUrl, ...limits(options), onPoolCreated: releaseWhenLost },
    // A statement's text holds its values; it goes nowhere. Lost connections are told as an event, without words.
    debug: false,
    logger: () => options.log.warn("database.connection.lost"),
  });
}

type Orm = Awaited<ReturnType<typeof openOrm>>;

/** Local to the transaction: the next borrower of the connection finds nothing. */
const SET_SCOPE = "select set_config('app.org', ?, true), set_config('app.environment', ?, true)";

/** Serialization failure, deadlock. */
const RETRIED = new Set(["40001", "40P01"]);

async function inScope<T>(orm: Orm, scope: Scope, work: (tx: Tx) => Promise<T>, attempts: number): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // A fork of its own each time: no identity map is shared between two scopes, or between two attempts.
      const em = orm.em.fork({ clear: true, useContext: false });
      return await em.transactional(async (inner) => {
        await inner.execute(SET_SCOPE, [scope.orgId, scope.environment]);
        return await work({ scope, em: inner });
      });
    } catch (error) {
      if (attempt >= attempts || !RETRIED.has(errorCode(error) ?? "")) throw error;
    }
  }
}

async function pendingCheckouts(clock: pg.Pool, olderThan: Date, limit: number): Promise<PendingCheckout[]> {
  const { rows } = await clock.query<PendingCheckout>(
    `select org_id as "orgId", environment, id from checkout
     where state = 'PENDING' and lease_until < $1 order by lease_until limit $2`,
    [olderThan, limit],
  );
  return rows;
}

async function dueConnections(clock: pg.Pool, dueBefore: Date, limit: number): Promise<DueConnection[]> {
  const { rows } = await clock.query<DueConnection>(
    `select org_id as "orgId", environment, id from connection where due_at < $1 order by due_at limit $2`,
    [dueBefore, limit],
  );
  return rows;
}

async function dueAnonymizations(clock: pg.Pool, dueBefore: Date, limit: number): Promise<DueAnonymization[]> {
  const { rows } = await clock.query<DueAnonymization>(
    `select org_id as "orgId", environment, id from anonymization where due_at <= $1 order by due_at limit $2`,
    [dueBefore, limit],
  );
  return rows;
}

async function sessionOwner(clock: pg.Pool, sessionId: string): Promise<SessionOwner | null> {
  const { rows } = await clock.query<SessionOwner>(
    `select org_id as "orgId", environment, id,
       case when attempt_session_id = $1 then 'connect' else 'handOff' end as purpose
     from connection where attempt_session_id = $1 or hand_off_session_id = $1
     union all select org_id, environment, id, 'operator' from operator_login where session_id = $1`,
    [sessionId],
  );
  return rows[0] ?? null;
}

async function dueStoreAccounts(clock: pg.Pool, dueBefore: Date, limit: number): Promise<DueStoreAccount[]> {
  const { rows } = await clock.query<DueStoreAccount>(
    `select org_id as "orgId", environment, connection_id as id from store_account
     where due_at <= $1 order by due_at limit $2`,
    [dueBefore, limit],
  );
  return rows;
}

async function dueImpersonations(clock: pg.Pool, dueBefore: Date, limit: number): Promise<DueImpersonation[]> {
  const { rows } = await clock.query<DueImpersonation>(
    `select org_id as "orgId", environment, id from impersonation where due_at <= $1 order by due_at limit $2`,
    [dueBefore, limit],
  );
  return rows;
}

async function dueOperatorLogins(clock: pg.Pool, dueBefore: Date, limit: number): Promise<DueOperatorLogin[]> {
  const { rows } = await clock.query<DueOperatorLogin>(
    `select org_id as "orgId", environment, id from operator_login where due_at <= $1 order by due_at limit $2`,
    [dueBefore, limit],
  );
  return rows;
}
