/** The roles and the database inside our own cluster, made right at each start. */
import pg from "pg";
import type { Passwords } from "./passwords.js";

/** Owns the database and its tables; migrations run as it. */
export const OWNER_ROLE = "shopkey_owner";
/** What requests run as: owns nothing, and row-level security holds it. */
export const APP_ROLE = "shopkey_app";
/** What the clock's jobs run as: sees across orgs only where a policy names it. */
export const CLOCK_ROLE = "shopkey_clock";
/** The database of the gateway. */
export const DATABASE = "shopkey";

const PLAIN = "login nosuperuser nobypassrls nocreatedb nocreaterole noreplication";

/**
 * Makes what is missing and takes away what does not belong. Runs as the superuser, who does nothing else.
 * @param adminUrl the superuser's connection to the database `postgres`
 */
export async function ensureRoles(adminUrl: string, passwords: Passwords): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  // The server may go while we speak to it; the query that is under way says so too.
  client.on("error", () => {});
  await client.connect();
  try {
    const found = await inspect(client);
    const wanted = { [OWNER_ROLE]: passwords.owner, [APP_ROLE]: passwords.app, [CLOCK_ROLE]: passwords.clock };
    for (const [role, password] of Object.entries(wanted)) {
      if (found.plain.has(role)) continue;
      const verb = found.all.has(role) ? "alter" : "create";
      await client.query(`${verb} role ${role} with ${PLAIN} password ${client.escapeLiteral(password)}`);
    }
    if (!found.databases.has(DATABASE)) await createDatabase(client, DATABASE);
    if (found.open.has(DATABASE)) await closeDatabase(client, DATABASE);
    for (const other of ["postgres", "template1"]) {
      if (found.open.has(other)) await client.query(`revoke all on database ${other} from public`);
    }
  } finally {
    await client.end();
  }
}

interface Found {
  /** Our roles that are there, and those of them that have just what they should. */
  readonly all: ReadonlySet<string>;
  readonly plain: ReadonlySet<string>;
  /** All databases, and those of them that any role may enter. */
  readonly databases: ReadonlySet<string>;
  readonly open: ReadonlySet<string>;
}

async function inspect(client: pg.Client): Promise<Found> {
  const { rows } = await client.query<Record<"all" | "plain" | "databases" | "open", string[] | null>>(
    `select (select array_agg(rolname::text) from pg_roles where rolname = any($1)) as "all",
            (select array_agg(rolname::text) from pg_roles where rolname = any($1) and rolcanlogin and not
              (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication)) as plain,
            (select array_agg(datname::text) from pg_database) as databases,
            (select array_agg(datname::text) from pg_database
              where has_database_privilege('public', oid, 'connect')) as open`,
    [[OWNER_ROLE, APP_ROLE, CLOCK_ROLE]],
  );
  const set = (names: string[] | null | undefined) => new Set(names ?? []);
  const row = rows[0];
  return { all: set(row?.all), plain: set(row?.plain), databases: set(row?.databases), open: set(row?.open) };
}

/**
 * A database that the owner owns and only our three roles may enter.
 * @param template copied file by file; nobody may be connected to it
 */
export async function createDatabase(client: pg.Client, name: string, template?: string): Promise<void> {
  const database = client.escapeIdentifier(name);
  const copy = template === undefined ? "" : ` template ${client.escapeIdentifier(template)} strategy file_copy`;
  await client.query(`create database ${database} owner ${OWNER_ROLE}${copy}`);
  await closeDatabase(client, name);
}

async function closeDatabase(client: pg.Client, name: string): Promise<void> {
  const database = client.escapeIdentifier(name);
  await client.query(`revoke all on database ${database} from public`);
  await client.query(`grant connect on database ${database} to ${APP_ROLE}, ${CLOCK_ROLE}`);
}
