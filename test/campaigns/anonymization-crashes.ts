/**
 * A gateway dies before and after every commit of a whole course of being forgotten, from the request to the receipt; another one
 * goes on from there, does nothing twice and leaves nothing out.
 */
import { amazonConnector } from "@shopkey/adapter-amazon-connector";
import { startSandbox as startAmazon } from "@shopkey/adapter-amazon-connector/sandbox";
import { ifood } from "@shopkey/adapter-ifood";
import { startSandbox as startIfood } from "@shopkey/adapter-ifood/sandbox";
import { meli } from "@shopkey/adapter-meli";
import { startSandbox as startMeli } from "@shopkey/adapter-meli/sandbox";
import type { AnyAdapter } from "@shopkey/adapter-sdk";
import { vtex } from "@shopkey/adapter-vtex";
import { startSandbox as startVtex } from "@shopkey/adapter-vtex/sandbox";
import type { Data } from "../../src/data/index.js";
import type { AnonymizationView, Caller, Identity } from "../../src/identity/index.js";
import { chainFaults, verifyReceipt } from "../../src/vault/index.js";
import { ledgerOf, openCorner, openTestHouse, type TestHouse } from "../identity/house.js";
import { ANA } from "../support/story.js";
import type { Campaign } from "./campaign.js";

const MINUTE_MS = 60_000;
/** The shop waits for an hour, and takes a day. */
const TURN_MS = 26 * 60 * MINUTE_MS;
/** More commits than any course has. */
const MOST = 100;

class Died extends Error {}

/** One whose database says no more after so many commits; the last one may have been heard of by nobody. */
interface Mortal {
  left: number;
  diesAfterCommit: boolean;
}
const dieable =
  (mortal: Mortal) =>
  (data: Data): Data => ({
    ...data,
    inScope: async (scope, work, safe) => {
      if (mortal.left < 0 || (mortal.left === 0 && !mortal.diesAfterCommit)) throw new Died();
      mortal.left -= 1;
      const done = await data.inScope(scope, work, safe);
      if (mortal.left < 0) throw new Died();
      return done;
    },
  });

interface World {
  readonly house: TestHouse;
  readonly caller: Caller;
  readonly stores: readonly { readonly slug: string }[];
  /** How often a store was asked to forget somebody, so far. */
  readonly asked: () => Promise<number>;
  /** How often each may be: once, and twice where a store knows no key by which it would tell a repetition. */
  readonly most: number;
  readonly mortal: Mortal;
  readonly dying: Identity;
  readonly shoppers: string[];
}

/** The corner shop, which tells a repetition; or VTEX by jobs, which does not, beside all those where the shopper has to act. */
export type Ground = "corner" | "jobs and tasks";

async function openWorld(ground: Ground): Promise<World> {
  const others = [
    { adapter: vtex() as AnyAdapter, start: startVtex },
    { adapter: meli() as AnyAdapter, start: startMeli },
    { adapter: ifood() as AnyAdapter, start: startIfood },
    { adapter: amazonConnector() as AnyAdapter, start: startAmazon },
  ];
  const house = await openTestHouse(ground === "corner" ? {} : { others });
  const caller = await house.org();
  const mortal: Mortal = { left: Number.POSITIVE_INFINITY, diesAfterCommit: false };
  const world = { house, caller, mortal, dying: (await house.neighbour(dieable(mortal))).identity, shoppers: [] };
  if (ground === "corner") {
    const shop = await openCorner(house, caller);
    const held = () => house.sandbox.state(shop.slug) as unknown as { readonly forgets: object };
    return { ...world, stores: [shop], asked: async () => Object.keys(held().forgets).length, most: 1 };
  }
  await house.identity.registerStore(caller, {
    ...{ adapter: "vtex", slug: "direitos", title: "Direitos", settings: { account: "direitos", userRights: true } },
    credentials: { appKey: "vtexappkey-direitos-ABCDEF", appToken: "token" },
  });
  await house.identity.registerStore(caller, {
    ...{ adapter: "meli", slug: "mercadolivre", title: "Mercado Livre", settings: { site: "MLB" } },
  });
  await house.identity.registerStore(caller, { adapter: "ifood", slug: "ifood", title: "iFood", settings: {} });
  await house.identity.registerStore(caller, {
    ...{ adapter: "amazon-connector", slug: "amazon", title: "Amazon" },
    settings: { prefix: "GWID", stores: [{ id: "STORE-001" }] },
  });
  const journal = `${house.sandboxes.get("vtex")}/_sandbox/journal?account=direitos`;
  const asked = async () =>
    ((await (await fetch(journal)).json()) as { method: string; path: string; status: number }[]).filter(
      ({ method, path, status }) => method === "POST" && path === "/api/user-rights/forget/jobs" && status === 201,
    ).length;
  return { ...world, stores: SLUGS.map((slug) => ({ slug })), asked, most: 2 };
}

