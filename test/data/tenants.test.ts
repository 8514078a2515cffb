import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type pg from "pg";
import { type ConsumerCard, consumers, type Scope, stores } from "../../src/data/index.js";
import { newId } from "../../src/kernel/ids.js";
import {
  as,
  type Bench,
  firstWrite,
  laterWrite,
  ledgerLine,
  makeOrg,
  makeShopper,
  openBench,
  readPage,
} from "./fixtures.js";

const EVERYTHING = { profile: true, connections: true } as const;

let bench: Bench;
let ours: Scope;
let theirs: Scope;
beforeAll(async () => {
  bench = await openBench(2);
  ours = await makeOrg(bench.data);
  theirs = await makeOrg(bench.data);
});
afterAll(() => bench.end());

/** The org that wrote a row is in its names: a row of another org would tell itself. */
const isForeign = (scope: Scope, { consumer, connections }: ConsumerCard) =>
  !consumer.externalId.startsWith(scope.orgId) || connections.some(({ store }) => store.orgId !== scope.orgId);

async function workAtRandom(scope: Scope, worker: number): Promise<number> {
  const { data } = bench;
  let foreign = 0;
  const externalId = `${scope.orgId}/${worker}`;
  const write = firstWrite(externalId);
  expect((await data.saveProfile(scope, write)).outcome).toBe("saved");
  for (let round = 1; round <= 12; round += 1) {
    const choice = (worker * 7 + round) % 5;
    if (choice === 0) {
      const card = await data.consumerCard(scope, { externalId }, EVERYTHING);
      if (card === null || isForeign(scope, card)) foreign += 1;
    } else if (choice === 1) {
      const page = await readPage(data, scope, { limit: 100, after: null, descending: true, ...EVERYTHING });
      foreign += page.filter((card) => isForeign(scope, card)).length;
    } else if (choice === 2) {
      const revision = (await data.consumerCard(scope, { externalId }, EVERYTHING))?.profile?.revision ?? 0;
      expect((await data.saveProfile(scope, laterWrite(write, revision))).outcome).toBe("saved");
    } else if (choice === 3) {
      const row = await data.inScope(scope, (tx) => consumers.find(tx, { externalId }));
      if (row?.orgId !== scope.orgId) foreign += 1;
    } else {
      const id = newId("csm");
      const named = { id, externalId: `${scope.orgId}/${id}`, shopperReference: id };
      await data.inScope(scope, (tx) => consumers.create(tx, named));
    }
  }
  return foreign;
}

describe("two orgs on two connections", () => {
  test("never see each other's rows, and leave nothing behind on a connection", async () => {
    const workers = Array.from({ length: 24 }, (_, worker) => workAtRandom(worker % 2 === 0 ? ours : theirs, worker));
    expect((await Promise.all(workers)).reduce((sum, foreign) => sum + foreign, 0)).toBe(0);
    // The very connections that did the work: still open, and they must show nothing to whoever comes next.
    const before = await backends();
    const left = await Promise.all([probe(), probe()]);
    expect(await backends()).toEqual(before);
    expect(left).toEqual([
      { setting: "", visible: 0 },
      { setting: "", visible: 0 },
    ]);
  });

  /** What a borrower of a pooled connection sees who sets no scope. */
  async function probe() {
    // A scope of nobody, so that the room hands out a connection; cleared again before looking.
    return await bench.data.inScope({ orgId: newId("org"), environment: "test" }, async ({ em }) => {
      await em.execute("commit");
      const [row] = await em.execute<{ setting: string; visible: number }[]>(
        `select coalesce(current_setting('app.org', true), '') as setting,
          (select count(*)::int from consumer) + (select count(*)::int from profile) as visible`,
      );
      return row;
    });
  }
  const backends = () =>
    as(bench.database.adminUrl, async (admin) => {
      const { rows } = await admin.query<{ pid: number }>(
        "select pid from pg_stat_activity where usename = 'shopkey_app' and application_name = 'shopkey' order by pid",
      );
      return rows.map(({ pid }) => pid);
    });

  test("a session-wide setting would be seen by the next borrower: the probe can fail", async () => {
    await as(bench.database.appUrl, async (client) => {
      await client.query("select set_config('app.org', $1, false), set_config('app.environment', 'test', false)", [
        ours.orgId,
      ]);
      const { rows } = await client.query<{ visible: number }>("select count(*)::int as visible from consumer");
      expect(rows[0]?.visible).toBeGreaterThan(0);
    });
  });
});

