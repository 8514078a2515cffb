import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { MikroORM } from "@mikro-orm/postgresql";
import { migrate } from "../../src/data/index.js";
import { ownerOptions } from "../../src/data/migrate.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { as } from "./fixtures.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/**
 * What MikroORM would change to make the tables what the entities say. It cannot express a foreign key that shares
 * org_id with the primary key without relations, so it would drop those; the catalogue test looks at them instead.
 * Policies, functions and triggers are not compared either.
 */
async function findDrift(): Promise<string[]> {
  const orm = await MikroORM.init(ownerOptions(database.ownerUrl));
  try {
    const lines = (await orm.schema.getUpdateSchemaSQL({ wrap: false })).split("\n").filter((line) => line !== "");
    return lines.filter((line) => !/^alter table "\w+" drop constraint "\w+_fkey";$/.test(line));
  } finally {
    await orm.close(true);
  }
}

describe("the schema", () => {
  test("is what the entities say", async () => {
    expect(await findDrift()).toEqual([]);
  });

  test.each([
    "alter table consumer add column nickname text",
    "alter table consumer alter column external_id drop not null",
    "alter table checkout alter column total_minor type int",
    "drop index store_slug",
    "alter table connection drop constraint connection_status_check",
  ])("shows drift after: %s", async (change) => {
    await as(database.ownerUrl, (owner) => owner.query(change));
    expect(await findDrift()).not.toEqual([]);
  });
});

describe("migrate", () => {
  test("does nothing on a database that is up to date", async () => {
    expect(await migrate(database.ownerUrl)).toEqual([]);
  });

  test("lets gateways that start together migrate once", async () => {
    const empty = await createDatabase();
    try {
      await as(empty.adminUrl, (admin) =>
        admin.query(`drop schema public cascade; create schema public authorization pg_database_owner;
          grant usage on schema public to public`),
      );
      const runs = await Promise.all([1, 2, 3].map(() => migrate(empty.ownerUrl)));
      const applied = runs.map((names) => names.length).sort();
      expect(applied.slice(0, 2)).toEqual([0, 0]);
      expect(applied[2]).toBeGreaterThan(0);
    } finally {
      await empty.drop();
    }
  });
});
