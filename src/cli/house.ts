import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.js";
import type { Caller, Identity } from "../identity/index.js";
import { asId, fromWire, type OrgId } from "../kernel/ids.js";
import { openLog } from "../kernel/log.js";
import { Refusal } from "../kernel/refusal.js";
import { openHouse } from "../main.js";

/** Which org and environment a command acts in. */
export interface Where {
  readonly org?: string;
  readonly live?: boolean;
}

/** Opens the rooms without street door, clock or sandboxes, and closes them whatever happens. */
export async function withIdentity<T>(config: Config, work: (identity: Identity) => Promise<T>): Promise<T> {
  const log = openLog({ level: config.logLevel === "debug" ? "debug" : "warn" });
  const house = await openHouse({
    config: { ...config, sandboxes: false, databasePoolSize: 2 },
    log,
    onStep: () => undefined,
  });
  try {
    return await work(house.identity);
  } finally {
    await house.close();
  }
}

export const withCaller = <T>(
  config: Config,
  where: Where,
  work: (identity: Identity, caller: Caller) => Promise<T>,
): Promise<T> =>
  withIdentity(config, async (identity) => {
    const caller = await identity.consoleCaller(await orgOf(config, where), where.live ? "live" : "test");
    return work(identity, caller);
  });

async function orgOf(config: Config, where: Where): Promise<OrgId> {
  if (where.org !== undefined) {
    const id = fromWire("org", where.org);
    if (id === null) throw new Refusal("INVALID", "--org is not the id of an org (org_…).");
    return id;
  }
  const kept = await readFile(join(config.dataDir, "dev.org"), "utf8").catch(() => null);
  if (kept === null) throw new Refusal("INVALID", "There is no development org here; name one with --org.");
  return asId("org", kept.trim());
}
