/**
 * Thousands of requests to be forgotten in the queue: how many end in a minute, and what the other shoppers notice.
 * `npm run bench -- erasure`
 */
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { newId } from "#dist/kernel/ids.js";
import { compareBusy, type Job, keepResults, machine, median, READS, say, toLines } from "./background.js";
import { externalIdOf } from "./shoppers.js";
import { type Filled, openWorld, startGateway } from "./world.js";

const ORGS = 20;

/** The last shoppers of every org ask to be forgotten; what is there then is what `requestAnonymization` leaves. */
async function queue(admin: pg.Client, { orgs }: Filled, queued: number): Promise<Filled["orgs"]> {
  const each = Math.floor(queued / orgs.length);
  for (const { orgId, from, count } of orgs) {
    const names = Array.from({ length: each }, (_, nth) => externalIdOf(from + count - 1 - nth));
    const ids = names.map(() => newId("anr"));
    await admin.query(
      `with w as (select * from unnest($2::uuid[], $3::text[]) as w (id, external_id)),
         c as (update consumer c set status = 'FROZEN' from w where c.org_id = $1 and c.external_id = w.external_id
           returning c.id as consumer_id, w.id, c.environment)
       insert into anonymization (org_id, id, environment, consumer_id, regulation, state, actor_kind, requested_at,
         cancellable_until, deadline_at)
       select $1, id, environment, consumer_id, 'LGPD', 'REQUESTED', 'API_KEY', now() - interval '1 day',
         now() - interval '1 hour', now() + interval '14 days' from c`,
      [orgId, ids, names],
    );
    await admin.query(
      `insert into anonymization_step (org_id, environment, anonymization_id, position, name, state, ended_at)
       select org_id, environment, id, s.position - 1, s.name, case when s.name = 'FREEZE' then 'DONE' else 'WAITING' end,
         case when s.name = 'FREEZE' then now() end
       from anonymization, unnest(array['FREEZE', 'LOGINS', 'SUPPRESS', 'SHRED', 'PURGE', 'RECEIPT'])
         with ordinality as s (name, position) where org_id = $1`,
      [orgId],
    );
    await admin.query(
      `update profile p set revision = revision + 1 from anonymization a
       where p.org_id = $1 and a.org_id = $1 and p.consumer_id = a.consumer_id`,
      [orgId],
    );
  }
  await admin.query("vacuum analyze");
  await admin.query("checkpoint");
  return orgs.map((org) => ({ ...org, count: org.count - each }));
}

/** The clock goes on with what is due, and nothing is due while the job is stopped. */
function forgetting(admin: pg.Client): Job {
  const number = async (statement: string): Promise<number> =>
    Number((await admin.query<{ count: string }>(statement)).rows[0]?.count);
  const count = () => number("select count(*) from anonymization where ended_at is not null");
  return {
    count,
    start: async () => {
      const before = await count();
      await admin.query("update anonymization set due_at = now() where ended_at is null and lease_until is null");
      while ((await count()) === before) await wait(20);
    },
    stop: async () => {
      await admin.query("update anonymization set due_at = null where ended_at is null and lease_until is null");
      while ((await number("select count(*) from anonymization where ended_at is null and due_at is not null")) > 0) {
        await wait(100);
        await admin.query("update anonymization set due_at = null where ended_at is null and lease_until is null");
      }
      await wait(1_000);
    },
  };
}

export async function benchErasure(given: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...given],
    options: {
      queued: { type: "string", default: "10000" },
      consumers: { type: "string", default: "30000" },
      rounds: { type: "string", default: "7" },
      seconds: { type: "string", default: "5" },
      alone: { type: "string", default: "20" },
    },
  });
  const [queued, consumers] = [Number(values.queued), Number(values.consumers)];
  const [rounds, seconds, alone] = [Number(values.rounds), Number(values.seconds), Number(values.alone)];
  const world = await openWorld();
  const closes: (() => Promise<unknown>)[] = [world.close];
  try {
    const filled = await world.fill("erasure", { orgs: ORGS, consumers });
    const admin = new pg.Client({ connectionString: filled.adminUrl });
    await admin.connect();
    closes.push(() => admin.end());
    const others = await queue(admin, filled, queued);
    const server = await startGateway(world, filled);
    closes.push(server.stop);
    say(`${queued} of ${consumers} shoppers wait to be forgotten`);
    const job = forgetting(admin);
    const serving = { world, server, on: { ...filled, orgs: others }, mix: READS, seconds };
    const cells = await compareBusy(serving, job, rounds);
    const perMinute = {
      beside: (60 * cells.reduce((sum, { done }) => sum + done, 0)) / (rounds * seconds),
      alone: await countAlone(job, alone),
    };
    await keepResults("erasure", { queued, consumers, seconds, perMinute, rounds: cells });
    const failures = cells.reduce((sum, { calm, busy }) => sum + calm.failures + busy.failures, 0);
    process.stdout.write(
      `\n${queued} requests queued, ${consumers} consumers, reads of the others (Q1), ${seconds} s a cell; ${machine()}\n${[
        ...toLines(cells),
        `  anonymizations a minute: ${perMinute.beside.toFixed(0)} beside these reads, ${perMinute.alone.toFixed(0)} alone (in a cell: ${median(cells.map(({ done }) => done))})`,
      ].join("\n")}\n`,
    );
    return failures === 0 ? 0 : 1;
  } finally {
    for (const close of closes.reverse()) await close();
  }
}

/** How many end in a minute while nobody else is served. */
async function countAlone(job: Job, seconds: number): Promise<number> {
  await job.start();
  const [before, begun] = [await job.count(), performance.now()];
  await wait(seconds * 1_000);
  const perMinute = ((await job.count()) - before) / ((performance.now() - begun) / 60_000);
  await job.stop();
  return perMinute;
}
