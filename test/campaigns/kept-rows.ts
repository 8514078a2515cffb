/** The rows of an org's environment, looked at and put back by the superuser, past row-level security. */
import pg from "pg";

interface Table {
  readonly name: string;
  /** No environment of its own: its consumer has one. */
  readonly ofConsumer: boolean;
}

/** Every table with an org; those that hang on a consumer, and on nothing else, come first. */
const TABLES = `
  select c.relname as name, not bool_or(a.attname = 'environment') as "ofConsumer"
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
  group by c.relname having bool_or(a.attname = 'org_id')
  order by 2 desc, c.relname = 'consumer', c.relname`;

export interface Whose {
  readonly org: string;
  readonly environment: "test" | "live";
}

export interface KeptRows {
  /** One text for all rows as they are now; when keys were last used is left out. */
  readonly digest: (whose: Whose) => Promise<string>;
  /** Makes the rows what they were when this was opened. */
  readonly putBack: (whose: Whose) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Values of ours alone: UUIDs and two words. */
function mine({ ofConsumer }: Table, { org, environment }: Whose): string {
  const ours = `org_id = '${org}' and environment = '${environment}'`;
  return ofConsumer ? `org_id = '${org}' and consumer_id in (select id from public.consumer where ${ours})` : ours;
}

export async function keepRows(adminUrl: string): Promise<KeptRows> {
  const admin = new pg.Client({ connectionString: adminUrl });
  admin.on("error", () => {});
  await admin.connect();
  const { rows: tables } = await admin.query<Table>(TABLES);
  const copies = tables.map(({ name }) => `create table kept.${name} as table public.${name}`);
  await admin.query(["create schema kept", ...copies].join(";"));

  const digestOf = (table: Table, whose: Whose) =>
    `select '${table.name}' as name, count(*)::int as rows,
       coalesce(md5(string_agg((to_jsonb(t) - 'last_used_at')::text, '' order by (to_jsonb(t) - 'last_used_at')::text)), '') as digest
     from public.${table.name} t where ${mine(table, whose)}`;
  const look = (whose: Whose) =>
    admin
      .query<{ name: string; rows: number; digest: string }>(
        tables.map((table) => digestOf(table, whose)).join(" union all "),
      )
      .then(({ rows }) => rows);

  return {
    digest: async (whose) => (await look(whose)).map(({ name, rows, digest }) => `${name}:${rows}:${digest}`).join(" "),
    putBack: async (whose) => {
      const statements = [
        // No triggers and no foreign keys in between: all of it comes back.
        "begin",
        "set local session_replication_role = replica",
        ...tables.map((table) => `delete from public.${table.name} where ${mine(table, whose)}`),
        ...[...tables]
          .reverse()
          .map(
            (table) => `insert into public.${table.name} select * from kept.${table.name} where ${mine(table, whose)}`,
          ),
        "commit",
      ];
      await admin.query(statements.join(";"));
    },
    close: () => admin.end(),
  };
}
