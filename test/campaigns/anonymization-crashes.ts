/**
 * A gateway dies before and after every commit of a whole course of being forgotten, from the request to the receipt; another one
 * goes on from there, does nothing twice and leaves nothing out.
 */
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
  readonly shop: { readonly slug: string };
  readonly mortal: Mortal;
  readonly dying: Identity;
  readonly shoppers: string[];
}

async function openWorld(): Promise<World> {
  const house = await openTestHouse();
  const caller = await house.org();
  const shop = await openCorner(house, caller);
  const mortal: Mortal = { left: Number.POSITIVE_INFINITY, diesAfterCommit: false };
  return { house, caller, shop, mortal, dying: (await house.neighbour(dieable(mortal))).identity, shoppers: [] };
}

async function shopper({ house, caller, shoppers }: World): Promise<{ externalId: string }> {
  const consumer = { externalId: `mortal-${shoppers.push("")}` };
  const buyer = { ...ANA.buyer, document: String(40_000_000_000 + shoppers.length) };
  await house.identity.saveProfile(caller, { ...consumer, profile: { ...ANA, buyer } });
  return consumer;
}

const forgets = ({ house, shop }: World): number =>
  Object.keys((house.sandbox.state(shop.slug) as unknown as { forgets: object }).forgets).length;

/** From the request to its end; null when it does not come to that. */
async function forget(
  { house, caller, shop }: World,
  identity: Identity,
  consumer: { externalId: string },
): Promise<AnonymizationView | null> {
  const { request } = await identity.requestAnonymization(caller, { consumer, stores: [shop] });
  for (let turn = 0; turn < 10; turn += 1) {
    await identity.tendAnonymization(caller.scope, request.id);
    const view = await house.identity.findAnonymization(caller, request.id);
    if (view?.endedAt) return view;
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
  const before = forgets(world);
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
  const ended = half === undefined ? await forget(world, house.identity, consumer) : await goOn(world, half.id);
  return { faults: await judge(world, consumer, ended, before), seen };
}

async function goOn({ house, caller }: World, id: string): Promise<AnonymizationView | null> {
  for (let turn = 0; turn < 10; turn += 1) {
    await house.identity.tendAnonymization(caller.scope, id);
    const view = await house.identity.findAnonymization(caller, id);
    if (view?.endedAt) return view;
    house.turnClock(TURN_MS);
  }
  return null;
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
  must(forgets(world) === before + 1, `the store was asked ${forgets(world) - before} times`);
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

export const anonymizationCrashes: Campaign = {
  name: "anonymization-crashes",
  title: "a gateway dies before and after every commit of being forgotten, so many times each; another one goes on",
  size: 5,
  run: async ({ size, say }) => {
    const world = await openWorld();
    try {
      const failures: string[] = [];
      const figures = { deaths: 0, "commits of a whole course": 0 };
      let seen = 0;
      for (let round = 0; round < size; round += 1) {
        for (const after of [false, true]) {
          let commits = 0;
          for (; commits < MOST; commits += 1) {
            const death = await dieAt(world, commits, after);
            if (death === null) break;
            figures.deaths += 1;
            seen += death.seen > 0 ? 1 : 0;
            const when = `${after ? "after" : "before"} commit ${commits + 1}`;
            failures.push(...death.faults.map((fault) => `died ${when}: ${fault}`));
          }
          figures["commits of a whole course"] = commits;
        }
        say(`${figures.deaths} deaths, ${failures.length} faults`);
      }
      failures.push(...(await judgeAll(world)));
      const controls = [{ broken: "nobody goes on where a gateway died", found: seen }];
      return { figures: { ...figures, "shoppers forgotten": world.shoppers.length }, failures, controls };
    } finally {
      await world.house.close();
    }
  },
};
