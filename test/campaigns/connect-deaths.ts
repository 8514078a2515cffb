/** One death while somebody connects: of the gateway, which another one follows, or of its database, which comes back under it. */
import { setTimeout as wait } from "node:timers/promises";
import { type Act, type Shopper, statusOf } from "./connect-acts.js";
import { type Ground, sql, startGateway, type Told, type Victim } from "./connect-world.js";
import { waitFor } from "./impersonation-kills.js";
import type { Death, MortalGateway } from "./mortal-gateway.js";

export interface Survival {
  /** The one that is asked from here on. */
  readonly gateway: MortalGateway;
  /** False: it was over before. */
  readonly isKilled: boolean;
  readonly faults: readonly string[];
}

/** Returns once everybody is there again. */
export async function actAndDie(
  ground: Ground,
  gateway: MortalGateway,
  act: Act,
  shopper: Shopper,
  { victim, ...death }: Omit<Death, "victim"> & { readonly victim: Victim },
): Promise<Survival> {
  const lose = victim === "gateway" ? loseGateway : loseDatabase;
  const { told, ...survival } = await lose(ground, gateway, act, shopper, death);
  return { ...survival, faults: [...survival.faults, ...(await lostWrite(ground, shopper, told))] };
}

type Outcome = Survival & { readonly told: unknown };

async function loseGateway(
  ground: Ground,
  gateway: MortalGateway,
  act: Act,
  shopper: Shopper,
  death: Death,
): Promise<Outcome> {
  await gateway.arm(death);
  const told = await act.act(gateway, shopper);
  // Nobody answered: it is dead, or will be in a moment.
  if (told === null) await gateway.gone;
  const isAlive = await gateway.arm(null).then(
    () => true,
    () => false,
  );
  const next = isAlive ? gateway : await startGateway(ground, "never");
  return { told, gateway: next, isKilled: !isAlive, faults: [] };
}

async function loseDatabase(
  ground: Ground,
  gateway: MortalGateway,
  act: Act,
  shopper: Shopper,
  death: Death,
): Promise<Outcome> {
  const { cluster } = ground;
  if (cluster === null) throw new Error("the database is the whole test run's");
  const victim = cluster.pid();
  let isOver = false;
  const isBack = async (): Promise<void> => {
    while (!isOver && cluster.pid() === victim) await wait(50);
  };
  await gateway.arm({ ...death, victim });
  // What is masked as INTERNAL is no answer.
  const told = await act.act({ ...gateway, gone: isBack() }, shopper).catch(() => null);
  isOver = true;
  const isKilled = await gateway.arm(null);
  const answers = () =>
    sql(ground, "select 1").then(
      () => cluster.pid() !== victim,
      () => false,
    );
  const faults = isKilled ? await waitFor("the database is back", answers) : [];
  return { told, gateway, isKilled, faults };
}

/** Whoever was told how a connection stands finds it so. */
async function lostWrite(ground: Ground, shopper: Shopper, told: unknown): Promise<readonly string[]> {
  const { connection, userErrors } = (told ?? {}) as Partial<Told>;
  if (!connection || userErrors?.length !== 0) return [];
  const status = await statusOf(ground, shopper);
  return status === connection.status ? [] : [`it was told ${connection.status}, and is ${status}`];
}
