import { Migration } from "@mikro-orm/migrations";

/**
 * What a store says of a connected shopper's account there: by which the store speaks of them (a keyed fingerprint), how often
 * they have bought, and what it calls them (a fingerprint, too). Due while the consumer does not have it yet, or the store
 * was not told what the org calls the shopper now.
 */
export class StoreAccounts extends Migration {
  override up(): void {
    this.addSql(`create table store_account (
      org_id uuid not null, environment text not null check (environment in ('test', 'live')), connection_id uuid not null,
      consumer_id uuid not null, store_id uuid not null, account bytea not null,
      standing text check (standing in ('PROSPECT', 'ACQUIRED', 'REPEAT')), told bytea,
      attempts int not null default 0, due_at timestamptz(3), updated_at timestamptz(3) not null default now(),
      primary key (org_id, connection_id),
      foreign key (org_id, connection_id) references connection (org_id, id),
      foreign key (org_id, environment, consumer_id) references consumer (org_id, environment, id),
      foreign key (org_id, environment, store_id) references store (org_id, environment, id))`);
    this.addSql("create index store_account_told_of on store_account (org_id, environment, store_id, account)");
    this.addSql("create index store_account_consumer on store_account (org_id, environment, consumer_id)");
    this.addSql("create index store_account_due on store_account (due_at) where due_at is not null");
    const mine = "org_id = app_org() and environment = app_environment()";
    this.addSql("alter table store_account enable row level security, force row level security");
    this.addSql(
      `create policy store_account_own on store_account to shopkey_app, current_user using (${mine}) with check (${mine})`,
    );
    this.addSql("grant select, insert, update, delete on store_account to shopkey_app");
    // The clock sees which are due, and nothing else of them.
    this.addSql(
      "create policy store_account_due on store_account for select to shopkey_clock using (due_at is not null)",
    );
    this.addSql("grant select (org_id, environment, connection_id, due_at) on store_account to shopkey_clock");
  }
}
