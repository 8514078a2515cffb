/**
 * Two shoppers with logins at Mercado Livre; one of them is connected at every other kind of store as well (by an e-mail address, by
 * a form, by a code at a gate, by a checkout), is forgotten at all of them, and an old backup is restored after a key epoch. Of the
 * one nothing is found anywhere; the other one's login works on, in the restored database as well.
 */
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { SHOPPERS } from "@shopkey/adapter-meli/sandbox";
import pg from "pg";
import type { Config } from "../../src/config.js";
import { asId } from "../../src/kernel/ids.js";
import { openLog } from "../../src/kernel/log.js";
import { openHouse } from "../../src/main.js";
import { backupTo, restoreFrom } from "../../src/strongroom.js";
import { admit, openConnector } from "../gate/gate.js";
import { organizationOf, register } from "../support/commerce-layer.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { CONNECT, eventually, HOUR_MS, QUICK } from "../support/forgetting.js";
import type { TestGateway } from "../support/gateway.js";
import { endLastingSandbox } from "../support/lasting-meli.js";
import { type LiveLogins, openLiveLogins } from "../support/live-logins.js";
import { learnMeliLogin } from "../support/meli-login.js";
import { DESKTOP, type Shopper } from "../support/shopper.js";
import { ANA, APPLY, SAVE_PROFILE } from "../support/story.js";
import { hitsIn, isIn } from "../support/traces.js";

