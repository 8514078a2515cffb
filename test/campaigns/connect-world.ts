/** A store to log in to, a worker with its browsers, a database, and gateways that die: what the campaign of connections stands on. */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CODES, type MeliSandbox, SHOPPERS, startSandbox } from "@shopkey/adapter-meli/sandbox";
import type { Page } from "@shopkey/adapter-sdk";
import pg from "pg";
import { openBrowserClient } from "../../src/browser/client/client.js";
import type { BrowserLayer } from "../../src/browser/index.js";
import { localWorker } from "../../src/browser/open.js";
import { type SupervisedWorker, superviseWorker } from "../../src/browser/worker/supervisor.js";
import { type LastingCluster, startLastingCluster } from "../../src/data/embedded/index.js";
import { openLog } from "../../src/kernel/log.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { enter, type LiveClient } from "../support/live-client.js";
import type { UserError } from "../support/story.js";
import { workerSettings } from "../support/worker-settings.js";
import { type MortalGateway, startMortal } from "./mortal-gateway.js";

/** Who is killed. */
export type Victim = "gateway" | "database";

export interface Ground {
  readonly home: string;
  readonly store: MeliSandbox;
  readonly worker: SupervisedWorker;
  /** The campaign's own way to the worker: the shopper's hand, and a look at what is left. */
  readonly layer: BrowserLayer;
  readonly database: TestDatabase;
  /** Its own, to be killed; null: it shares the test run's. */
  readonly cluster: LastingCluster | null;
  readonly admin: pg.Pool;
  readonly failures: string[];
  readonly close: () => Promise<void>;
}

/** What nobody comes back to ends soon enough to be waited for. */
const LIMITS = { linkMs: 60_000, detachedMs: 20_000, shutMs: 20_000 } as const;

export async function openGround(home: string, mortal: Victim = "gateway"): Promise<Ground> {
  const store = await startSandbox();
  const log = openLog({ level: "silent" });
  const settings = { ...localWorker("mortal", workerSettings(`${home}-browsers`, { slots: 8 }), home), limits: LIMITS };
  const worker = superviseWorker({ settings, logLevel: "error", log });
  const layer = openBrowserClient({ workers: [worker.worker], log });
  const cluster =
    mortal === "database" ? await startLastingCluster({ dir: `${home}-postgres`, durable: true, log }) : null;
  const database = cluster === null ? await createDatabase() : ownDatabase(cluster);
  // Comes back by itself when its connection is lost.
  const admin = new pg.Pool({ connectionString: database.adminUrl, max: 1 });
  admin.on("error", () => undefined);
  const close = async (): Promise<void> => {
    await admin.end();
    await layer.close();
    await worker.close();
    await store.close();
    await database.drop();
  };
  return { home, store, worker, layer, database, cluster, admin, failures: [], close };
}

/** Settings of a gateway that works with this worker's browsers. */
export async function workersOf({ home, worker }: Ground): Promise<{ readonly SHOPKEY_BROWSER_WORKERS: string }> {
  const { url, secret } = await worker.worker.address();
  const workers = join(home, "workers.json");
  await writeFile(workers, JSON.stringify([{ name: "mortal", url, secret }]), { mode: 0o600 });
  return { SHOPKEY_BROWSER_WORKERS: workers };
}

const ownDatabase = ({ ownerUrl, appUrl, clockUrl, adminUrl, stop }: LastingCluster): TestDatabase => ({
  ...{ ownerUrl, appUrl, clockUrl, drop: stop },
  adminUrl: Object.assign(new URL(adminUrl), { pathname: new URL(ownerUrl).pathname }).href,
});

/** `quick`: its clock comes around every half second instead of never. */
export async function startGateway(ground: Ground, pace: "quick" | "never") {
  const { home, store, database } = ground;
  const { ownerUrl, appUrl, clockUrl } = database;
  return startMortal({
    environment: {
      ...{ NODE_ENV: "development", PORT: "0", LOG_LEVEL: "fatal", SHOPKEY_DATA_DIR: home, SHOPKEY_PLAYGROUND: "off" },
      ...{ ...(await workersOf(ground)), LOG_LEVEL: process.env.MORTAL_LOG ?? "silent" },
    },
    sandboxes: { meli: store.url },
    urls: { ownerUrl, appUrl, clockUrl },
    clockEveryMs: pace === "quick" ? 500 : 3_600_000,
  });
}

export interface Told {
  readonly connection?: { readonly id: string; readonly status: string; readonly statusReason: string | null } | null;
  readonly userErrors: readonly UserError[];
  readonly [field: string]: unknown;
}

/** The payload, or null when no answer came: the gateway was killed. */
export async function ask({ url, key }: MortalGateway, query: string, input: object): Promise<Told | null> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
  const body = JSON.stringify({ query, variables: { input } });
  let text: string;
  try {
    const response = await fetch(`${url}/graphql`, { method: "POST", headers, body });
    text = await response.text();
  } catch {
    return null;
  }
  const { data } = JSON.parse(text) as { data?: Record<string, Told> };
  const [told] = Object.values(data ?? {});
  if (told === undefined) throw new Error(`no payload: ${text.slice(0, 300)}`);
  return told;
}

const never = new AbortController().signal;
const LOGIN = "https://www.mercadolivre.com/jms/mlb/lgz/login?platform_id=ML";

/** The whole login with its second factor, on a page of the session's browser. */
export const logIn = ({ layer }: Ground, sessionId: string): Promise<void> =>
  layer.withSessionPage(sessionId, never, async (page) => {
    await page.goto(LOGIN);
    await fill(page, "[name=user_id]", SHOPPERS.ana.login);
    await fill(page, "[name=password]", SHOPPERS.ana.password);
    await page.waitForSelector("[name=method][value=sms]");
    await page.click("[name=method][value=sms]");
    await fill(page, "[name=code]", CODES.sms);
    await page.waitForSelector(".nav-header-username", { state: "attached" });
  });

async function fill(page: Page, field: string, text: string): Promise<void> {
  await page.waitForSelector(field);
  await page.evaluate(`void (document.querySelector(${JSON.stringify(field)}).value = ${JSON.stringify(text)})`);
  await page.click("button:not([name])");
}

export const look = async (link: string): Promise<LiveClient> => (await enter(link)).client;

export const sql = async <R extends pg.QueryResultRow>(ground: Ground, statement: string): Promise<readonly R[]> =>
  (await ground.admin.query<R>(statement)).rows;

/** Nobody is at a store any more: whoever was is dead. */
export const endLeases = async (ground: Ground): Promise<void> => {
  await sql(
    ground,
    "update connection set attempt_lease_until = now() - interval '1 s' where attempt_lease_until > now()",
  );
  await sql(ground, "update checkout set lease_until = now() - interval '1 s' where state = 'PENDING'");
};

/** Nobody came back, and the clock has to look at everything. */
export const letTimePass = async (ground: Ground): Promise<void> => {
  await endLeases(ground);
  await sql(
    ground,
    "update connection set attempt_expires_at = now() - interval '1 s' where attempt_state in ('BEGUN', 'ASKED')",
  );
  await sql(ground, "update connection set farewell_at = now() - interval '1 s' where farewell_at is not null");
  await sql(ground, "update connection set due_at = now() - interval '1 s' where due_at is not null");
};

/** Contexts whose bytes the worker keeps. */
export const contextsOf = async ({ home }: Ground): Promise<readonly string[]> =>
  (await readdir(join(home, "contexts")).catch(() => [])).filter((name) => !name.endsWith(".deleted"));
