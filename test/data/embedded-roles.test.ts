import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Cluster, prepareDatabase, startCluster } from "../../src/data/embedded/index.js";
import { apiKeys, migrate, openData } from "../../src/data/index.js";
import { newId } from "../../src/kernel/ids.js";
import { openLog } from "../../src/kernel/log.js";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { ask } from "../support/database-sql.js";
import { firstWrite, makeOrg } from "./fixtures.js";

const DENIED = { code: "42501" };

describe("the roles of the embedded cluster", () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase();
    for (const sql of [
      "create table guarded (org text)",
      "alter table guarded enable row level security",
      "alter table guarded force row level security",
      "create policy own on guarded using (org = current_setting('app.org', true))",
      "grant select, insert on guarded to shopkey_app",
    ]) {
      await ask(database.ownerUrl, sql);
    }
    await ask(database.adminUrl, "insert into guarded values ('a'), ('b')");
  });

  afterAll(() => database.drop());

  test("none is more than it should be", async () => {
    const rows = await ask<{ name: string; rights: boolean; owns: boolean }>(
      database.adminUrl,
      `select rolname as name, (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication) as rights,
              exists (select from pg_class where relowner = r.oid) as owns
         from pg_roles r where rolname like 'shopkey%' order by 1`,
    );
    expect(rows).toEqual([
      { name: "shopkey_app", rights: false, owns: false },
      { name: "shopkey_clock", rights: false, owns: false },
      { name: "shopkey_owner", rights: false, owns: true },
    ]);
  });

  test.each(["appUrl", "clockUrl"] as const)("%s creates nothing, anywhere", async (which) => {
    const url = database[which];
    for (const sql of [
      "create table mine (id int)",
      "create temporary table mine (id int)",
      "create schema mine",
      "create role mine",
      "create database mine",
    ]) {
      await expect(ask(url, sql)).rejects.toMatchObject(DENIED);
    }
    for (const other of ["postgres", "template1"]) {
      const elsewhere = url.replace(/[^/]+$/, other);
      await expect(ask(elsewhere, "select 1")).rejects.toMatchObject(DENIED);
    }
  });

  test("row-level security holds the app, and the owner too", async () => {
    expect(await ask(database.adminUrl, "select org from guarded order by 1")).toEqual([{ org: "a" }, { org: "b" }]);
    expect(await ask(database.appUrl, "select org from guarded")).toEqual([]);
    expect(await ask(database.ownerUrl, "select org from guarded")).toEqual([]);
    for (const sql of [
      "set row_security = off; select * from guarded",
      "insert into guarded values ('c')",
      "alter table guarded disable row level security",
      "set role shopkey_owner",
      "alter role shopkey_app bypassrls",
      "create policy mine on guarded using (true)",
    ]) {
      await expect(ask(database.appUrl, sql)).rejects.toMatchObject(DENIED);
    }
  });
});

