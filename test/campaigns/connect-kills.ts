/** `connect-kills`: a gateway is killed at every step of connecting; nothing is stuck, nothing is left, and no login is lost. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Seeded, seeded } from "../vault/seeded.js";
import type { Campaign, CampaignOptions, CampaignReport } from "./campaign.js";
import { ACTS, type Act, type Shopper, spend, statusOf } from "./connect-acts.js";
import { actAndDie } from "./connect-deaths.js";
import {
  contextsOf,
  endLeases,
  type Ground,
  letTimePass,
  openGround,
  sql,
  startGateway,
  type Victim,
} from "./connect-world.js";
import { waitFor } from "./impersonation-kills.js";
import type { Death, MortalGateway } from "./mortal-gateway.js";

/** A moment to die at, and whether the client comes back afterwards. */
export interface Moment {
  readonly act: Act["name"];
  readonly death: Death;
  readonly comesBack: boolean;
  /** The gateway unless it says so. */
  readonly victim?: Victim;
}

interface Tally {
  killed: number;
  notReached: number;
  readonly shoppers: { readonly shopper: Shopper; readonly act: Act; readonly comesBack: boolean }[];
}

export const connectKills: Campaign = {
  name: "connect-kills",
  title: "a gateway killed at every step of connecting: nothing stuck, nothing left, no login lost",
  size: 1_000,
  run: (options) => runKills(options, "gateway"),
};

export const connectDatabaseKills: Campaign = {
  name: "connect-database-kills",
  title: "PostgreSQL killed at every step of connecting, and started again under a gateway that lives",
  size: 1_000,
  run: (options) => runKills(options, "database"),
};

async function runKills({ size, seed, say }: CampaignOptions, victim: Victim): Promise<CampaignReport> {
  return withGround(victim, async (ground) => {
    const gateway = await startGateway(ground, "never");
    const all = await countSteps(ground, gateway, seed, say).finally(() => gateway.stop());
    say(`  ${all.length} moments to die at`);
    const moments = choose(all, size, seeded(seed)).map((one) => ({ ...one, victim }));
    const report = await killAll(ground, moments, say);
    return { ...report, figures: { "moments to die at": all.length, ...report.figures } };
  });
}

/** A gateway, or its database, that dies at each of these, one after the other. */
export const killAt = (moments: readonly Moment[]): Promise<CampaignReport> =>
  withGround(moments.some(({ victim }) => victim === "database") ? "database" : "gateway", (ground) =>
    killAll(ground, moments, () => undefined),
  );

