/**
 * Shoppers who are to be forgotten at Commerce Layer, where they are known; at every other kind of store by name; and at Mercado
 * Livre with a login in a browser: by gateways that die.
 */
import { join } from "node:path";
import { startSandbox } from "@shopkey/adapter-commerce-layer/sandbox";
import { type CornerSandbox, startSandbox as startCorner } from "@shopkey/adapter-pretend/sandbox";
import type { ServedSandbox } from "@shopkey/adapter-sdk/sandbox";
import { startSandbox as startVtex } from "@shopkey/adapter-vtex/sandbox";
import pg from "pg";
import { folderKeystore } from "../../src/vault/index.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { ANA, SAVE_PROFILE } from "../support/story.js";
import { ACTS } from "./connect-acts.js";
import * as connecting from "./connect-world.js";
import { type MortalGateway, startMortal } from "./mortal-gateway.js";

const CUSTOMER_STORE = "caneca";
/** By jobs, and by tasks for a person or for the shopper; the first one is asked first. */
const STORES = [CUSTOMER_STORE, "direitos", "esquina", "cobasi", "ifood", "amazon"];
const LOGIN_STORE = "mercadolivre";
const JOBS = "direitos";
const CORNER = "esquina";
/** Stores that a development gateway does not come with. */
const MORE_STORES = [
  {
    ...{ adapter: "vtex", slug: JOBS, title: "Direitos", settings: { account: JOBS, userRights: true } },
    credentials: { appKey: `vtexappkey-${JOBS}-ABCDEF`, appToken: "token" },
  },
  {
    ...{ adapter: "pretend", slug: CORNER, title: "Esquina", settings: { shop: CORNER } },
    credentials: { key: `key-of-${CORNER}`, hookKey: `hooks-of-${CORNER}` },
  },
  {
    ...{ adapter: "amazon-connector", slug: "amazon", title: "Amazon" },
    settings: { prefix: "GWID", stores: [{ id: "STORE-001" }] },
  },
];
const REGISTER = `mutation ($input: RegisterStoreInput!) { registerStore(input: $input) { userErrors { code } } }`;

const CONNECT = `mutation ($input: StartConnectionInput!) { startConnection(input: $input) { connection { status } userErrors { code } } }`;
const FORGET = `mutation ($input: RequestAnonymizationInput!) { requestAnonymization(input: $input) { request { id } userErrors { code } } }`;
const SETTLE = `mutation ($input: SettleAnonymizationStepInput!) { settleAnonymizationStep(input: $input) { request { id } userErrors { code } } }`;

const DAY_MS = 24 * 60 * 60_000;
/** The store needs as long for each of its two stages. */
const STORE_TAKES_MS = 50;

export interface Ground {
  readonly home: string;
  readonly store: Awaited<ReturnType<typeof startSandbox>>;
  readonly vtex: ServedSandbox;
  readonly corner: CornerSandbox;
  /** The corner shop takes a day: its clock is turned by so much. */
  shift: number;
  readonly database: TestDatabase;
  readonly admin: pg.Pool;
  /** Null: nobody logs in anywhere. */
  readonly logins: connecting.Ground | null;
  readonly close: () => Promise<void>;
}

export interface Shopper {
  readonly externalId: string;
  readonly email: string;
  readonly document: string;
  /** The store's own. */
  readonly customerId: string;
  /** What the stores had been asked for before by anybody. */
  readonly before: Asked;
}

/** How often stores were asked to forget somebody: VTEX, by jobs, and the corner shop. */
export interface Asked {
  readonly jobs: number;
  readonly corner: number;
}
export const askedOf = ({ vtex, corner }: Ground): Asked => ({
  jobs: Object.keys((vtex.state(JOBS) as { readonly jobs?: object } | null)?.jobs ?? {}).length,
  corner: corner.shop(CORNER).forgets.size,
});

export async function openGround(home: string, withLogins: boolean): Promise<Ground> {
  const logins = withLogins ? await connecting.openGround(home) : null;
  const database = logins?.database ?? (await createDatabase());
  const admin = logins?.admin ?? new pg.Pool({ connectionString: database.adminUrl, max: 1 });
  const store = await startSandbox();
  store.switches.set(CUSTOMER_STORE, { anonymizationMs: STORE_TAKES_MS });
  const vtex = await startVtex();
  vtex.switches.set(JOBS, { jobMs: STORE_TAKES_MS });
  const corner = await startCorner({ now: () => new Date(Date.now() + ground.shift) });
  const close = async (): Promise<void> => {
    for (const sandbox of [store, vtex, corner]) await sandbox.close();
    if (logins !== null) return logins.close();
    await admin.end();
    await database.drop();
  };
  const ground = { home, store, vtex, corner, shift: 0, database, admin, logins, close };
  return ground;
}

/** Its clock looks at requests and at connections all the time. */
export async function startForgetter({ home, store, vtex, corner, database, logins }: Ground): Promise<MortalGateway> {
  const browser = logins === null ? { SHOPKEY_BROWSER: "off" } : await connecting.workersOf(logins);
  const { ownerUrl, appUrl, clockUrl } = database;
  return startMortal({
    environment: {
      ...{ NODE_ENV: "development", PORT: "0", SHOPKEY_DATA_DIR: home, SHOPKEY_PLAYGROUND: "off", ...browser },
      LOG_LEVEL: process.env.MORTAL_LOG ?? "silent",
    },
    sandboxes: {
      "commerce-layer": store.url,
      vtex: vtex.url,
      pretend: corner.url,
      ...(logins === null ? {} : { meli: logins.store.url }),
    },
    urls: { ownerUrl, appUrl, clockUrl },
    clockEveryMs: 200,
    forgetsEveryMs: 50,
    watches: ["store", "file"],
  });
}

