/** Gateways killed under load: what was acknowledged is there, nothing is half there, and nothing was done twice. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { seeded } from "../vault/seeded.js";
import type { Campaign, CampaignOptions, CampaignReport, Control } from "./campaign.js";
import {
  askOnce,
  type Book,
  buy,
  load,
  masksOf,
  newBook,
  type Purchase,
  type Saver,
  saveVersion,
} from "./kill-load.js";
import { type KilledGateway, type Killing, startKillable } from "./killed-gateway.js";

const SAVERS = 6;
const BUYERS = 3;
const KILLINGS: readonly Killing[] = process.platform === "linux" ? ["gateway", "everything", "session"] : ["gateway"];
/** The clock looks every 10 seconds, give or take 2. */
const CLOCK_TURNS_MS = 30_000;

interface Ground {
  readonly dataDir: string;
  readonly store: Awaited<ReturnType<typeof startSandbox>>;
  readonly book: Book;
  readonly failures: string[];
  unanswered: number;
}

const READ = `query ($externalId: String!) {
  consumer(externalId: $externalId) { id profile { buyer { email document phone } } }
}`;
const FIND = `query ($id: ID!) { checkoutIdentity(id: $id) { id state cartId consumer { externalId } } }`;

/** The version that is there, told by every mask alike; null when the masks do not belong together. */
async function versionOf(gateway: KilledGateway, { externalId }: Pick<Saver, "externalId">): Promise<number | null> {
  const consumer = (await askOnce(gateway, READ, { externalId })) as unknown as {
    profile: { buyer: ReturnType<typeof masksOf> } | null;
  } | null;
  if (consumer === null || consumer.profile === null) return 0;
  const { buyer } = consumer.profile;
  const version = Number(/@v(\d+)\./.exec(buyer.email)?.[1] ?? Number.NaN);
  const { email, document, phone } = masksOf(version);
  return buyer.email === email && buyer.document === document && buyer.phone === phone ? version : null;
}

/** What the book says against what is there. */
async function judgeSaver(gateway: KilledGateway, saver: Saver): Promise<readonly string[]> {
  const { externalId, acked, sent } = saver;
  const version = await versionOf(gateway, saver);
  if (version === null) return [`${externalId}: a profile of two halves`];
  if (version < acked) return [`${externalId}: version ${acked} was acknowledged, ${version} is there`];
  return version > sent ? [`${externalId}: version ${version} was never sent`] : [];
}

/** What was under way is asked again, and is then there once. */
async function takeUpSave(gateway: KilledGateway, saver: Saver): Promise<readonly string[]> {
  if (saver.sent === saver.acked) return [];
  if (!(await saveVersion(gateway, saver, saver.sent))) return [`${saver.externalId}: cannot be saved any more`];
  saver.acked = saver.sent;
  return judgeSaver(gateway, saver);
}

async function judgeLedger(gateway: KilledGateway, { savers }: Book): Promise<readonly string[]> {
  const rows = await gateway.sql<{ external_id: string; lines: number }>(
    `select c.external_id, count(*)::int as lines from audit_event a join consumer c on c.org_id = a.org_id
       and c.id = a.consumer_id where a.action = 'profile.saved' group by 1`,
  );
  const lines = new Map(rows.map((row) => [row.external_id, row.lines]));
  return savers
    .filter(({ externalId, acked }) => (lines.get(externalId) ?? 0) !== acked)
    .map(
      ({ externalId, acked }) => `${externalId}: ${acked} saves and ${lines.get(externalId) ?? 0} lines in the ledger`,
    );
}

async function judgePurchase(gateway: KilledGateway, { externalId, acked }: Purchase): Promise<readonly string[]> {
  if (acked === null) return [];
  const found = (await askOnce(gateway, FIND, { id: acked.id })) as unknown as {
    state: string;
    cartId: string;
    consumer: { externalId: string };
  } | null;
  const isThere =
    found?.state === "APPLIED" && found.cartId === acked.cartId && found.consumer.externalId === externalId;
  return isThere ? [] : [`${externalId}: an acknowledged checkout is not there`];
}

/** Carts at the store that hold this shopper, by the store's own word. */
function cartsOf({ store }: Ground): ReadonlyMap<string, number> {
  const { carts } = store.state("cobasi") as { carts: Record<string, { clientProfileData: { email: string } | null }> };
  const counts = new Map<string, number>();
  for (const { clientProfileData } of Object.values(carts)) {
    const email = clientProfileData?.email;
    if (email !== undefined) counts.set(email, (counts.get(email) ?? 0) + 1);
  }
  return counts;
}

const turnLeases = (gateway: KilledGateway) =>
  gateway.sql(`update checkout set lease_until = now() - interval '1 second' where state = 'PENDING'`);

/** Every other one is asked for again; the rest is left to the clock. */
async function takeUpPurchases(gateway: KilledGateway, { purchases }: Book): Promise<readonly string[]> {
  await turnLeases(gateway);
  const open = purchases.filter(({ acked }) => acked === null);
  const faults: string[] = [];
  for (const [at, purchase] of open.entries()) {
    if (at % 2 === 1) continue;
    purchase.acked = await buy(gateway, purchase);
    if (purchase.acked === null) faults.push(`${purchase.externalId}: an interrupted checkout is not finished`);
  }
  return faults;
}