const SLUGS = ["direitos", "mercadolivre", "ifood", "amazon"];

async function shopper({ house, caller, shoppers }: World): Promise<{ externalId: string }> {
  const consumer = { externalId: `mortal-${shoppers.push("")}` };
  const buyer = { ...ANA.buyer, document: String(40_000_000_000 + shoppers.length) };
  await house.identity.saveProfile(caller, { ...consumer, profile: { ...ANA, buyer } });
  return consumer;
}

/** From the request to its end; null when it does not come to that. */
async function forget(
  world: World,
  identity: Identity,
  consumer: { externalId: string },
): Promise<AnonymizationView | null> {
  const { request } = await identity.requestAnonymization(world.caller, { consumer, stores: world.stores });
  return goOn(world, identity, request.id);
}

/** Whoever looks after it, a person settles what waits for one. */
async function goOn({ house, caller }: World, identity: Identity, id: string): Promise<AnonymizationView | null> {
  for (let turn = 0; turn < 10; turn += 1) {
    await identity.tendAnonymization(caller.scope, id);
    const view = await house.identity.findAnonymization(caller, id);
    if (view?.endedAt) return view;
    for (const { status, store } of view?.steps ?? []) {
      if (store === null || !status.startsWith("AWAITING_")) continue;
      const end = { request: id, store: { slug: store.slug }, outcome: "DONE", reference: "CERT-1" } as const;
      await house.identity.settleAnonymizationStep(caller, end);
    }
    house.turnClock(TURN_MS);
  }
  return null;
}

interface Death {
  readonly faults: readonly string[];
  /** Faults that were there before anybody went on: the control. */
  readonly seen: number;
}

/** Null: it had no such commit, and came to its end. */
async function dieAt(world: World, commits: number, after: boolean): Promise<Death | null> {
  const { house, caller, mortal, dying } = world;
  const before = await world.asked();
  const consumer = await shopper(world);
  Object.assign(mortal, { left: commits, diesAfterCommit: after });
  const died = await forget(world, dying, consumer).then(
    () => false,
    (error: unknown) => {
      if (error instanceof Died) return true;
      throw error;
    },
  );
  mortal.left = Number.POSITIVE_INFINITY;
  if (!died) return null;
  const [half] = (await house.identity.listAnonymizations(caller, { first: 1, filter: { consumer } })).nodes;
  const seen = (await judge(world, consumer, half ?? null, before)).length;
  // Its lease runs out, and another one goes on. Whoever asked asks again, when they never heard of an answer.
  house.turnClock(3 * MINUTE_MS);
  const ended =
    half === undefined ? await forget(world, house.identity, consumer) : await goOn(world, house.identity, half.id);
  return { faults: await judge(world, consumer, ended, before), seen };
}

/** What is not as it has to be for one who was forgotten. */
async function judge(
  world: World,
  { externalId }: { readonly externalId: string },
  view: AnonymizationView | null,
  before: number,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const must = (isSo: boolean, what: string): void => {
    if (!isSo) faults.push(what);
  };
  must(view?.status === "COMPLETED", `the request is ${view?.status ?? "not there"}`);
  const open = view?.steps.filter(({ status }) => status !== "DONE" && status !== "SKIPPED") ?? [];
  must(open.length === 0, `steps left: ${open.map(({ name, status }) => `${name} ${status}`).join()}`);
  const times = (await world.asked()) - before;
  must(times >= 1 && times <= world.most, `the store was asked ${times} times`);
  must(verifyReceipt(Buffer.from(view?.receipt?.document ?? "")).kind === "genuine", "the receipt is not genuine");
  const { rows } = await world.house.admin.query<{ keys: number; profiles: number; status: string }>(
    `select (select count(*)::int from consumer_key where consumer_id = c.id) as keys,
       (select count(*)::int from profile where consumer_id = c.id) as profiles, c.status
     from consumer c where c.external_id = $1`,
    [externalId],
  );
  const [row] = rows;
  must(row?.keys === 0 && row.profiles === 0 && row.status === "ANONYMIZED", "something is left in the database");
  return faults;
}