/** Once for each ground. */
export async function registerStores(gateway: MortalGateway): Promise<void> {
  for (const input of MORE_STORES) await heard(connecting.ask(gateway, REGISTER, input));
}

/** With a profile, a customer at the store, and a login where there are such. */
export async function newShopper(ground: Ground, gateway: MortalGateway, nth: number): Promise<Shopper> {
  const externalId = `mortal-${nth}`;
  const email = `${externalId}@example.com`;
  const document = String(40_000_000_000 + nth);
  if (nth === 1) await registerStores(gateway);
  if (ground.logins !== null) {
    const visitor = { externalId, key: externalId, connection: "", client: null };
    await ACTS.find(({ name }) => name === "verify")?.prepare(ground.logins, gateway, visitor);
  }
  const buyer = { ...ANA.buyer, email, document };
  await heard(connecting.ask(gateway, SAVE_PROFILE, { externalId, profile: { ...ANA, buyer } }));
  const { connection } = await heard(
    connecting.ask(gateway, CONNECT, { consumer: { externalId }, store: { slug: CUSTOMER_STORE } }),
  );
  if (connection?.status !== "ACTIVE") throw new Error("the shopper is not connected");
  const [customerId] = Object.entries(customersOf(ground)).find(([, customer]) => customer.email === email) ?? [];
  if (customerId === undefined) throw new Error("the store has no such customer");
  return { externalId, email, document, customerId, before: askedOf(ground) };
}

async function heard(asked: Promise<connecting.Told | null>): Promise<connecting.Told> {
  const told = await asked;
  if (told === null || told.userErrors.length > 0) throw new Error(`refused: ${JSON.stringify(told?.userErrors)}`);
  return told;
}

/** Null: nobody answered. */
export async function requestIt(
  { logins }: Ground,
  gateway: MortalGateway,
  { externalId }: Shopper,
): Promise<connecting.Told | null> {
  const slugs = logins === null ? STORES : [...STORES, LOGIN_STORE];
  const told = await connecting.ask(gateway, FORGET, {
    ...{ consumer: { externalId }, stores: slugs.map((slug) => ({ slug })) },
    idempotencyKey: `forget ${externalId}`,
  });
  if (told !== null && told.userErrors.length > 0) throw new Error(`refused: ${JSON.stringify(told.userErrors)}`);
  return told;
}

export interface WishRow {
  readonly id: string;
  readonly state: string;
  readonly steps: readonly { readonly name: string; readonly state: string; readonly slug: string | null }[];
  readonly document: string | null;
}

const WISH = `select a.id, a.state, (select r.document from anonymization_receipt r where r.anonymization_id = a.id) as document,
    (select json_agg(json_build_object('name', s.name, 'state', s.state, 'slug', o.slug) order by s.position)
     from anonymization_step s left join store o on o.id = s.store_id where s.anonymization_id = a.id) as steps
  from anonymization a join consumer c on c.org_id = a.org_id and c.id = a.consumer_id where c.external_id = $1`;

export async function wishOf({ admin }: Ground, { externalId }: Shopper): Promise<WishRow | null> {
  const { rows } = await admin.query<WishRow>(WISH, [externalId]);
  if (rows.length > 1) throw new Error("there are two requests");
  return rows[0] ?? null;
}

/** What only a person can settle is settled, and what waits for its time is due. False: the gateway is gone. */
export async function letPass(ground: Ground, gateway: MortalGateway, wish: WishRow): Promise<boolean> {
  for (const { state, slug } of wish.steps) {
    if (!state.startsWith("AWAITING_") || slug === null) continue;
    const input = {
      request: `anr_${wish.id.replaceAll("-", "")}`,
      store: { slug },
      outcome: "DONE",
      reference: "CERT-1",
    };
    if ((await connecting.ask(gateway, SETTLE, input)) === null) return false;
  }
  ground.shift += DAY_MS;
  await ground.admin.query("update anonymization_step set due_at = now() where ended_at is null and due_at > now()");
  await ground.admin.query("update anonymization set due_at = now() where ended_at is null and lease_until is null");
  // The store was not told of an end: not those that are being told.
  await ground.admin.query(`${FAREWELLS} farewell_at > now() + interval '2 minutes'`);
  return true;
}

const FAREWELLS = "update connection set farewell_at = now(), due_at = now() where";

/** Of a gateway that is dead: nobody has what it had. */
export async function endLeases({ admin }: Ground): Promise<void> {
  await admin.query(
    "update anonymization set lease_until = now() - interval '1 s', due_at = now() where ended_at is null and lease_until is not null",
  );
  await admin.query(`${FAREWELLS} farewell_at is not null`);
}

/** How often the store took a request for this customer, and what it has come to there. */
export function atStore(ground: Ground, { customerId }: Shopper): { readonly asked: number; readonly state: string } {
  const isIts = (path: string) => path.endsWith(`/customers/${customerId}`);
  const taken = ground.store.journal.filter(
    ({ method, path, status }) => method === "PATCH" && status === 200 && isIts(path),
  );
  return { asked: taken.length, state: customersOf(ground)[customerId]?.anonymization ?? "none" };
}

interface HeldCustomer {
  readonly email: string;
  readonly anonymization: string | null;
}
const customersOf = ({ store }: Ground): Readonly<Record<string, HeldCustomer>> =>
  (store.state(CUSTOMER_STORE) as { readonly customers: Readonly<Record<string, HeldCustomer>> }).customers;

/** What is beside the keys. */
export const keystoreOf = ({ home }: Ground) => folderKeystore(join(home, "keystore"));
