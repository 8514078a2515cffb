import { describe, expect, test } from "@jest/globals";
import { createDatabase } from "../support/database.js";
import { ask } from "../support/database-sql.js";

describe("databases for tests", () => {
  test("each is migrated, empty and its own", async () => {
    const [one, two] = await Promise.all([createDatabase(), createDatabase()]);
    try {
      const [migrated] = await ask<{ count: string }>(one.ownerUrl, "select count(*) from schema_migration");
      expect(Number(migrated?.count)).toBeGreaterThan(0);
      await ask(one.ownerUrl, "create table only_here (id int)");
      const [there] = await ask<{ name: string | null }>(two.ownerUrl, "select to_regclass('only_here')::text as name");
      expect(there?.name).toBeNull();
    } finally {
      await one.drop();
      await two.drop();
    }
    await expect(ask(one.ownerUrl, "select 1")).rejects.toMatchObject({ code: "3D000" });
  });

  test("the app's and the clock's roles hold nothing of their own", async () => {
    const database = await createDatabase();
    try {
      for (const url of [database.appUrl, database.clockUrl]) {
        await expect(ask(url, "create table mine (id int)")).rejects.toMatchObject({ code: "42501" });
        await expect(ask(url, "create temporary table mine (id int)")).rejects.toMatchObject({ code: "42501" });
        await expect(ask(url, "create schema mine")).rejects.toMatchObject({ code: "42501" });
      }
    } finally {
      await database.drop();
    }
  });
});
