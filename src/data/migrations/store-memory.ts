import { Migration } from "@mikro-orm/migrations";

/**
 * What all gateways that call a Store have in common: the org's own tokens there, sealed, each made by one gateway at a time;
 * and how many of a store's few calls a minute are taken. Stores count those by address, not by org: so does that table, which
 * holds times and nothing of anybody's.
 */
export class StoreMemory extends Migration {
  override up(): void {
    this.addSql(`create table store_memory (
      org_id uuid not null, environment text not null check (environment in ('test', 'live')), store_id uuid not null,
      name bytea not null, sealed bytea, print bytea, fresh_until timestamptz(3), lease_until timestamptz(3),
      primary key (org_id, store_id, name),
      foreign key (org_id, environment, store_id) references store (org_id, environment, id))`);
    const mine = "org_id = app_org() and environment = app_environment()";
    this.addSql("alter table store_memory enable row level security, force row level security");
    this.addSql(
      `create policy store_memory_own on store_memory to shopkey_app, current_user using (${mine}) with check (${mine})`,
    );
    this.addSql("grant select, insert, update, delete on store_memory to shopkey_app");
    this.addSql("create table store_allowance (name text primary key, taken timestamptz[] not null)");
    this.addSql("grant select, insert, update, delete on store_allowance to shopkey_app");
  }
}