async function withGround<T>(victim: Victim, work: (ground: Ground) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), "shopkey-connect-kills-"));
  const ground = await openGround(home, victim);
  try {
    return await work(ground);
  } finally {
    await ground.close();
    for (const folder of [home, `${home}-browsers`, `${home}-postgres`])
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function killAll(
  ground: Ground,
  moments: readonly Moment[],
  say: (line: string) => void,
): Promise<CampaignReport> {
  const { failures } = ground;
  const tally: Tally = { killed: 0, notReached: 0, shoppers: [] };
  let gateway = await startGateway(ground, "never");
  try {
    for (const [at, moment] of moments.entries()) {
      const before = failures.length;
      gateway = await runCase(ground, gateway, moment, at, tally);
      for (const failure of failures.slice(before)) say(`  ${failure}`);
      if ((at + 1) % 10 === 0) say(`  ${at + 1} of ${moments.length}`);
    }
    await gateway.stop();
    gateway = await startGateway(ground, "quick");
    await settle(ground, tally);
    const found = await loseOne(ground);
    await spendAll(ground, gateway, tally);
    failures.push(...(await left(ground)));
    const figures = { killed: tally.killed, "over before": tally.notReached };
    return { figures, failures, controls: [{ broken: "a login whose context was forgotten", found }] };
  } finally {
    await gateway.stop();
  }
}

const newShopper = (name: string): Shopper => ({ externalId: name, key: name, connection: "", client: null });

/** Every act once, unharmed: which steps it takes. */
async function countSteps(
  ground: Ground,
  gateway: MortalGateway,
  seed: number,
  say: (line: string) => void,
): Promise<readonly Moment[]> {
  const moments: Moment[] = [];
  for (const act of ACTS) {
    const shopper = newShopper(`unharmed-${act.name}`);
    await act.prepare(ground, gateway, shopper);
    await gateway.arm(null);
    await act.act(gateway, shopper);
    const steps = await gateway.steps();
    ground.failures.push(...(await act.goOn(ground, gateway, shopper)).map((fault) => `unharmed: ${fault}`));
    shopper.client?.close();
    say(`  ${act.name}: ${steps.join(", ")}`);
    for (const [index, step] of steps.entries()) {
      const at = steps.slice(0, index + 1).filter((one) => one === step).length;
      for (const when of momentsOf(step, index === steps.length - 1)) {
        const comesBack = act.isAlone === true || (moments.length + seed) % 2 === 0;
        moments.push({ act: act.name, death: { step, at, when }, comesBack });
      }
    }
  }
  return moments;
}

/** After a commit is before the next step; a word to the worker may be on its way for long. */
const momentsOf = (step: string, isLast: boolean): readonly Death["when"][] =>
  step !== "commit" ? ["before", "during", "after"] : isLast ? ["before", "after"] : ["before"];

/** Spread over all of them. */
function choose(all: readonly Moment[], size: number, random: Seeded): readonly Moment[] {
  if (size >= all.length) return all;
  const stride = all.length / size;
  return Array.from(
    { length: size },
    (_, at) => all[Math.floor(at * stride) + random.below(Math.floor(stride))],
  ).flatMap((one) => one ?? []);
}

async function runCase(
  ground: Ground,
  gateway: MortalGateway,
  { act: actName, death, comesBack, victim = "gateway" }: Moment,
  nth: number,
  tally: Tally,
): Promise<MortalGateway> {
  const act = ACTS.find(({ name }) => name === actName);
  if (act === undefined) throw new Error(`there is no act ${actName}`);
  const name = `${act.name}, ${victim} killed ${death.when} ${death.step} ${death.at}${comesBack ? "" : ", left alone"}`;
  const fault = (faults: readonly string[]) => ground.failures.push(...faults.map((one) => `${name}: ${one}`));
  const shopper = newShopper(`shopper-${nth}`);
  fault(
    await waitFor("live views that nobody came back to have ended", async () => (await ground.layer.ping()).free > 3),
  );
  await act.prepare(ground, gateway, shopper);
  const { gateway: next, isKilled, faults } = await actAndDie(ground, gateway, act, shopper, { ...death, victim });
  tally.shoppers.push({ shopper, act, comesBack });
  fault(faults);
  if (!isKilled) {
    tally.notReached += 1;
    shopper.client?.close();
    return next;
  }
  tally.killed += 1;
  await endLeases(ground);
  if (act.keepsLogin && (await statusOf(ground, shopper)) !== "ACTIVE") fault(["the login that was there is gone"]);
  if (comesBack) fault(await act.goOn(ground, next, shopper));
  shopper.client?.close();
  return next;
}

/** The clock comes around until nothing is left to do; what everybody's connection has come to. */
async function settle(ground: Ground, { shoppers }: Tally): Promise<void> {
  const busy = `select 1 from connection where attempt_state in ('BEGUN', 'ASKED') or farewell_at is not null
    or left_contexts <> '{}' union all select 1 from checkout where state = 'PENDING'`;
  const isQuiet = async () => {
    await letTimePass(ground);
    return (await sql(ground, busy)).length === 0;
  };
  ground.failures.push(...(await waitFor("the clock has settled everything", isQuiet)));
  for (const { shopper, act, comesBack } of shoppers) {
    const status = await statusOf(ground, shopper);
    if (!comesBack && !act.ends.includes(status)) ground.failures.push(`${act.name}, left alone: it is ${status}`);
  }
  ground.failures.push(...(await lostContexts(ground)));
}

/** The worker keeps the contexts of the connections that have one, and no others. */
async function lostContexts(ground: Ground): Promise<readonly string[]> {
  const rows = await sql<{ id: string }>(
    ground,
    "select context_id as id from connection where context_id is not null",
  );
  const known = new Set(rows.map(({ id }) => id));
  const kept = new Set(await contextsOf(ground));
  return [
    ...[...kept].filter((id) => !known.has(id)).map(() => "a context is kept that nobody knows of"),
    ...[...known].filter((id) => !kept.has(id)).map(() => "a connection's context is gone"),
  ];
}

const activeOf = async (ground: Ground, { shoppers }: Tally): Promise<readonly Shopper[]> => {
  const active: Shopper[] = [];
  for (const { shopper } of shoppers) if ((await statusOf(ground, shopper)) === "ACTIVE") active.push(shopper);
  return active;
};

/** Every login that is there can be used, and ended. */
async function spendAll(ground: Ground, gateway: MortalGateway, tally: Tally): Promise<void> {
  for (const shopper of await activeOf(ground, tally)) {
    const faults = await spend(ground, gateway, shopper);
    ground.failures.push(...faults.map((fault) => `${shopper.externalId}: ${fault}`));
  }
  const unharmed = await sql<{ id: string }>(ground, "select id from connection where status = 'ACTIVE'");
  for (const { id } of unharmed)
    await spend(ground, gateway, { ...newShopper(id), connection: `con_${id.replaceAll("-", "")}` });
}

/** The control: a row that forgets where its login is. */
async function loseOne(ground: Ground): Promise<number> {
  const [row] = await sql<{ id: string; context: string }>(
    ground,
    "select id, context_id as context from connection where context_id is not null limit 1",
  );
  if (row === undefined) return 0;
  await sql(ground, `update connection set context_id = null where id = '${row.id}'`);
  const found = (await lostContexts(ground)).length;
  await sql(ground, `update connection set context_id = '${row.context}' where id = '${row.id}'`);
  return found;
}

/** Once everything is disconnected nothing is there: no bytes, no browser. */
async function left(ground: Ground): Promise<readonly string[]> {
  const contexts = await contextsOf(ground);
  const isFree = async () => {
    const { free, slots } = await ground.layer.ping();
    return free === slots;
  };
  return [
    ...contexts.map(() => "a context is left after everything was disconnected"),
    ...(await waitFor("no browser is left", isFree)),
  ];
}