const START = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) {
  connection { id } liveViewUrl contextId userErrors { code } } }`;
const STATUS = "query ($id: ID!) { connection(id: $id) { status } }";
const REGISTER = `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { userErrors { code } } }`;
const FINISH = `mutation ($input: FinishConnectionInput!) { finishConnection(input: $input) { connection { status } userErrors { code } } }`;
const SETTLE = `mutation ($input: SettleAnonymizationStepInput!) { settleAnonymizationStep(input: $input) { request { id } userErrors { code } } }`;
const FORGET = `mutation ($input: RequestAnonymizationInput!) { requestAnonymization(input: $input) { request { id } userErrors { code } } }`;
const WISH = `query ($id: ID!) { anonymizationRequest(id: $id) { status shreddedAt steps { name status note store { slug } } } }`;

/** The postal code is not among them: eight digits are found by chance among so many. */
const ZOE = {
  firstName: "Zuriela",
  lastName: "Quatrocañas",
  email: "zuriela.q@forgotten-login.example.com",
  document: "73910246581",
  phone: "+5511973604815",
  street: "Rua dos Zimbros Encantados",
  complement: "Bloco Xiquexique",
} as const;
/** What opens a physical store's gate for them. */
const GATE_CODE = "portao-de-zuriela-88417";
const VALUES = [...Object.values(ZOE), GATE_CODE];

const log = openLog({ level: "silent" });
const store = { slug: "mercadolivre" };
let world: LiveLogins;
let gateway: TestGateway;
let empty: TestDatabase;
let shift = 0;
const clock = { now: () => new Date(Date.now() + shift) };

beforeAll(async () => {
  const definition = resolve(import.meta.dirname, "../support/lasting-stores.ts");
  const times = { clock, paces: { anonymizationsEveryMs: 100 } };
  world = await openLiveLogins({ definition, anonymizationGraceMs: 0, times });
  gateway = world.gateway;
  empty = await createDatabase();
}, 90_000);
afterAll(async () => {
  await world?.close();
  await empty?.drop();
  await endLastingSandbox();
}, 60_000);

const ask = <T>(query: string, variables: object) => world.ask<T>(query, variables);

interface Login {
  readonly id: string;
  readonly contextId: string;
}
async function openLogin(externalId: string): Promise<Login & { readonly shopper: Shopper }> {
  const input = { consumer: { externalId }, store };
  const started = await ask<{ connection: { id: string }; liveViewUrl: string; contextId: string }>(START, { input });
  const shopper = await world.look(started.liveViewUrl);
  return { id: started.connection.id, contextId: started.contextId, shopper };
}
async function logIn(externalId: string, who: keyof typeof SHOPPERS): Promise<Login> {
  const { id, contextId, shopper } = await openLogin(externalId);
  const login = await learnMeliLogin(world.sandboxUrl("meli"), await shopper.size(), DESKTOP);
  await login.begin(shopper, who);
  await login.giveCode(shopper);
  await shopper.heading("Conta conectada");
  await eventually(
    () => ask<{ status: string }>(STATUS, { id }),
    ({ status }) => status === "ACTIVE",
  );
  return { id, contextId };
}

interface Told {
  readonly connection: { readonly id: string; readonly status: string } | null;
  readonly userErrors: readonly object[];
}
/** Everywhere but where a page has to be seen; the stores that know them now. */
async function connectElsewhere(externalId: string): Promise<readonly string[]> {
  const consumer = { externalId };
  await register(gateway, "loja");
  const credentials = { key: "key-of-esquina", hookKey: "hooks-of-esquina" };
  const corner = { adapter: "pretend", slug: "esquina", title: "Esquina", settings: { shop: "esquina" }, credentials };
  expect(await ask(REGISTER, { input: corner })).toMatchObject({ userErrors: [] });
  for (const slug of ["loja", "cobasi"]) {
    const { connection } = await ask<Told>(CONNECT, { input: { consumer, store: { slug } } });
    expect(connection).toMatchObject({ status: "ACTIVE" });
  }
  const { connection } = await ask<Told>(CONNECT, { input: { consumer, store: { slug: "esquina" } } });
  const answer = Object.entries({ card: "1000200030", pin: "2468" }).map(([name, value]) => ({ name, value }));
  const finished = await ask<Told>(FINISH, { input: { connection: connection?.id, answer } });
  expect(finished).toMatchObject({ connection: { status: "ACTIVE" }, userErrors: [] });
  const gate = await openConnector(gateway);
  await admit(gateway, gate, { code: GATE_CODE, phone: ZOE.phone }, { externalId });
  const cart = { items: [{ id: "1001", quantity: 1 }] };
  const applied = await ask<Told>(APPLY, { input: { consumer, store: { slug: "cobasi" }, cart } });
  expect(applied).toMatchObject({ userErrors: [] });
  return ["loja", "cobasi", "esquina", gate.slug];
}

/** Every store comes to its end: its own, a person's word, or the shopper's. */
async function untilForgotten(id: string): Promise<Wish> {
  await organizationOf(gateway, "loja").set(QUICK);
  const look = () => ask<Wish>(WISH, { id });
  const shredded = await eventually(look, ({ shreddedAt }) => shreddedAt !== null);
  for (const { status, store: at } of shredded.steps) {
    if (at === null || !status.startsWith("AWAITING_")) continue;
    const input = { request: id, store: { slug: at.slug }, outcome: "DONE", reference: "CERT-1" };
    expect(await ask(SETTLE, { input })).toMatchObject({ userErrors: [] });
  }
  // A corner shop takes a day; each store is asked again within the hour.
  for (let hours = 25; hours < 30; hours += 1) {
    shift += (hours === 25 ? hours : 1) * HOUR_MS;
    await organizationOf(gateway, "loja").settle();
    await atRest(id);
    const wish = await look();
    if (wish.status !== "IN_PROGRESS") return wish;
  }
  throw new Error("the stores do not come to an end");
}

/** Nobody works on it, and nobody has to before the clock is turned. */
async function atRest(id: string): Promise<void> {
  const admin = new pg.Client({ connectionString: gateway.adminUrl });
  await admin.connect();
  const row = async () => (await admin.query("select * from anonymization where id = $1", [id.slice(4)])).rows[0];
  await eventually(row, ({ lease_until, due_at, ended_at }) => {
    return ended_at !== null || (lease_until === null && due_at > clock.now());
  });
  await admin.end();
}

const settings = (config: Config, database: TestDatabase): Config => ({
  ...config,
  ...{ sandboxes: false, development: false, databaseUrl: database.ownerUrl },
  databaseRoles: { appUrl: database.appUrl, clockUrl: database.clockUrl },
});

test("a live view that is open ends at once, and what it held is gone", async () => {
  const buyer = { ...ANA.buyer, email: "begins@example.com", document: "20000000007" };
  await ask(SAVE_PROFILE, { input: { externalId: "begins", profile: { ...ANA, buyer } } });
  const { id, contextId, shopper } = await openLogin("begins");
  const input = { consumer: { externalId: "begins" }, stores: [] };
  const { request } = await ask<{ request: { id: string } }>(FORGET, { input });
  await shopper.heading("Interrompido");
  await eventually(
    () => ask<Wish>(WISH, { id: request.id }),
    ({ status }) => status === "COMPLETED",
  );
  const { body } = await gateway.ask(STATUS, { id });
  expect(body.data).toEqual({ connection: null });
  expect(await readdir(join(gateway.config.dataDir, "contexts"))).not.toContain(contextId);
}, 120_000);

test("of who was forgotten nothing is left, in the browser's store either; who stayed is logged in, after a restore too", async () => {
  const { dataDir } = gateway.config;
  const contexts = join(dataDir, "contexts");
  const begun = await readdir(contexts);
  const { street, complement, ...buyer } = ZOE;
  const address = { ...ANA.address, street, complement };
  await ask(SAVE_PROFILE, { input: { externalId: "leaves", profile: { buyer, address } } });
  await ask(SAVE_PROFILE, { input: { externalId: "stays", profile: ANA } });
  const stays = await logIn("stays", "ana");
  const leaves = await logIn("leaves", "bruno");
  const elsewhere = await connectElsewhere("leaves");
  const source = { log, onStep: () => undefined, beside: true, config: gateway.config };
  const old = { data: join(dataDir, "old-data.gz"), keys: join(dataDir, "old-keys.gz") };
  const latest = join(dataDir, "latest-keys.gz");
  await backupTo(source, old);
  const copy = join(dataDir, "old-contexts");
  await cp(contexts, copy, { recursive: true });
  expect(await readdir(contexts)).toEqual(expect.arrayContaining([stays.contextId, leaves.contextId]));

  const { request } = await ask<{ request: { id: string } }>(FORGET, {
    input: { consumer: { externalId: "leaves" } },
  });
  const wish = await untilForgotten(request.id);
  const asked = wish.steps.flatMap((step) => (step.store === null ? [] : [`${step.store.slug} ${step.status}`]));
  expect(asked.toSorted()).toEqual([...elsewhere, store.slug].map((slug) => `${slug} DONE`).toSorted());
  expect(wish.steps.find(({ name }) => name === "LOGINS")).toMatchObject({
    ...{ status: "DONE", note: expect.stringContaining("read back as gone") },
  });
  const left = (await readdir(contexts)).filter((name) => !begun.includes(name));
  expect(left.toSorted()).toEqual([stays.contextId, `${leaves.contextId}.deleted`].toSorted());

  const house = await openHouse({ ...source, config: { ...gateway.config, sandboxes: false } });
  expect(await house.identity.rotateKeys({ settleMs: 300, org: null })).toBe(true);
  await house.close();
  await backupTo(source, { data: null, keys: latest });

  await expectNoTrace(contexts, copy, Object.values(old));

  const target = { ...source, config: settings(gateway.config, empty), sandboxes: gateway.sandboxes };
  await restoreFrom(target, { dataPath: old.data, keysPath: latest });
  // The old copy of what the browser kept is put back as well: without a key it is nobody's.
  await rm(join(contexts, `${leaves.contextId}.deleted`));
  await cp(join(copy, leaves.contextId), join(contexts, leaves.contextId), { recursive: true });
  const back = await openHouse({ ...target, hostsBrowser: true });
  try {
    const orgId = asId("org", (await readFile(join(dataDir, "dev.org"), "utf8")).trim());
    const caller = await back.identity.consoleCaller(orgId, "test");
    const verified = await back.identity.verifyConnection(caller, { connection: stays.id });
    expect(verified).toMatchObject({ health: "LIVE", connection: { status: "ACTIVE" } });
    expect(await back.identity.findConnection(caller, leaves.id)).toBeNull();
    expect(await back.identity.findConsumer(caller, { externalId: "leaves" }, WHOLE)).toBeNull();
  } finally {
    await back.close();
  }
}, 240_000);

const WHOLE = { profile: true, connections: true } as const;
interface Wish {
  readonly status: string;
  readonly shreddedAt: string | null;
  readonly steps: readonly {
    readonly name: string;
    readonly status: string;
    readonly note: string | null;
    readonly store: { readonly slug: string } | null;
  }[];
}

/** The database with its log of writes, the queue in it, the browser's store, keys, receipts, backups, logs. */
async function expectNoTrace(contexts: string, copy: string, backups: readonly string[]): Promise<void> {
  const admin = new pg.Client({ connectionString: gateway.adminUrl });
  await admin.connect();
  await admin.query("checkpoint");
  const { rows } = await admin.query<{ dir: string }>("select current_setting('data_directory') as dir");
  await admin.end();
  const database = rows[0]?.dir ?? "";
  // Their address at the store is in other files of tests, too.
  const logins = [SHOPPERS.bruno.password];
  for (const folder of [database, gateway.config.dataDir, contexts, copy])
    expect({ folder, hits: await hitsIn(folder, [...VALUES, ...logins]) }).toEqual({ folder, hits: [] });
  for (const path of backups) expect(isIn(gunzipSync(await readFile(path)), [...VALUES, ...logins])).toBe(false);
  expect(gateway.logLines.filter((line) => isIn(line, [...VALUES, ...logins]))).toEqual([]);
  // The search sees what is there: the org's own id in the database, and something that was left behind.
  expect((await hitsIn(database, ["forgotten_with_a_login", "shopper_reference"])).length).toBeGreaterThan(0);
  const planted = join(contexts, "planted.txt");
  for (const form of [ZOE.document, Buffer.from(`x${ZOE.street}`).toString("base64"), JSON.stringify(ZOE.lastName)]) {
    await writeFile(planted, `… ${form} …`);
    expect(await hitsIn(gateway.config.dataDir, VALUES)).toEqual([planted]);
  }
  await rm(planted);
}
