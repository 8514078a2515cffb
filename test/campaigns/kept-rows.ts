/** The rows of an org's environment, looked at and put back by the superuser, past row-level security. */
import pg from "pg";

const OF_CONSUMER = ["consumer_key", "profile", "consumer_index"] as const;
/** Those that others hang on come last. */
const OF_ENVIRONMENT = [
  ...["audit_event", "idempotency", "order_report", "checkout", "connection", "store", "consumer", "api_key"],
] as const;
const TABLES: readonly string[] = [...OF_CONSUMER, ...OF_ENVIRONMENT];

export interface Whose {
  readonly org: string;
  readonly environment: "test" | "live";
}

export interface KeptRows {
  /** One text for all rows as they are now; when keys were last used is left out. */
  readonly digest: (whose: Whose) => Promise<string>;
  /** Table → number of rows. */
  readonly count: (whose: Whose) => Promise<Readonly<Record<string, number>>>;
  /** Makes the rows what they were when this was opened. */
  readonly putBack: (whose: Whose) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Values of ours alone: UUIDs and two words. */
function mine(table: string, { org, environment }: Whose): string {
  const ours = `org_id = '${org}' and environment = '${environment}'`;
  return (OF_CONSUMER as readonly string[]).includes(table)
    ? `org_id = '${org}' and consumer_id in (select id from public.consumer where ${ours})`
    : ours;
}

export async function keepRows(adminUrl: string): Promise<KeptRows> {
  const admin = new pg.Client({ connectionString: adminUrl });
  admin.on("error", () => {});
  await admin.connect();
  await admin.query(
    ["create schema kept", ...TABLES.map((table) => `create table kept.${table} as table public.${table}`)].join(";"),
  );

  const digestOf = (table: string, whose: Whose) =>
    `select '${table}' as name, count(*)::int as rows,
       coalesce(md5(string_agg((to_jsonb(t) - 'last_used_at')::text, '' order by (to_jsonb(t) - 'last_used_at')::text)), '') as digest
     from public.${table} t where ${mine(table, whose)}`;
  const look = (whose: Whose) =>
    admin
      .query<{ name: string; rows: number; digest: string }>(
        TABLES.map((table) => digestOf(table, whose)).join(" union all "),
      )
      .then(({ rows }) => rows);

  return {
    digest: async (whose) => (await look(whose)).map(({ name, rows, digest }) => `${name}:${rows}:${digest}`).join(" "),
    count: async (whose) => {
      const counts = TABLES.map(
        (table) => `select '${table}' as name, count(*)::int as rows from public.${table} where ${mine(table, whose)}`,
      );
      const { rows } = await admin.query<{ name: string; rows: number }>(counts.join(" union all "));
      return Object.fromEntries(rows.map(({ name, rows }) => [name, rows]));
    },
    putBack: async (whose) => {
      const statements = [
        // No triggers and no foreign keys in between: all of it comes back.
        "begin",
        "set local session_replication_role = replica",
        ...TABLES.map((table) => `delete from public.${table} where ${mine(table, whose)}`),
        ...[...TABLES]
          .reverse()
          .map((table) => `insert into public.${table} select * from kept.${table} where ${mine(table, whose)}`),
        "commit",
      ];
      await admin.query(statements.join(";"));
    },
    close: () => admin.end(),
  };
}
