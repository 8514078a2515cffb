/**
 * `anonymization-kills`: a gateway is killed at every step of forgetting somebody (`kill -9` of a process of its own; the database
 * stays up), before a commit, around each question to a store, each file beside the keys and each word to the browser's worker.
 * Another one goes on: nothing is done twice, nothing is left out, nothing is left.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { asId } from "../../src/kernel/ids.js";
import { chainFaults, verifyReceipt } from "../../src/vault/index.js";
import { ANA, SAVE_PROFILE } from "../support/story.js";
import { type Seeded, seeded } from "../vault/seeded.js";
import {
  askedOf,
  atStore,
  endLeases,
  type Ground,
  keystoreOf,
  letPass,
  newShopper,
  openGround,
  requestIt,
  type Shopper,
  startForgetter,
  type WishRow,
  wishOf,
} from "./anonymization-world.js";
import type { Campaign, CampaignOptions, CampaignReport } from "./campaign.js";
import { ask, contextsOf } from "./connect-world.js";
import type { Death, MortalGateway } from "./mortal-gateway.js";

const LIMIT_MS = 120_000;

/** A whole course, as far as it comes; null: the gateway died on the way. */
async function forget(ground: Ground, gateway: MortalGateway, shopper: Shopper): Promise<WishRow | null> {
  if ((await requestIt(ground, gateway, shopper)) === null) return null;
  for (const end = performance.now() + LIMIT_MS; performance.now() < end; await wait(30)) {
    if (gateway.isGone()) return null;
    const wish = await wishOf(ground, shopper);
    if (wish === null) throw new Error("a request that was answered is not there");
    if (["COMPLETED", "FAILED", "CANCELLED"].includes(wish.state)) return wish;
    if (!(await letPass(ground, gateway, wish))) return null;
  }
  throw new Error(`a request does not end: ${JSON.stringify(await wishOf(ground, shopper))}`);
}

/** Rows that hold anything of a consumer, by table. */
const LEFT = ["consumer_key", "profile", "consumer_index", "connection", "store_account"]
  .map(
    (table) =>
      `select '${table}' as name from ${table} t join consumer c on c.id = t.consumer_id where c.external_id = $1`,
  )
  .join(" union ");

/** What is not as it has to be for one who was forgotten. */
async function judge(ground: Ground, shopper: Shopper): Promise<readonly string[]> {
  const faults: string[] = [];
  const must = (isSo: boolean, what: string): void => {
    if (!isSo) faults.push(what);
  };
  const wish = await wishOf(ground, shopper);
  must(wish?.state === "COMPLETED", `the request is ${wish?.state ?? "not there"}`);
  const open = wish?.steps.filter(({ state }) => state !== "DONE") ?? [];
  must(open.length === 0, `steps left: ${open.map(({ name, state }) => `${name} ${state}`).join()}`);
  const { asked, state } = atStore(ground, shopper);
  must(asked === 1, `the store was asked ${asked} times`);
  must(state === "completed", `at the store it is ${state}`);
  const { jobs, corner } = askedOf(ground);
  // VTEX knows no key by which it would tell a repetition: of a kill before its answer was written down there are two.
  const made = jobs - shopper.before.jobs;
  must(made === 1 || made === 2, `VTEX made ${made} jobs`);
  must(corner - shopper.before.corner === 1, `the corner shop was asked for ${corner - shopper.before.corner} of them`);
  must(verifyReceipt(Buffer.from(wish?.document ?? "")).kind === "genuine", "the receipt is not genuine");
  const { rows } = await ground.admin.query<{ name: string }>(LEFT, [shopper.externalId]);
  must(rows.length === 0, `rows left: ${rows.map(({ name }) => name).join()}`);
  if (ground.logins !== null) must((await contextsOf(ground.logins)).length === 0, "a browser context is left");
  return faults;
}

/** The shopper is suppressed: an import by the org's own id or by the document brings nobody back. */
async function judgeImports(gateway: MortalGateway, { externalId, document }: Shopper): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const id of [externalId, `${externalId}-again`]) {
    const profile = { ...ANA, buyer: { ...ANA.buyer, email: `${id}@elsewhere.example.com`, document } };
    const told = await ask(gateway, SAVE_PROFILE, { externalId: id, profile });
    const codes = told?.userErrors.map(({ code }) => code).join();
    if (codes !== "CONSUMER_ANONYMIZED") faults.push(`an import of ${id} was answered ${codes ?? "by nobody"}`);
  }
  return faults;
}

/** Of all of them together: one chain, the same beside the keys, and every end told once. */
async function judgeAll(ground: Ground, shoppers: number): Promise<readonly string[]> {
  const { rows } = await ground.admin.query<{ org: string; document: string }>(
    "select org_id as org, document from anonymization_receipt order by sequence",
  );
  const verdicts = rows.map(({ document }) => verifyReceipt(Buffer.from(document)));
  const genuine = verdicts.filter((one) => one.kind === "genuine");
  const faults = [...chainFaults(genuine)];
  if (genuine.length !== shoppers) faults.push(`${genuine.length} receipts for ${shoppers} shoppers`);
  if (genuine.some(({ sequence }, at) => sequence !== at + 1)) faults.push("a number is missing");
  const { receipts, erasures } = keystoreOf(ground);
  const org = asId("org", rows[0]?.org ?? "");
  const kept = await receipts.list(org);
  if (kept.map(({ document }) => document).join() !== rows.map(({ document }) => document).join())
    faults.push("the receipts beside the keys are others");
  const erased = (await erasures.list(org)).length;
  if (erased !== shoppers) faults.push(`${erased} lines in the ledger beside the keys`);
  for (const action of ["requested", "shredded", "ended"]) {
    const told = await ground.admin.query("select from audit_event where action = $1", [`anonymization.${action}`]);
    if (told.rowCount !== shoppers) faults.push(`${action}: told ${told.rowCount} times for ${shoppers} shoppers`);
  }
  return faults;
}