/** Of all of them together: one chain, beside the keys as in the database, and every end told once. */
async function judgeAll({ house, caller, shoppers }: World): Promise<readonly string[]> {
  const { orgId } = caller.scope;
  const { rows } = await house.admin.query<{ document: string }>(
    "select document from anonymization_receipt where org_id = $1 order by sequence",
    [orgId],
  );
  const verdicts = rows.map(({ document }) => verifyReceipt(Buffer.from(document)));
  const genuine = verdicts.filter((one) => one.kind === "genuine");
  const faults = [...chainFaults(genuine)];
  if (genuine.length !== shoppers.length) faults.push(`${genuine.length} receipts for ${shoppers.length} shoppers`);
  if (genuine.some(({ sequence }, at) => sequence !== at + 1)) faults.push("a number is missing");
  const kept = (await house.keystore.receipts.list(orgId)).map(({ document }) => document);
  if (kept.join() !== rows.map(({ document }) => document).join())
    faults.push("the receipts beside the keys are others");
  const actions = await ledgerOf(house, orgId);
  for (const action of ["requested", "shredded", "ended"]) {
    const count = actions.filter((one) => one === `anonymization.${action}`).length;
    if (count !== shoppers.length) faults.push(`${action}: told ${count} times for ${shoppers.length} shoppers`);
  }
  return faults;
}

interface Deaths {
  readonly deaths: number;
  /** Of a whole course. */
  readonly commits: number;
  readonly failures: readonly string[];
  /** Deaths that left something undone: the control, for what nobody goes on with must be seen. */
  readonly undone: number;
}

/** Dies before and after each commit, or each `stride`th of them. */
export async function dieAtCommits(
  ground: Ground,
  { rounds = 1, stride = 1 }: { readonly rounds?: number; readonly stride?: number } = {},
): Promise<Deaths> {
  const world = await openWorld(ground);
  try {
    const failures: string[] = [];
    let [deaths, undone, most] = [0, 0, 0];
    for (let round = 0; round < rounds; round += 1) {
      for (const after of [false, true]) {
        for (let commits = after ? Math.floor(stride / 2) : 0; commits < MOST; commits += stride) {
          const death = await dieAt(world, commits, after);
          if (death === null) break;
          deaths += 1;
          undone += death.seen > 0 ? 1 : 0;
          most = Math.max(most, commits + 1);
          const when = `${ground}: died ${after ? "after" : "before"} commit ${commits + 1}`;
          failures.push(...death.faults.map((fault) => `${when}: ${fault}`));
        }
      }
    }
    failures.push(...(await judgeAll(world)));
    return { deaths, commits: most, failures, undone };
  } finally {
    await world.house.close();
  }
}

export const anonymizationCrashes: Campaign = {
  name: "anonymization-crashes",
  title: "a gateway dies before and after every commit of being forgotten, so many times each; another one goes on",
  size: 3,
  run: async ({ size, say }) => {
    const corner = await dieAtCommits("corner", { rounds: size });
    say(`corner shop: ${corner.deaths} deaths, ${corner.failures.length} faults`);
    const stores = await dieAtCommits("jobs and tasks", { rounds: size });
    say(`VTEX, Mercado Livre, iFood and Amazon: ${stores.deaths} deaths, ${stores.failures.length} faults`);
    return {
      figures: {
        "deaths, corner shop": corner.deaths,
        "commits of a whole course, corner shop": corner.commits,
        "deaths, VTEX, Mercado Livre, iFood and Amazon": stores.deaths,
        "commits of a whole course, VTEX, Mercado Livre, iFood and Amazon": stores.commits,
      },
      failures: [...corner.failures, ...stores.failures],
      controls: [{ broken: "nobody goes on where a gateway died", found: corner.undone + stores.undone }],
    };
  },
};
