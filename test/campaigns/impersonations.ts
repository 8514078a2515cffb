/** Operators in customers' places, a thousand times over: whatever happens, nobody stays where the gateway does not know of them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSandbox } from "@shopkey/adapter-vtex/sandbox";
import { END } from "../support/telesales.js";
import { type Seeded, seeded } from "../vault/seeded.js";
import type { Campaign, CampaignOptions, CampaignReport, Control } from "./campaign.js";
import { endAll, killAtEachStep, waitFor } from "./impersonation-kills.js";
import { ask, forgotten, type Ground, letTimePass, openDesk, placesAt, start } from "./impersonation-world.js";
import { type KilledGateway, startKillable } from "./killed-gateway.js";

const DESKS = ["desk1", "desk2", "desk3", "desk4"] as const;
/** A gateway is killed in the middle of this many cycles. */
const CYCLES_A_KILL = 250;

/** What may befall a cycle; most of them nothing. */
const WEATHER = [
  ...[{}, {}, {}, {}],
  ...(["down", "lostAnswer", "reset", "rateLimited", "cut"] as const).map((trouble) => ({ trouble, times: 1 })),
  ...[{ lateProfile: true }, { lateEnd: true }, { operatorInCart: true }, { telesalesRoleMissing: true }],
  ...[{ profileNeverLoads: true }, { impersonateAppMissing: true }],
] as const;

interface Tally {
  started: number;
  not: number;
  ended: number;
  expired: number;
}

/** One operator at one desk: begins, or is denied, or meets a store in trouble; and is out again, by a wish or by the clock. */
async function cycle(
  ground: Ground,
  gateway: KilledGateway,
  name: string,
  random: Seeded,
  tally: Tally,
): Promise<void> {
  ground.store.switches.set(name, { ...random.pick(WEATHER), skip: random.below(8) });
  const id = await start(gateway, name);
  ground.store.switches.clear(name);
  if (id === null) {
    tally.not += 1;
    return;
  }
  tally.started += 1;
  if (random.below(4) > 0) {
    await ask(gateway, END, { impersonationSession: id });
    tally.ended += 1;
    return;
  }
  const uuid = id.replace("imp_", "");
  await gateway.sql(`update impersonation set expires_at = now(), due_at = now() where id = '${uuid}'`).catch(() => []);
  tally.expired += 1;
}

/** Asks the clock again and again for this desk, until nobody is there. */
const settled = (gateway: KilledGateway, name: string): Promise<string[]> =>
  waitFor(`${name} is free again`, async () => {
    const alive = await gateway.sql(
      `update impersonation i set due_at = now() from store s where s.org_id = i.org_id and s.id = i.store_id
       and s.slug = '${name}' and i.wrapped is not null returning 1`,
    );
    return alive.length === 0;
  });

async function cycles(
  ground: Ground,
  gateway: KilledGateway,
  count: number,
  seed: number,
  tally: Tally,
): Promise<void> {
  const workers = DESKS.map(async (name, worker) => {
    const random = seeded(seed + worker);
    for (let at = worker; at < count; at += DESKS.length) {
      await cycle(ground, gateway, name, random, tally);
      // What the clock ends, and what a broken store left, makes room for the next.
      ground.failures.push(...(await settled(gateway, name)));
    }
  });
  await Promise.all(workers);
}

async function runImpersonations({ size, seed, say }: CampaignOptions): Promise<CampaignReport> {
  const dataDir = await mkdtemp(join(tmpdir(), "shopkey-impersonations-"));
  const store = await startSandbox();
  const ground: Ground = { dataDir, store, failures: [] };
  const restart = () => startKillable(dataDir, store.url);
  let gateway = await restart();
  const tally: Tally = { started: 0, not: 0, ended: 0, expired: 0 };
  try {
    const killed = await killAtEachStep(ground, gateway, restart);
    gateway = killed.gateway;
    say(
      `  killed at ${killed.steps} steps: ${ground.failures.length === 0 ? "nobody forgotten" : ground.failures.join("; ")}`,
    );
    for (const name of DESKS) await openDesk(gateway, name);
    let kills = 1;
    for (let done = 0; done < size; done += CYCLES_A_KILL) {
      const count = Math.min(CYCLES_A_KILL, size - done);
      await cycles(ground, gateway, count, seed + done, tally);
      if (count === CYCLES_A_KILL) {
        const [name] = DESKS;
        const begun = start(gateway, name);
        await gateway.kill("gateway");
        await begun;
        gateway = await restart();
        kills += 1;
        ground.failures.push(...(await forgotten(ground, gateway)).map((one) => `${one}: forgotten after a kill`));
        await letTimePass(gateway);
      }
      say(`  ${done + count} cycles: ${tally.started} began, ${tally.not} did not`);
    }
    ground.failures.push(...(await endAll(ground, gateway)));
    return {
      figures: { cycles: size, ...figuresOf(tally, killed.steps, kills) },
      failures: ground.failures,
      controls: [await unruly(ground, gateway)],
    };
  } finally {
    await gateway.stop();
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const figuresOf = ({ started, not, ended, expired }: Tally, steps: number, kills: number) => ({
  "steps at which the gateway was killed": steps,
  kills: kills,
  began: started,
  "denied, or broken off by the store": not,
  "ended by the operator": ended,
  "ended by the clock": expired,
});

/** A place that is taken behind the gateway's back: the judge must see it. */
async function unruly(ground: Ground, gateway: KilledGateway): Promise<Control> {
  const headers = {
    ...{
      accept: "application/json",
      "content-type": "application/json",
      "x-forwarded-host": "desk1.vtexcommercestable.com.br",
    },
    cookie: "VtexIdclientAutCookie=operator-desk1-operadora",
  };
  const key = "vtex-impersonated-customer-email";
  const body = JSON.stringify({ public: { [key]: { value: "maria.conhecida@example.com" } } });
  await fetch(`${ground.store.url}/api/sessions`, { method: "POST", headers, body });
  const found = (await forgotten(ground, gateway)).length;
  return { broken: "a place that was taken without the gateway", found: placesAt(ground).length === 1 ? found : 0 };
}

export const impersonations: Campaign = {
  name: "impersonations",
  title:
    "operators in customers' places, killed at each step and in every weather: nobody stays there unknown, nothing is left",
  size: 1_000,
  run: runImpersonations,
};
