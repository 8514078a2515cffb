import pg from "pg";

/** Every row of every table, as text: what a search for leaks looks through. */
export async function everyRow(adminUrl: string): Promise<string> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    const tables = await admin.query<{ name: string }>(
      "select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'",
    );
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await admin.query<{ row: string }>(`select t::text as row from "${name}" t`);
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join("\n");
  } finally {
    await admin.end();
  }
}
