import { Migrator } from "@mikro-orm/migrations";
import { MikroORM } from "@mikro-orm/postgresql";
import type { Log } from "../kernel/log.js";
import { entities } from "./entities/index.js";
import { migrations } from "./migrations/index.js";

/** How MikroORM is set up for the owner: to migrate, and to compare the entities with what the migrations made. */
export const ownerOptions = (ownerUrl: string) => ({
  clientUrl: ownerUrl,
  // Whole: MikroORM leaves out what the URL says after its question mark.
  driverOptions: { connectionString: ownerUrl },
  entities,
  extensions: [Migrator],
  pool: { min: 0, max: 2 },
  migrations: {
    migrationsList: migrations,
    tableName: "schema_migration",
    snapshot: false,
    silent: true,
  },
  // Policies, functions, triggers and composite foreign keys are SQL in the migrations; MikroORM knows nothing of them.
  schemaGenerator: {
    ignorePolicies: true,
    ignoreRoutines: true,
    ignoreTriggers: true,
    createForeignKeyConstraints: false,
  },
});

/** Held while migrating, so that gateways that start together do it one after the other. Any number that is ours. */
const MIGRATING = 7_304_112_026;

/**
 * Brings the database to the newest schema, grants included. Does nothing when it is there already. The roles
 * `shopkey_app` and `shopkey_clock` exist beforehand.
 * @param ownerUrl as the role that owns the database; every migration of a run is one transaction together
 * @returns the names of what was applied
 */
export async function migrate(ownerUrl: string, log?: Log): Promise<readonly string[]> {
  const orm = await MikroORM.init(ownerOptions(ownerUrl));
  try {
    return await orm.em.getConnection().transactional(async (lock) => {
      await orm.em.getConnection().execute("select pg_advisory_xact_lock(?)", [MIGRATING], "all", lock);
      const applied = (await orm.migrator.up()).map(({ name }) => name);
      if (applied.length > 0)
        log?.info("database.migrated", { count: applied.length, version: applied.at(-1) ?? null });
      return applied;
    });
  } finally {
    await orm.close(true);
  }
}
