/** One statement on one connection: what a test asks a database with, beside the gateway's own code. */
import pg from "pg";

/** The rows. Throws the driver's `DatabaseError`, whose `code` is the SQLSTATE. */
export async function ask<R extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<R>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
