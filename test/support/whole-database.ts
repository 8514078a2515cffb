import pg from "pg";

/**
 * Every row of every table, as text: what a search for leaks looks through. Sealed columns are as PostgreSQL prints them
 * (hex). The superuser reads past row-level security.
 */
export async function everyRow(adminUrl: string): Promise<string> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    const tables = await admin.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await admin.query<{ row: string }>(`select t::text as row from ${name} t`);
      for (const { row } of rows) texts.push(row);
    }
    return texts.join("\n");
  } finally {
    await admin.end();
  }
}
