/** What a `DATABASE_URL` offers, for somebody who only wants to know. */
import { connect, missing, requireRole, requireVersion, rolesMissing, withRole } from "./foreign.js";
import { APP_ROLE, CLOCK_ROLE } from "./roles.js";
import { DatabaseUnusable } from "./unusable.js";

export interface DatabaseFinding {
  /** Major version, for example 17. */
  readonly major: number;
  /** Whether the gateway makes its roles at the first start; false: they are there. */
  readonly makesRoles: boolean;
}

/**
 * Looks at a foreign database as `prepareDatabase` would, and changes nothing.
 * @param logins the separate logins, where they are set
 * @throws DatabaseUnusable `UNREACHABLE`, `TOO_OLD`, `ROLES_MISSING`
 */
export async function inspectDatabase(
  ownerUrl: string,
  logins: { readonly appUrl: string; readonly clockUrl: string } | null,
): Promise<DatabaseFinding> {
  const client = await connect(ownerUrl);
  try {
    const major = await requireVersion(client);
    if (logins !== null) {
      await requireLogin(logins.appUrl, "DATABASE_APP_URL", APP_ROLE);
      await requireLogin(logins.clockUrl, "DATABASE_CLOCK_URL", CLOCK_ROLE);
      return { major, makesRoles: false };
    }
    const sql = await missing(client, major);
    if (sql.length > 0) {
      if (await mayMake(client, sql)) return { major, makesRoles: true };
      throw rolesMissing(sql);
    }
    for (const role of [APP_ROLE, CLOCK_ROLE]) await requireRole(withRole(ownerUrl, role), role);
    return { major, makesRoles: false };
  } finally {
    await client.end();
  }
}

/** A superuser may do all of it; with CREATEROLE one may make a role, and take on what one has made. */
async function mayMake(client: Awaited<ReturnType<typeof connect>>, sql: readonly string[]): Promise<boolean> {
  const { rows } = await client.query<{ all: boolean; roles: boolean }>(
    `select rolsuper as "all", rolcreaterole as roles from pg_roles where rolname = session_user`,
  );
  const made = sql.flatMap((statement) => /^create role (\w+)/.exec(statement)?.[1] ?? []);
  const isOwn = (statement: string) => made.some((role) => new RegExp(`^(create role|grant) ${role} `).test(statement));
  return rows[0]?.all === true || (rows[0]?.roles === true && sql.every(isOwn));
}

/** The login is the role or has it, and is plain: row-level security would not hold a superuser. */
async function requireLogin(url: string, variable: string, role: string): Promise<void> {
  const client = await connect(url, variable);
  try {
    const { rows } = await client.query<{ has: boolean; plain: boolean }>(
      `select not (me.rolsuper or me.rolbypassrls) as plain,
              coalesce((select pg_has_role(me.oid, oid, 'usage') from pg_roles where rolname = $1), false) as has
         from pg_roles me where me.rolname = current_user`,
      [role],
    );
    if (rows[0]?.has && rows[0].plain) return;
  } finally {
    await client.end();
  }
  throw new DatabaseUnusable("ROLES_MISSING", `${variable} is not a plain login of the role ${role}.`, {
    nextAction: `Give it a user that is ${role} or a member of it, and neither superuser nor BYPASSRLS; or unset both separate logins.`,
  });
}