async function judgeAll(ground: Ground, gateway: KilledGateway): Promise<readonly string[]> {
  const { book } = ground;
  const faults: string[] = [];
  for (const saver of book.savers) faults.push(...(await judgeSaver(gateway, saver)));
  for (const saver of book.savers) faults.push(...(await takeUpSave(gateway, saver)));
  faults.push(...(await judgeLedger(gateway, book)), ...(await takeUpPurchases(gateway, book)));
  for (const purchase of book.purchases.slice(-60)) faults.push(...(await judgePurchase(gateway, purchase)));
  const carts = cartsOf(ground);
  for (const { externalId, email, acked } of book.purchases) {
    const count = carts.get(email) ?? 0;
    if (count > 1 || (acked !== null && count === 0)) faults.push(`${externalId}: ${count} carts for one key`);
  }
  return faults;
}

/** Until the clock has finished or undone whatever nobody asked for again. */
async function judgeClock(gateway: KilledGateway): Promise<readonly string[]> {
  await turnLeases(gateway);
  for (const end = performance.now() + CLOCK_TURNS_MS; ; await wait(300)) {
    const rows = await gateway.sql<{ pending: number }>(
      "select count(*)::int as pending from checkout where state = 'PENDING'",
    );
    const pending = rows[0]?.pending ?? 0;
    if (pending === 0) return [];
    if (performance.now() > end) return [`${pending} checkouts are still pending after the clock's turn`];
  }
}

async function killRound(
  ground: Ground,
  gateway: KilledGateway,
  what: Killing,
  afterMs: number,
): Promise<KilledGateway> {
  let isOver = false;
  const begun = ground.book.purchases.length;
  const loading = load(gateway, ground.book, BUYERS, () => isOver);
  await wait(afterMs);
  await gateway.kill(what);
  isOver = true;
  await loading;
  ground.unanswered += ground.book.savers.filter(({ acked, sent }) => sent > acked).length;
  ground.unanswered += ground.book.purchases.slice(begun).filter(({ acked }) => acked === null).length;
  if (what !== "session") return startKillable(ground.dataDir, ground.store.url);
  for (let tries = 0; tries < 100 && (await versionOf(gateway, { externalId: "saver-0" })) === 0; tries++)
    await wait(100);
  return gateway;
}

async function onGround<T>(work: (ground: Ground) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), "shopkey-kills-"));
  const store = await startSandbox();
  try {
    return await work({ dataDir, store, book: newBook(SAVERS), failures: [], unanswered: 0 });
  } finally {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function runKills({ size, seed, say }: CampaignOptions): Promise<CampaignReport> {
  const random = seeded(seed);
  return onGround(async (ground) => {
    let gateway = await startKillable(ground.dataDir, ground.store.url);
    try {
      for (let round = 0; round < size; round++) {
        const what = KILLINGS[round % KILLINGS.length] ?? "gateway";
        gateway = await killRound(ground, gateway, what, 300 + random.below(1_200));
        const faults = await judgeAll(ground, gateway);
        ground.failures.push(...faults.map((fault) => `round ${round + 1} (${what}): ${fault}`));
        say(`  round ${round + 1}, ${what} killed: ${faults.length === 0 ? "nothing lost" : faults.join("; ")}`);
      }
      ground.failures.push(...(await judgeClock(gateway)));
      const controls = [
        await miscounted(ground, gateway),
        ...(size < 10 || KILLINGS.length === 1 ? [] : [await careless()]),
      ];
      return { figures: figuresOf(ground, size), failures: ground.failures, controls };
    } finally {
      await gateway.stop();
    }
  });
}

const figuresOf = ({ book, unanswered, failures }: Ground, rounds: number) => ({
  rounds,
  "saves acknowledged": book.savers.reduce((sum, { acked }) => sum + acked, 0),
  "checkouts acknowledged": book.purchases.filter(({ acked }) => acked !== null).length,
  "requests whose answer never came": unanswered,
  "lost, halved or doubled": failures.length,
});

/** A client that counts as done what it was never told: the judge must see that it is not there. */
async function miscounted({ book }: Ground, gateway: KilledGateway): Promise<Control> {
  let found = 0;
  for (const saver of book.savers) {
    const { acked, sent } = saver;
    found += (await judgeSaver(gateway, { ...saver, acked: acked + 1, sent: sent + 1 })).length;
  }
  return { broken: "a client that counts what nobody acknowledged", found };
}

/** A database that acknowledges before it has written: it must lose something when everything is killed. */
async function careless(): Promise<Control> {
  return onGround(async (ground) => {
    let gateway = await startKillable(ground.dataDir, ground.store.url);
    try {
      await gateway.sql("alter role shopkey_app set synchronous_commit = off");
      await gateway.sql("alter system set wal_writer_delay = '10s'");
      await gateway.sql("select pg_reload_conf()");
      await gateway.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shopkey_app'");
      await wait(500);
      gateway = await killRound(ground, gateway, "everything", 1_500);
      const faults: string[] = [];
      for (const saver of ground.book.savers) faults.push(...(await judgeSaver(gateway, saver)));
      return { broken: "a database that acknowledges before it writes", found: faults.length };
    } finally {
      await gateway.stop();
    }
  });
}

/** As many rounds as asked for; each kills in the next of the ways there are. */
export const kills: Campaign = {
  name: "kills",
  title: "gateways and databases killed under load: nothing acknowledged is lost, nothing is halved or done twice",
  size: 50,
  run: runKills,
};
