/** Somebody else's PostgreSQL (`DATABASE_URL`): what the gateway needs to find there, or to be allowed to make. */
import pg from "pg";
import { APP_ROLE, CLOCK_ROLE } from "./roles.js";
import { DatabaseUnusable } from "./unusable.js";

/** Connection strings for the three parts the gateway plays; they may hold passwords. */
export interface DatabaseUrls {
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly clockUrl: string;
}

const OLDEST = 15;
const ROLES = [APP_ROLE, CLOCK_ROLE] as const;

/**
 * Makes sure that the server is new enough, and that the roles exist and are plain, making them where the user may.
 * The roles have no login of their own here: app and clock connect as the owner and take their role on with the
 * connection (`options=-c role=…`). Separate logins (`DATABASE_APP_URL`, `DATABASE_CLOCK_URL`) are the stricter way,
 * and the only one behind a pooler that drops `options`.
 * @throws DatabaseUnusable `UNREACHABLE`, `TOO_OLD`; `ROLES_MISSING` with the SQL that somebody else has to run
 */
export async function prepareDatabase(ownerUrl: string): Promise<DatabaseUrls> {
  const client = await connect(ownerUrl);
  try {
    const version = await requireVersion(client);
    for (const statement of await missing(client, version)) await tryTo(client, statement);
    const sql = await missing(client, version);
    if (sql.length > 0) throw rolesMissing(sql);
  } finally {
    await client.end();
  }
  const urls = { ownerUrl, appUrl: withRole(ownerUrl, APP_ROLE), clockUrl: withRole(ownerUrl, CLOCK_ROLE) };
  await requireRole(urls.appUrl, APP_ROLE);
  await requireRole(urls.clockUrl, CLOCK_ROLE);
  return urls;
}

const checkLogin = (from: string) =>
  `Check the user and the password of ${from}, and who may log in from here (pg_hba.conf).`;
const checkHost = (from: string) => `Check the host of ${from}: no such name is known here.`;

/** By the code of what went wrong: PostgreSQL's, or the system's. */
const REMEDIES: Readonly<Record<string, (from: string) => string>> = {
  "3D000": (from) => `Make the database that ${from} names (\`create database … owner …\`), or name another.`,
  "28000": checkLogin,
  "28P01": checkLogin,
  "53300": () => "The server has no connection left: raise its max_connections, or end what holds them.",
  "57P03": () => "The server is starting or stopping: try again in a moment.",
  ECONNREFUSED: (from) => `Nothing listens where ${from} points: check its host and port, and that the server runs.`,
  ENOTFOUND: checkHost,
  EAI_AGAIN: checkHost,
};

/** @param from the variable that the URL is in, for the message; throws DatabaseUnusable `UNREACHABLE` */
export async function connect(url: string, from = "DATABASE_URL"): Promise<pg.Client> {
  try {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    // The server may go while we speak to it; the query that is under way says so too.
    client.on("error", () => {});
    await client.connect();
    return client;
  } catch (cause) {
    const code = codeOf(cause);
    throw new DatabaseUnusable("UNREACHABLE", `The database of ${from} cannot be reached (${code}).`, {
      nextAction:
        REMEDIES[code]?.(from) ?? `Check what ${from} says, and that the server runs and lets this machine in.`,
      cause,
    });
  }
}

/** The major version. @throws DatabaseUnusable `TOO_OLD` */
export async function requireVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ number: number }>(
    "select current_setting('server_version_num')::int as number",
  );
  const major = Math.floor((rows[0]?.number ?? 0) / 10_000);
  if (major >= OLDEST) return major;
  throw new DatabaseUnusable("TOO_OLD", `The database of DATABASE_URL is PostgreSQL ${major}.`, {
    nextAction: `Use PostgreSQL ${OLDEST} or newer.`,
  });
}

/** The statements that are still to be run, in order. */
export async function missing(client: pg.Client, version: number): Promise<string[]> {
  const { rows } = await client.query<{ role: string; exists: boolean; plain: boolean; mine: boolean; me: string }>(
    `select wanted.role, quote_ident(session_user) as me, r.oid is not null as exists,
            coalesce(not (r.rolsuper or r.rolbypassrls), true) as plain,
            case when r.oid is not null then pg_has_role(session_user, r.oid, $2) else false end as mine
       from unnest($1::text[]) as wanted(role) left join pg_roles r on r.rolname = wanted.role
      order by wanted.role`,
    // From 16 on a membership may lack the right to SET ROLE, which is the one that we need.
    [ROLES, version >= 16 ? "SET" : "MEMBER"],
  );
  const rights = await missingRights(client);
  const forRoles = rows.flatMap(({ role, exists, plain, mine, me }) => [
    ...(exists ? [] : [`create role ${role} nologin`]),
    ...(plain ? [] : [`alter role ${role} nosuperuser nobypassrls`]),
    ...(mine ? [] : [`grant ${role} to ${me}${version >= 16 ? " with set true, inherit false" : ""}`]),
  ]);
  return [...forRoles, ...rights];
}

/** From 15 on only the database's owner may make tables in `public`, unless somebody says so. */
async function missingRights(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ ok: boolean; me: string }>(
    `select quote_ident(session_user) as me, coalesce(has_schema_privilege(current_schema(), 'create'), false) as ok`,
  );
  return rows.flatMap(({ ok, me }) => (ok ? [] : [`grant usage, create on schema public to ${me}`]));
}

/** What may not be done, or was done by another gateway at the same moment, is looked at afterwards. */
async function tryTo(client: pg.Client, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    if (!["42501", "42704", "42710", "23505", "0LP01"].includes(codeOf(error))) throw error;
  }
}

export function rolesMissing(sql: readonly string[]): DatabaseUnusable {
  const lines = sql.map((statement) => `  ${statement};`).join("\n");
  return new DatabaseUnusable(
    "ROLES_MISSING",
    "The database lacks roles or rights that the gateway needs, and the user of DATABASE_URL may not make them.",
    { nextAction: `Have somebody who may run this on the server, once:\n${lines}`, sql },
  );
}

/** The same connection in another role. Options that are in the string already stay. */
export function withRole(url: string, role: string): string {
  const parsed = new URL(url);
  const options = parsed.searchParams.get("options");
  parsed.searchParams.set("options", `${options === null ? "" : `${options} `}-c role=${role}`);
  // URLSearchParams makes a space a "+", which libpq's tools do not read back.
  parsed.search = parsed.search.replaceAll("+", "%20");
  return parsed.href;
}

/** @throws DatabaseUnusable `ROLES_MISSING` when the connection plays another role */
export async function requireRole(url: string, role: string): Promise<void> {
  const client = await connect(url);
  try {
    const { rows } = await client.query<{ role: string }>("select current_user as role");
    if (rows[0]?.role === role) return;
  } finally {
    await client.end();
  }
  throw new DatabaseUnusable("ROLES_MISSING", `A connection that asked for the role ${role} did not get it.`, {
    nextAction: "A pooler in between drops the option: set DATABASE_APP_URL and DATABASE_CLOCK_URL to separate logins.",
  });
}

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : "no answer";