describe("a foreign database", () => {
  const root = mkdtempSync(join(tmpdir(), "shopkey-foreign-"));
  chmodSync(root, 0o711);
  let server: Cluster;

  beforeAll(async () => {
    server = await startCluster({ dir: join(root, "server"), durable: false, log: openLog({ level: "silent" }) });
    // As on a server that never saw a gateway.
    for (const role of ["shopkey_app", "shopkey_clock"]) {
      await ask(server.adminUrl, `alter role ${role} rename to ${role}_before`);
    }
    for (const [name, right] of [
      ["plain", ""],
      ["maker", "createrole"],
    ]) {
      await ask(server.adminUrl, `create role ${name} login password 'p/w:1' ${right}`);
      await ask(server.adminUrl, `create database ${name} owner ${name}`);
    }
    await ask(server.adminUrl, "create database super");
  });

  afterAll(async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const urlOf = (name: string, rest = "") => `postgresql://${name}:p%2Fw%3A1@127.0.0.1:${server.port}/${name}${rest}`;

  test("a user who may not make roles is told what to have run, and it suffices", async () => {
    const refused = (await prepareDatabase(urlOf("plain")).catch((error: unknown) => error)) as { sql: string[] };
    expect(refused).toMatchObject({ name: "DatabaseUnusable", code: "ROLES_MISSING" });
    expect(refused.sql).toEqual([
      "create role shopkey_app nologin",
      "grant shopkey_app to plain with set true, inherit false",
      "create role shopkey_clock nologin",
      "grant shopkey_clock to plain with set true, inherit false",
    ]);
    expect(JSON.stringify(refused)).not.toContain("p/w");
    for (const sql of refused.sql) await ask(server.adminUrl, sql);
    const { appUrl } = await prepareDatabase(urlOf("plain"));
    expect(await ask(appUrl, "select current_user as role")).toEqual([{ role: "shopkey_app" }]);
    for (const role of ["shopkey_app", "shopkey_clock"]) await ask(server.adminUrl, `drop role ${role}`);
  });

  test("a user who may make roles has them made, once", async () => {
    const rest = "?application_name=a%20b&options=-c%20statement_timeout%3D1234";
    const urls = await prepareDatabase(urlOf("maker", rest));
    expect(await prepareDatabase(urlOf("maker", rest))).toEqual(urls);
    const asked = `select current_user as role, current_setting('statement_timeout') as timeout,
      current_setting('application_name') as name`;
    const same = { timeout: "1234ms", name: "a b" };
    expect(await ask(urls.appUrl, asked)).toEqual([{ role: "shopkey_app", ...same }]);
    expect(await ask(urls.clockUrl, asked)).toEqual([{ role: "shopkey_clock", ...same }]);
    await expect(ask(urls.appUrl, "create table mine (id int)")).rejects.toMatchObject(DENIED);
  });

  test.each([
    ["a user who owns the database", () => urlOf("maker", "?options=-c%20lock_timeout%3D1234")],
    ["a superuser", () => server.adminUrl.replace(/[^/]*$/, "super?options=-c%20lock_timeout%3D1234")],
  ])("under %s, everything that is asked is asked in the app's role", async (_, url) => {
    const urls = await prepareDatabase(url());
    await migrate(urls.ownerUrl);
    const data = await openData({ ...urls, log: openLog({ level: "silent" }) });
    try {
      const scope = await makeOrg(data);
      const asked = "select current_user as role, current_setting('lock_timeout') as timeout";
      const settings = await data.inScope(scope, ({ em }) => em.execute(asked));
      expect(settings).toEqual([{ role: "shopkey_app", timeout: "1234ms" }]);
      const key = { id: newId("key"), name: "k", hash: randomBytes(32), last4: "abcd", scopes: [], expiresAt: null };
      const owner = { ownerKind: "SERVICE", ownerName: "o", createdAt: new Date() } as const;
      await data.inScope(scope, (tx) => apiKeys.insert(tx, { ...key, ...owner }));
      expect(await data.callerByKey(key.hash)).toMatchObject({ key: { id: key.id }, org: { id: scope.orgId } });
      expect((await data.saveProfile(scope, firstWrite("ana"))).outcome).toBe("saved");
      const stranger = { ...scope, orgId: newId("org") };
      expect(await data.inScope(stranger, ({ em }) => em.execute("select id from consumer"))).toEqual([]);
    } finally {
      await data.close();
    }
  });

  test("a role of that name with too many rights is not taken", async () => {
    await ask(server.adminUrl, "alter role shopkey_app bypassrls");
    await expect(prepareDatabase(urlOf("maker"))).rejects.toMatchObject({
      code: "ROLES_MISSING",
      sql: ["alter role shopkey_app nosuperuser nobypassrls"],
    });
    await ask(server.adminUrl, "alter role shopkey_app nobypassrls");
  });

  test("a user who may not make tables is told", async () => {
    await ask(server.adminUrl, "create role guest login password 'p/w:1'");
    await ask(server.adminUrl, "grant shopkey_app, shopkey_clock to guest");
    await ask(server.adminUrl, "create database guest");
    await expect(prepareDatabase(urlOf("guest"))).rejects.toMatchObject({
      sql: ["grant usage, create on schema public to guest"],
    });
  });

  test.each([
    ["a wrong password", () => urlOf("maker").replace("p%2Fw", "wrong"), "28P01", /user and the password/],
    ["no such database", () => urlOf("maker").replace(/[^/]*$/, "nowhere"), "3D000", /create database/],
    ["nobody listening", () => "postgresql://a:secret@127.0.0.1:1/a", "ECONNREFUSED", /Nothing listens/],
  ])("%s is told by what to do, without the password", async (_, url, code, remedy) => {
    const refused = (await prepareDatabase(url()).catch((error: unknown) => error)) as Error & { nextAction: string };
    expect(refused).toMatchObject({ code: "UNREACHABLE", nextAction: expect.stringMatching(remedy) });
    expect(refused.message).toBe(`The database of DATABASE_URL cannot be reached (${code}).`);
    expect(refused.nextAction).not.toMatch(/wrong|secret|nowhere/);
  });
});
