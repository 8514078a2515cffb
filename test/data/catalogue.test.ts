import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type pg from "pg";
import { createDatabase, type TestDatabase } from "../support/database.js";
import { as } from "./fixtures.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** Each answers what is wrong, in words; nothing when the wall stands. */
const RULES: Readonly<Record<string, string>> = {
  "a table of tenants without forced row-level security": `
    select c.relname as found from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and (c.relname = 'org' or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id'))
      and not (c.relrowsecurity and c.relforcerowsecurity)`,
  "a table of tenants without a policy that checks what is written": `
    select c.relname as found from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and (c.relname = 'org' or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id'))
      and not exists (select from pg_policies p where p.tablename = c.relname and p.cmd = 'ALL'
        and p.with_check is not null and p.qual like '%app_org()%' and p.with_check like '%app_org()%')`,
  "a policy that lets anything be written": `
    select tablename || '.' || policyname as found from pg_policies
    where cmd <> 'SELECT' and (with_check is null or with_check not like '%app_org()%')`,
  "a table with an environment whose policy does not look at it": `
    select c.relname as found from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'environment'
    join pg_policies p on p.tablename = c.relname and p.cmd = 'ALL'
    where c.relkind = 'r' and (p.qual not like '%app_environment()%' or p.with_check not like '%app_environment()%')`,
  "a key or unique that does not begin with the org": `
    select i.indexrelid::regclass::text as found from pg_index i
    join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
    -- An allowance is of no org: a store counts calls by the address that they come from.
    where i.indisunique and c.relname not in ('schema_migration', 'store_allowance') and a.attname <> 'org_id' and c.relname <> 'org'`,
  "a foreign key that does not carry the org": `
    select k.conrelid::regclass || '.' || k.conname as found from pg_constraint k
    join pg_attribute mine on mine.attrelid = k.conrelid and mine.attnum = k.conkey[1]
    join pg_attribute theirs on theirs.attrelid = k.confrelid and theirs.attnum = k.confkey[1]
    where k.contype = 'f' and not (mine.attname = 'org_id'
      and (theirs.attname = 'org_id' or k.confrelid = 'org'::regclass))`,
  "a role of ours that may pass the wall": `
    select rolname as found from pg_roles where rolname in ('shopkey_app', 'shopkey_clock', 'shopkey_owner')
      and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`,
  "something that the app's or the clock's role owns": `
    select c.oid::regclass::text as found from pg_class c join pg_roles r on r.oid = c.relowner
      where r.rolname in ('shopkey_app', 'shopkey_clock')
    union all select p.oid::regprocedure::text from pg_proc p join pg_roles r on r.oid = p.proowner
      where r.rolname in ('shopkey_app', 'shopkey_clock')
    union all select n.nspname from pg_namespace n join pg_roles r on r.oid = n.nspowner
      where r.rolname in ('shopkey_app', 'shopkey_clock')`,
  "a role that the app's role is a member of": `
    select r.rolname as found from pg_auth_members m join pg_roles r on r.oid = m.roleid
    join pg_roles w on w.oid = m.member where w.rolname in ('shopkey_app', 'shopkey_clock')`,
  "a view that does not run as its caller": `
    select c.relname as found from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')
      and not coalesce(c.reloptions @> '{security_invoker=true}', false)`,
  "a function that runs as its owner": `
    select p.oid::regprocedure::text as found from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prosecdef`,
  "a ledger that can be changed": `
    select privilege_type as found from information_schema.role_table_grants
    where grantee in ('shopkey_app', 'shopkey_clock', 'PUBLIC') and table_name = 'audit_event'
      and privilege_type not in ('SELECT', 'INSERT')`,
  "anything that everybody may touch": `
    select table_name || ' ' || privilege_type as found from information_schema.role_table_grants
    where grantee = 'PUBLIC' and table_schema = 'public'`,
  "a column that the clock's role has no need of": `
    select table_name || '.' || column_name as found from information_schema.column_privileges
    where grantee = 'shopkey_clock' and not (table_name = 'checkout' and privilege_type = 'SELECT'
      and column_name in ('org_id', 'environment', 'id', 'state', 'lease_until', 'created_at'))
      and not (table_name = 'impersonation' and privilege_type = 'SELECT'
      and column_name in ('org_id', 'environment', 'id', 'due_at'))
      and not (table_name = 'operator_login' and privilege_type = 'SELECT'
      and column_name in ('org_id', 'environment', 'id', 'due_at', 'session_id'))
      and not (table_name = 'store_account' and privilege_type = 'SELECT'
      and column_name in ('org_id', 'environment', 'connection_id', 'due_at'))
      and not (table_name = 'anonymization' and privilege_type = 'SELECT'
      and column_name in ('org_id', 'environment', 'id', 'due_at'))
      and not (table_name = 'connection' and privilege_type = 'SELECT'
      and column_name in ('org_id', 'environment', 'id', 'due_at', 'attempt_session_id', 'hand_off_session_id'))`,
};

const broken = async (client: pg.Client, rule: string) =>
  (await client.query<{ found: string }>(RULES[rule] ?? "")).rows.map(({ found }) => found);

describe("the catalogue has no", () => {
  test.each(Object.keys(RULES))("%s", async (rule) => {
    expect(await as(database.adminUrl, (admin) => broken(admin, rule))).toEqual([]);
  });
});

/** What a careless migration could do; the rule must catch it, or it proves nothing. */
const CARELESS: Readonly<Record<string, string>> = {
  "a table of tenants without forced row-level security": "create table careless (org_id uuid primary key)",
  "a table of tenants without a policy that checks what is written": "create table careless (org_id uuid primary key)",
  "a policy that lets anything be written": "create policy careless on store for insert with check (true)",
  "a table with an environment whose policy does not look at it":
    "alter policy store_own on store using (org_id = app_org()) with check (org_id = app_org())",
  "a key or unique that does not begin with the org": "create unique index careless on consumer (external_id)",
  "a foreign key that does not carry the org":
    "create table careless (org_id uuid, store_id uuid, org2 uuid references org (id))",
  "a role of ours that may pass the wall": "alter role shopkey_app bypassrls",
  "something that the app's or the clock's role owns": "alter table store owner to shopkey_app",
  "a role that the app's role is a member of": "grant shopkey_owner to shopkey_app",
  "a view that does not run as its caller": "create view careless as select * from consumer",
  "a function that runs as its owner": "alter function caller_by_key security definer",
  "a ledger that can be changed": "grant update on audit_event to shopkey_app",
  "anything that everybody may touch": "grant select on store to public",
  "a column that the clock's role has no need of": "grant select on consumer to shopkey_clock",
};

describe("the gate catches", () => {
  test.each(Object.keys(RULES))("%s", async (rule) => {
    await as(database.adminUrl, async (admin) => {
      await admin.query("begin");
      await admin.query(CARELESS[rule] ?? "");
      expect(await broken(admin, rule)).not.toEqual([]);
      await admin.query("rollback");
    });
  });
});
