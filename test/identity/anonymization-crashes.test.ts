/** A gateway that dies at any statement of a request leaves it to another one, which does nothing twice and leaves nothing out. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Data } from "../../src/data/index.js";
import type { AnonymizationView, Caller, Identity } from "../../src/identity/index.js";
import { verifyReceipt } from "../../src/vault/index.js";
import { ANA } from "../support/story.js";
import { ledgerOf, openCorner, openTestHouse, type TestHouse } from "./house.js";

const MINUTE_MS = 60_000;
let house: TestHouse;
let caller: Caller;
let shop: { slug: string };
let dying: Identity;
/** How many more transactions the dying gateway commits. */
let left = Number.POSITIVE_INFINITY;
let diesAfterCommit = false;
beforeAll(async () => {
  house = await openTestHouse();
  caller = await house.org();
  shop = await openCorner(house, caller);
  dying = (await house.neighbour(mortal)).identity;
});
afterAll(() => house.close());

class Died extends Error {}

/** Once it is dead nothing is committed any more; the last thing may have been, without anybody having heard. */
const mortal = (data: Data): Data => ({
  ...data,
  inScope: async (scope, work, safe) => {
    if (left <= 0 && !diesAfterCommit) throw new Died();
    left -= 1;
    if (left < -1) throw new Died();
    const done = await data.inScope(scope, work, safe);
    if (left < 0) throw new Died();
    return done;
  },
});

let count = 0;
async function shopper(): Promise<{ externalId: string }> {
  count += 1;
  const consumer = { externalId: `mortal-${count}` };
  const buyer = { ...ANA.buyer, document: String(40_000_000_000 + count) };
  await house.identity.saveProfile(caller, { ...consumer, profile: { ...ANA, buyer } });
  return consumer;
}

const forgets = () => Object.keys((house.sandbox.state(shop.slug) as unknown as { forgets: object }).forgets).length;

async function finish(id: string): Promise<AnonymizationView> {
  for (let turn = 0; turn < 10; turn += 1) {
    await house.identity.tendAnonymization(caller.scope, id);
    const view = await house.identity.findAnonymization(caller, id);
    if (view?.endedAt) return view;
    // The shop waits for an hour, and takes a day.
    house.turnClock(26 * 60 * MINUTE_MS);
  }
  throw new Error("it does not end");
}

async function dieAt(steps: number, after: boolean): Promise<boolean> {
  const before = forgets();
  const consumer = await shopper();
  const { request } = await house.identity.requestAnonymization(caller, { consumer, stores: [shop] });
  [left, diesAfterCommit] = [steps, after];
  const died = await dying.tendAnonymization(caller.scope, request.id).then(
    () => false,
    (error: unknown) => error instanceof Died,
  );
  left = Number.POSITIVE_INFINITY;
  // Its lease runs out, and the other one goes on.
  house.turnClock(3 * MINUTE_MS);
  const view = await finish(request.id);
  expect(view).toMatchObject({ status: "COMPLETED" });
  expect(view.steps.every(({ status }) => status === "DONE" || status === "SKIPPED")).toBe(true);
  expect(forgets()).toBe(before + 1);
  expect(verifyReceipt(Buffer.from(view.receipt?.document ?? ""))).toMatchObject({ kind: "genuine" });
  const { rows } = await house.admin.query(
    `select (select count(*)::int from consumer_key where consumer_id = c.id) as keys,
       (select count(*)::int from profile where consumer_id = c.id) as profiles, c.status
     from consumer c where c.external_id = $1`,
    [consumer.externalId],
  );
  expect(rows).toEqual([{ keys: 0, profiles: 0, status: "ANONYMIZED" }]);
  return died;
}

describe.each([
  ["before", false],
  ["after", true],
])("a gateway that dies %s a commit", (_when, after) => {
  test("leaves what the other one goes on from, at every other commit", async () => {
    let deaths = 0;
    for (let steps = after ? 1 : 0; steps < 60; steps += 2) {
      if (!(await dieAt(steps, after))) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(4);
  }, 240_000);
});

test("every receipt of it all is in one chain, and every end is in the ledger once", async () => {
  const { rows } = await house.admin.query<{ document: string }>(
    "select document from anonymization_receipt where org_id = $1 order by sequence",
    [caller.scope.orgId],
  );
  const verdicts = rows.map(({ document }) => verifyReceipt(Buffer.from(document)));
  for (const [at, verdict] of verdicts.entries()) {
    const before = verdicts[at - 1];
    const previous = before?.kind === "genuine" ? before.digest : null;
    expect(verdict).toMatchObject({ kind: "genuine", sequence: at + 1, previous });
  }
  const actions = await ledgerOf(house, caller.scope.orgId);
  expect(actions.filter((action) => action === "anonymization.ended")).toHaveLength(count);
  expect(actions.filter((action) => action === "anonymization.shredded")).toHaveLength(count);
});
