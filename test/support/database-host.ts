/**
 * A process of its own for one test run: a throw-away cluster whose own database is migrated, to be copied; or, where
 * `SHOPKEY_TEST_POSTGRES` has the address of a superuser, that PostgreSQL. It prints where they are as one line of JSON, and ends
 * when its standard input does.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startCluster } from "../../src/data/embedded/index.js";
import { makePasswords } from "../../src/data/embedded/passwords.js";
import { APP_ROLE, CLOCK_ROLE, DATABASE, ensureRoles, OWNER_ROLE } from "../../src/data/embedded/roles.js";
import { openLog } from "../../src/kernel/log.js";
import type { DatabaseHost } from "./database.js";
import { ask } from "./database-sql.js";

const ROLES = [OWNER_ROLE, APP_ROLE, CLOCK_ROLE];
const IS_OURS = `select exists (select from pg_database where datname = $1)
  or exists (select from pg_roles where rolname = any($2)) as ours`;

interface Ground extends DatabaseHost {
  readonly leave: () => Promise<unknown>;
}

async function ownCluster(): Promise<Ground> {
  const dir = await mkdtemp(join(tmpdir(), "shopkey-databases-"));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    // Under root the server runs as another account, which has to pass.
    await chmod(dir, 0o711);
    const log = openLog({ level: "silent" });
    const cluster = await startCluster({ dir: join(dir, "postgres"), durable: false, log });
    return { ...cluster, leave: () => cluster.stop().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A server on which nothing is ours yet: what is made there is taken away again, and nobody's own may be. */
async function givenServer(adminUrl: string): Promise<Ground> {
  const [found] = await ask<{ ours: boolean }>(adminUrl, IS_OURS, [DATABASE, ROLES]);
  if (found?.ours !== false)
    throw new Error("SHOPKEY_TEST_POSTGRES has a database or a role of the gateway's already.");
  const passwords = makePasswords();
  await ensureRoles(adminUrl, passwords);
  const as = (user: string, password: string) =>
    Object.assign(new URL(adminUrl), { username: user, password, pathname: `/${DATABASE}` }).href;
  return {
    adminUrl,
    ownerUrl: as(OWNER_ROLE, passwords.owner),
    appUrl: as(APP_ROLE, passwords.app),
    clockUrl: as(CLOCK_ROLE, passwords.clock),
    leave: async () => {
      await ask(adminUrl, `drop database ${DATABASE} with (force)`);
      await ask(adminUrl, `drop role ${ROLES.join(", ")}`);
    },
  };
}

const given = process.env.SHOPKEY_TEST_POSTGRES;
// Loaded while another process makes the cluster.
const [ground, { migrate }] = await Promise.all([
  given === undefined ? ownCluster() : givenServer(given),
  import("../../src/data/index.js"),
]);
try {
  const { adminUrl, ownerUrl, appUrl, clockUrl } = ground;
  await migrate(ownerUrl);
  const host: DatabaseHost = { adminUrl, ownerUrl, appUrl, clockUrl };
  process.stdout.write(`${JSON.stringify(host)}\n`);
  await text(process.stdin);
} finally {
  await ground.leave();
}
