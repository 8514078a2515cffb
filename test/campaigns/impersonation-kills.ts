/** `kill -9` at each step of a start, a renewal and an end: at each request, before the store has done it and after. */
import { setTimeout as wait } from "node:timers/promises";
import { END, RENEW } from "../support/telesales.js";
import { ask, forgotten, type Ground, knownTo, letTimePass, openDesk, placesAt, start } from "./impersonation-world.js";
import type { KilledGateway } from "./killed-gateway.js";

interface Step {
  readonly name: string;
  readonly act: "start" | "renew" | "end";
  /** `hang`: the request was never done. `stall`: it was, and the answer never came. */
  readonly trouble: "hang" | "stall";
  /** Requests that were answered before. */
  readonly skip: number;
}

const REQUESTS = { start: 5, renew: 6, end: 3 } as const;

/** A store for each step, so that all of them are reached before the one kill. */
const STEPS: readonly Step[] = (["start", "renew", "end"] as const).flatMap((act) =>
  (["hang", "stall"] as const).flatMap((trouble) =>
    Array.from({ length: REQUESTS[act] }, (_, skip) => ({ name: `${act}${trouble}${skip}`, act, trouble, skip })),
  ),
);

const LIMIT_MS = 300_000;

export async function waitFor(what: string, isSo: () => Promise<boolean> | boolean): Promise<string[]> {
  for (const end = performance.now() + LIMIT_MS; performance.now() < end; await wait(200)) if (await isSo()) return [];
  return [`waited in vain: ${what}`];
}

/** The gateway is stuck in every step at once, killed, and started again; answers the new one and how many steps there were. */
export async function killAtEachStep(
  ground: Ground,
  gateway: KilledGateway,
  restart: () => Promise<KilledGateway>,
): Promise<{ readonly gateway: KilledGateway; readonly steps: number }> {
  const { store, failures } = ground;
  const ids = new Map<string, string | null>();
  for (const { name, act } of STEPS) {
    await openDesk(gateway, name);
    if (act !== "start") ids.set(name, await start(gateway, name));
  }
  for (const { name, trouble, skip } of STEPS) store.switches.set(name, { trouble, skip, times: 1 });
  const before = store.journal.length;
  const unanswered = STEPS.map(({ name, act }) => {
    const impersonationSession = ids.get(name);
    if (act === "start") return start(gateway, name);
    return ask(gateway, act === "end" ? END : RENEW, { impersonationSession });
  });
  const isStuck = ({ name }: Step) =>
    store.journal.slice(before).some(({ account, status }) => account === name && status === 0);
  failures.push(...(await waitFor("every step is reached", () => STEPS.every(isStuck))));
  await gateway.kill("gateway");
  await Promise.all(unanswered);
  store.switches.clear(null);
  const next = await restart();
  failures.push(...(await judge(ground, next)));
  return { gateway: next, steps: STEPS.length };
}

/** Whatever is there at the store is known here, also before the clock has come; and then it ends. */
async function judge(ground: Ground, gateway: KilledGateway): Promise<readonly string[]> {
  const faults = (await forgotten(ground, gateway)).map((name) => `${name}: active at the store and forgotten here`);
  await letTimePass(gateway);
  const isQuiet = async () =>
    (
      await gateway.sql(
        `select 1 from impersonation where wrapped is not null
         and (state = 'VERIFYING' or end_reason is not null or lease_until is not null)`,
      )
    ).length === 0;
  faults.push(...(await waitFor("the clock has tended what the kill left", isQuiet)));
  faults.push(...(await forgotten(ground, gateway)).map((name) => `${name}: forgotten by the clock`));
  faults.push(
    ...placesAt(ground)
      .filter((name) => !name.startsWith("renew"))
      .map((name) => `${name}: still there`),
  );
  return [...faults, ...(await endAll(ground, gateway))];
}

/** Ends what is left, and nothing is left. */
export async function endAll(ground: Ground, gateway: KilledGateway): Promise<readonly string[]> {
  const alive = await gateway.sql<{ id: string }>("select id from impersonation where wrapped is not null");
  for (const { id } of alive) await ask(gateway, END, { impersonationSession: `imp_${id.replaceAll("-", "")}` });
  await letTimePass(gateway);
  const faults = await waitFor("all have ended", async () => (await knownTo(gateway)).length === 0);
  const sealed = await gateway.sql(
    "select 1 from impersonation where coalesce(secret, customer, email_digest, farewell_credentials) is not null",
  );
  return [
    ...faults,
    ...placesAt(ground).map((name) => `${name}: still in a customer's place`),
    ...sealed.map(() => "an ended session still has something sealed"),
  ];
}
