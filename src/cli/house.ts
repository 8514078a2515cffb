import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.js";
import type { Caller, Identity, PageQuery, PageView } from "../identity/index.js";
import { errorCode } from "../kernel/fault.js";
import { asId, fromWire, type OrgId } from "../kernel/ids.js";
import { openLog } from "../kernel/log.js";
import { Refusal } from "../kernel/refusal.js";
import { UsageWrong } from "./failure.js";

/** Which org and environment a command acts in. */
export interface Where {
  readonly org?: string;
  readonly live?: boolean;
}

/** Warnings go to stderr: stdout is the answer's alone. */
export const commandLog = ({ logLevel }: Config) =>
  openLog({ level: logLevel === "debug" || logLevel === "silent" ? logLevel : "warn", destination: process.stderr });

/** Opens the rooms without street door, clock or sandboxes, and closes them whatever happens. A gateway may run beside. */
export async function withIdentity<T>(config: Config, work: (identity: Identity) => Promise<T>): Promise<T> {
  const { openHouse } = await import("../main.js"); // half of the time that a wrong call takes
  const house = await openHouse({
    config: { ...config, sandboxes: false, databasePoolSize: 2 },
    log: commandLog(config),
    onStep: () => undefined,
    beside: true,
  });
  try {
    return await work(house.identity);
  } finally {
    await house.close();
  }
}

/** For commands that act on what is there: in a wrong folder they make no database and no keys, and no backup of nothing. */
export async function requireDatabase({ databaseUrl, dataDir }: Config): Promise<void> {
  if (databaseUrl !== null) return;
  const why = await lstat(join(dataDir, "postgres")).then(() => null, errorCode);
  if (why !== "ENOENT") return;
  throw new Refusal("INVALID", "There is no database in the data folder.", {
    nextAction: "Go where the gateway's `.shopkey` is, or name its folder in SHOPKEY_DATA_DIR.",
  });
}

/** The org is known before anything is opened: a command in a wrong folder makes no database there. */
export async function withCaller<T>(
  config: Config,
  where: Where,
  work: (identity: Identity, caller: Caller) => Promise<T>,
): Promise<T> {
  const orgId = await orgOf(config, where);
  await requireDatabase(config);
  return withIdentity(config, async (identity) =>
    work(identity, await identity.consoleCaller(orgId, where.live ? "live" : "test")),
  );
}

/** Everything, not only the first page. */
export async function listAll<T>(page: (query: PageQuery) => Promise<PageView<T>>): Promise<readonly T[]> {
  const all: T[] = [];
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo }: PageView<T> = await page({ first: 100, after });
    all.push(...nodes);
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return all;
    after = pageInfo.endCursor;
  }
}

async function orgOf(config: Config, where: Where): Promise<OrgId> {
  if (where.org !== undefined) {
    const id = fromWire("org", where.org);
    if (id === null) throw new UsageWrong("--org is not the id of an org (org_…).");
    return id;
  }
  const kept = await readFile(join(config.dataDir, "dev.org"), "utf8").catch(() => null);
  if (kept !== null) return asId("org", kept.trim());
  throw new Refusal("INVALID", "There is no development org in the data folder.", {
    nextAction: "Name an org with --org, make one with `shopkey org create`, or start the gateway once.",
  });
}