interface Tally {
  shoppers: number;
  killed: number;
  notReached: number;
  /** Deaths that left something undone: the control, for what nobody goes on with must be seen. */
  undone: number;
  readonly failures: string[];
}

/** Dies there; another gateway, which is answered, goes on. */
async function dieAt(ground: Ground, gateway: MortalGateway, death: Death, tally: Tally): Promise<MortalGateway> {
  tally.shoppers += 1;
  const shopper = await newShopper(ground, gateway, tally.shoppers);
  await gateway.arm(death);
  const ended = await forget(ground, gateway, shopper);
  // Nobody answered: it is dead, or will be in a moment.
  if (ended === null) await gateway.gone;
  const isKilled = await gateway.arm(null).then(
    () => false,
    () => true,
  );
  if (isKilled) tally.undone += (await judge(ground, shopper)).length > 0 ? 1 : 0;
  tally[isKilled ? "killed" : "notReached"] += 1;
  await endLeases(ground);
  const next = isKilled ? await startForgetter(ground) : gateway;
  await forget(ground, next, shopper);
  const faults = [...(await judge(ground, shopper)), ...(await judgeImports(next, shopper))];
  tally.failures.push(...faults.map((fault) => `killed ${death.when} ${death.step} ${death.at}: ${fault}`));
  return next;
}

/** One who is forgotten unharmed: the steps that it takes. */
async function countSteps(ground: Ground, gateway: MortalGateway, tally: Tally): Promise<readonly string[]> {
  tally.shoppers += 1;
  const shopper = await newShopper(ground, gateway, tally.shoppers);
  await gateway.arm(null);
  await forget(ground, gateway, shopper);
  const steps = await gateway.steps();
  const faults = [...(await judge(ground, shopper)), ...(await judgeImports(gateway, shopper))];
  tally.failures.push(...faults.map((fault) => `unharmed: ${fault}`));
  return steps;
}

/** After a commit is before the next step; what leaves the process may be on its way for long. */
function momentsIn(steps: readonly string[]): readonly Death[] {
  return steps.flatMap((step, index) => {
    const at = steps.slice(0, index + 1).filter((one) => one === step).length;
    const isLast = index === steps.length - 1;
    const commit = isLast ? (["before", "after"] as const) : (["before"] as const);
    const whens = step === "commit" ? commit : step === "file" ? (["before", "after"] as const) : AROUND;
    return whens.map((when): Death => ({ step, at, when }));
  });
}
const AROUND = ["before", "during", "after"] as const;

/** Spread over all of them. */
function choose(all: readonly Death[], size: number, random: Seeded): readonly Death[] {
  if (size >= all.length) return all;
  const stride = all.length / size;
  return Array.from(
    { length: size },
    (_, at) => all[Math.floor(at * stride + random.below(Math.ceil(stride)))],
  ).flatMap((one) => one ?? []);
}

type Plan = { readonly size: number; readonly random: Seeded } | readonly Death[];

async function killOn(withLogins: boolean, plan: Plan, say: (line: string) => void): Promise<Tally> {
  const home = await mkdtemp(join(tmpdir(), "shopkey-forgetting-kills-"));
  const ground = await openGround(home, withLogins);
  const tally: Tally = { shoppers: 0, killed: 0, notReached: 0, undone: 0, failures: [] };
  let gateway: MortalGateway | null = null;
  try {
    gateway = await startForgetter(ground);
    const deaths = "size" in plan ? await planned(ground, gateway, plan, tally, say) : plan;
    for (const [at, death] of deaths.entries()) {
      const before = tally.failures.length;
      gateway = await dieAt(ground, gateway, death, tally);
      for (const failure of tally.failures.slice(before)) say(`  ${failure}`);
      if ((at + 1) % 10 === 0) say(`  ${at + 1} of ${deaths.length}`);
    }
    tally.failures.push(...(await judgeAll(ground, tally.shoppers)));
    return tally;
  } finally {
    await gateway?.stop();
    await ground.close();
    for (const folder of [home, `${home}-browsers`]) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function planned(
  ground: Ground,
  gateway: MortalGateway,
  { size, random }: Extract<Plan, { size: number }>,
  tally: Tally,
  say: (line: string) => void,
): Promise<readonly Death[]> {
  const steps = await countSteps(ground, gateway, tally);
  say(`  ${steps.join(", ")}`);
  const all = momentsIn(steps);
  say(`  ${all.length} moments to die at`);
  return choose(all, size, random);
}

/** A gateway that dies at each of these, one after the other, where nobody has a login. */
export const killForgetterAt = (deaths: readonly Death[]): Promise<Tally> => killOn(false, deaths, () => undefined);

async function run({ size, seed, say }: CampaignOptions): Promise<CampaignReport> {
  const random = seeded(seed);
  say("at every store, known at Commerce Layer");
  const store = await killOn(false, { size, random }, say);
  say("the same, and with a login in a browser at Mercado Livre");
  const login = await killOn(true, { size, random }, say);
  return {
    figures: {
      "killed, at every store": store.killed,
      "killed, with a login as well": login.killed,
      "over before": store.notReached + login.notReached,
      "shoppers forgotten": store.shoppers + login.shoppers,
    },
    failures: [...store.failures, ...login.failures],
    controls: [{ broken: "nobody goes on where a gateway was killed", found: store.undone + login.undone }],
  };
}

export const anonymizationKills: Campaign = {
  name: "anonymization-kills",
  title: "a gateway is killed (kill -9) at every step of forgetting somebody; another one goes on",
  size: 1_000,
  run,
};
