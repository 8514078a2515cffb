import { Migration } from "@mikro-orm/migrations";

const MOMENT = "timestamptz(3)";

/**
 * Operators in customers' places. What a row has sealed opens with the row's own key (`wrapped`) alone, which is there for as
 * long as somebody may be in that place at the store: while it is, the operator has no second place at this Store.
 */
export class Impersonations extends Migration {
  override up(): void {
    this.addSql(TABLE);
    this.addSql(`create unique index impersonation_operator on impersonation
      (org_id, environment, store_id, operator_key) where wrapped is not null`);
    this.addSql("create index impersonation_store on impersonation (org_id, environment, store_id)");
    this.addSql("create index impersonation_consumer on impersonation (org_id, environment, consumer_id)");
    this.addSql("create index impersonation_due on impersonation (due_at) where due_at is not null");
    const mine = "org_id = app_org() and environment = app_environment()";
    this.addSql("alter table impersonation enable row level security, force row level security");
    this.addSql(
      `create policy impersonation_own on impersonation to shopkey_app, current_user using (${mine}) with check (${mine})`,
    );
    this.addSql("grant select, insert, update on impersonation to shopkey_app");
    // The clock sees which are due, and nothing else of them.
    this.addSql(
      "create policy impersonation_due on impersonation for select to shopkey_clock using (due_at is not null)",
    );
    this.addSql("grant select (org_id, environment, id, due_at) on impersonation to shopkey_clock");
    this.addSql(`alter table checkout add column impersonation_id uuid, add foreign key
      (org_id, environment, impersonation_id) references impersonation (org_id, environment, id)`);
    this.addSql("create index checkout_impersonation on checkout (org_id, environment, impersonation_id)");
  }
}

const TABLE = `create table impersonation (
  org_id uuid not null, id uuid not null,
  environment text not null check (environment in ('test', 'live')),
  store_id uuid not null, consumer_id uuid,
  state text not null check (state in ('VERIFYING', 'ACTIVE', 'ENDED', 'DENIED', 'EXPIRED', 'BROKEN')),
  state_reason text, why text,
  operator text not null, operator_key text collate "C" not null, is_vouched boolean not null,
  key_id uuid, reason text not null, expires_at ${MOMENT} not null,
  can_impersonate boolean, account text,
  email_digest bytea, key_version int, kek_version int, wrapped bytea, customer bytea, secret bytea,
  end_reason text, end_state text check (end_state in ('ENDED', 'DENIED', 'EXPIRED')),
  farewell_since ${MOMENT}, farewell_credentials bytea, store_agreed boolean,
  lease_until ${MOMENT}, due_at ${MOMENT}, checked_at ${MOMENT},
  created_at ${MOMENT} not null default now(), updated_at ${MOMENT} not null default now(),
  started_at ${MOMENT}, ended_at ${MOMENT},
  primary key (org_id, id), constraint impersonation_environment_id unique (org_id, environment, id),
  foreign key (org_id, environment, store_id) references store (org_id, environment, id),
  foreign key (org_id, environment, consumer_id) references consumer (org_id, environment, id))`;
