/** Being forgotten reaches every table that speaks of a consumer; whoever adds one is told here. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CONSUMER_TABLES } from "../../src/data/erasure.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { as } from "./fixtures.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const TABLES = `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname = 'consumer_id' order by 1`;

test("every table with a consumer is on the list in src/data/erasure.ts, once", async () => {
  const found = await as(database.adminUrl, async (admin) =>
    (await admin.query<{ name: string }>(TABLES)).rows.map(({ name }) => name),
  );
  const listed = (Object.values(CONSUMER_TABLES) as readonly (readonly string[])[]).flat();
  expect([...listed].sort()).toEqual(found);
  expect(new Set(listed).size).toBe(listed.length);
});
