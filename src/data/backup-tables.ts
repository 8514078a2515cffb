import type pg from "pg";

/** A table with an org's rows. */
export interface BackedTable {
  readonly name: string;
  readonly hasEnvironment: boolean;
}

/** Keys and what is sealed under the org's key: dumped by themselves, because they are made anew in every epoch. */
export const KEY_TABLE = "consumer_key";

const TABLES = `select c.relname as name, bool_or(a.attname = 'environment') as "hasEnvironment"
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
  group by c.relname having bool_or(a.attname = 'org_id') or c.relname = 'org'`;

const REFERENCES = `select distinct k.conrelid::regclass::text as "from", k.confrelid::regclass::text as "to"
  from pg_constraint k where k.contype = 'f' and k.connamespace = 'public'::regnamespace and k.conrelid <> k.confrelid`;

/** What is made anew when it is missing: a store's tokens have no place in a backup. */
const LEFT_OUT = new Set(["store_memory"]);

/** Every table of orgs, each after those that it points at. */
export async function backedTables(client: pg.Client): Promise<readonly BackedTable[]> {
  const { rows: tables } = await client.query<BackedTable>(TABLES);
  const { rows: references } = await client.query<{ from: string; to: string }>(REFERENCES);
  const sorted: BackedTable[] = [];
  const left = new Map(tables.filter(({ name }) => !LEFT_OUT.has(name)).map((table) => [table.name, table]));
  while (left.size > 0) {
    const free = [...left.values()].filter(
      ({ name }) => !references.some(({ from, to }) => from === name && left.has(to)),
    );
    if (free.length === 0) throw new Error("tables point at each other in a circle");
    for (const table of free.sort((a, b) => a.name.localeCompare(b.name))) {
      sorted.push(table);
      left.delete(table.name);
    }
  }
  return sorted;
}

/** The migrations that made the database what it is. */
export async function schemaVersion(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>("select name from schema_migration order by id");
  return rows.map(({ name }) => name);
}