const TABLES = [
  ...["org", "api_key", "consumer", "consumer_key", "profile", "consumer_index", "store", "connection", "checkout"],
  ...["recognition", "recognition_key", "recognition_answer", "recognition_refusal", "route_rate"],
  ...["order_report", "idempotency", "audit_event"],
];

describe("without a scope", () => {
  test.each(TABLES)("%s shows nothing", async (table) => {
    await makeShopper(bench.data, ours);
    await as(bench.database.appUrl, async (client) => {
      const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from ${table}`);
      expect(rows[0]?.count).toBe(0);
    });
  });

  test("the owner sees nothing either", async () => {
    await as(bench.database.ownerUrl, async (client) => {
      const { rows } = await client.query<{ count: number }>("select count(*)::int as count from consumer");
      expect(rows[0]?.count).toBe(0);
    });
  });

  test("nothing is written", async () => {
    await as(bench.database.appUrl, async (client) => {
      const insert = `insert into consumer (org_id, id, environment, external_id, shopper_reference)
        values ($1, gen_random_uuid(), 'test', 'x', 'xyz')`;
      await expect(client.query(insert, [ours.orgId])).rejects.toMatchObject({ code: "42501" });
      const { rowCount } = await client.query("update consumer set order_count = 9");
      expect(rowCount).toBe(0);
    });
  });

  test("the clock sees when leases end, and no other column", async () => {
    await as(bench.database.clockUrl, async (clock) => {
      await clock.query("select org_id, environment, id, state, lease_until, created_at from checkout");
      await clock.query("select org_id, environment, id, due_at from connection");
      await expect(clock.query("select secret from connection")).rejects.toMatchObject({ code: "42501" });
      await expect(clock.query("update connection set due_at = null")).rejects.toMatchObject({ code: "42501" });
      await expect(clock.query("select cart from checkout")).rejects.toMatchObject({ code: "42501" });
      await expect(clock.query("select id from consumer")).rejects.toMatchObject({ code: "42501" });
      await expect(clock.query("update checkout set state = 'FAILED'")).rejects.toMatchObject({ code: "42501" });
      await expect(clock.query("select * from caller_by_key('')")).rejects.toMatchObject({ code: "42501" });
    });
  });
});

describe("within a scope", () => {
  test("another org's ids find nothing, by any way", async () => {
    const { data } = bench;
    const foreign = await makeShopper(data, theirs);
    expect(await data.consumerCard(ours, { id: foreign.consumerId }, EVERYTHING)).toBeNull();
    expect(await data.consumerCard(ours, { externalId: foreign.externalId }, EVERYTHING)).toBeNull();
    expect(await data.saveProfile(ours, laterWrite(foreign.write, 1))).toMatchObject({ outcome: "not_found" });
    const found = await data.inScope(ours, async (tx) => [
      await consumers.find(tx, { id: foreign.consumerId }),
      await stores.find(tx, { id: foreign.storeId }),
      await consumers.findKey(tx, foreign.consumerId),
      await consumers.findProfile(tx, foreign.consumerId),
      await consumers.deleteProfile(tx, foreign.consumerId),
    ]);
    expect(found).toEqual([null, null, null, null, false]);
    expect((await data.consumerCard(theirs, { id: foreign.consumerId }, EVERYTHING))?.profile?.revision).toBe(1);
  });

  test("another org's rows can be neither written, nor moved, nor pointed at", async () => {
    const foreign = await makeShopper(bench.data, theirs);
    const mine = await makeShopper(bench.data, ours);
    const attempts = [
      `insert into store (org_id, id, environment, slug, adapter, title)
        values ('${theirs.orgId}', gen_random_uuid(), 'test', 's', 'vtex', 't')`,
      `update consumer set org_id = '${theirs.orgId}' where id = '${mine.consumerId}'`,
      `update consumer set environment = 'live' where id = '${mine.consumerId}'`,
      `insert into connection (org_id, id, environment, consumer_id, store_id, via, status) values ('${ours.orgId}',
        gen_random_uuid(), 'test', '${foreign.consumerId}', '${foreign.storeId}', 'PROFILE', 'ACTIVE')`,
    ];
    for (const attempt of attempts) {
      const run = bench.data.inScope(ours, (tx) => tx.em.execute(attempt));
      await expect(run).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|23503)$/) });
    }
    const swept = await bench.data.inScope(ours, (tx) =>
      tx.em.execute("with gone as (delete from profile returning org_id) select distinct org_id from gone"),
    );
    expect(swept).toEqual([{ org_id: ours.orgId }]);
  });

  test("the same names may exist in both, so that nobody learns what another has", async () => {
    const externalId = `shared-${newId("csm")}`;
    for (const scope of [ours, theirs]) {
      expect((await bench.data.saveProfile(scope, firstWrite(externalId))).outcome).toBe("saved");
    }
  });

  test("the ledger takes lines and gives none up", async () => {
    await bench.data.saveProfile(ours, firstWrite(`ledger-${newId("csm")}`));
    for (const change of ["update audit_event set outcome = 'other'", "delete from audit_event"]) {
      const run = bench.data.inScope(ours, (tx) => tx.em.execute(change));
      await expect(run).rejects.toMatchObject({ code: "42501" });
    }
  });
});

describe("the environments of one org", () => {
  test("see nothing of each other", async () => {
    const { data } = bench;
    const live: Scope = { ...ours, environment: "live" };
    const shopper = await makeShopper(data, ours);
    expect(await data.consumerCard(live, { id: shopper.consumerId }, EVERYTHING)).toBeNull();
    expect(await readPage(data, live, { limit: 9, after: null, descending: true, ...EVERYTHING })).toEqual([]);
    expect(await data.consumerCount(live)).toBe(0);
    expect((await data.saveProfile(live, laterWrite(shopper.write, 1))).outcome).toBe("not_found");
    expect(await data.inScope(live, (tx) => stores.find(tx, { id: shopper.storeId }))).toBeNull();
    // Not even by a statement that names the other environment's rows.
    const mixed = data.inScope(live, (tx) =>
      tx.em.execute(`insert into order_report (org_id, environment, consumer_id, reference)
        values ('${ours.orgId}', 'live', '${shopper.consumerId}', 'o-1')`),
    );
    await expect(mixed).rejects.toMatchObject({ code: "23503" });
    expect((await data.saveProfile(live, firstWrite(shopper.externalId))).outcome).toBe("saved");
  });
});

describe("a function of the hot path", () => {
  test("answers for the scope it was given, whatever was set before", async () => {
    const shopper = await makeShopper(bench.data, theirs);
    await as(bench.database.appUrl, async (client: pg.Client) => {
      await client.query("select set_config('app.org', $1, false), set_config('app.environment', 'test', false)", [
        theirs.orgId,
      ]);
      const card = "select * from consumer_card($1, 'test', $2, null, true, 'full')";
      expect((await client.query(card, [ours.orgId, shopper.consumerId])).rows).toEqual([]);
    });
  });

  test("keeps the scope of its own ledger lines", async () => {
    const write = firstWrite(`line-${newId("csm")}`);
    const line = ledgerLine();
    await bench.data.saveProfile(ours, { ...write, ledger: line });
    const [row] = await bench.data.inScope(ours, (tx) =>
      tx.em.execute("select org_id, environment, consumer_id from audit_event where id = ?", [line.id]),
    );
    expect(row).toEqual({ org_id: ours.orgId, environment: "test", consumer_id: write.consumerId });
  });
});
