import { Migration } from "@mikro-orm/migrations";

const MOMENT = "timestamptz(3)";

/** Operators' own logins at stores. What a row has sealed opens with the row's own key (`wrapped`) alone, which its end deletes. */
export class OperatorLogins extends Migration {
  override up(): void {
    this.addSql(TABLE);
    this.addSql("create index operator_login_operator on operator_login (org_id, environment, store_id, operator_key)");
    this.addSql("create index operator_login_due on operator_login (due_at) where due_at is not null");
    this.addSql("create index operator_login_session on operator_login (session_id) where session_id is not null");
    const mine = "org_id = app_org() and environment = app_environment()";
    this.addSql("alter table operator_login enable row level security, force row level security");
    this.addSql(
      `create policy operator_login_own on operator_login to shopkey_app, current_user using (${mine}) with check (${mine})`,
    );
    this.addSql("grant select, insert, update on operator_login to shopkey_app");
    // The clock sees which are due and whose a live view is, and nothing else of them.
    this.addSql(`create policy operator_login_due on operator_login for select to shopkey_clock
      using (due_at is not null or session_id is not null)`);
    this.addSql("grant select (org_id, environment, id, due_at, session_id) on operator_login to shopkey_clock");
  }
}

const TABLE = `create table operator_login (
  org_id uuid not null, id uuid not null,
  environment text not null check (environment in ('test', 'live')),
  store_id uuid not null,
  state text not null check (state in ('PENDING', 'ACTIVE', 'EXPIRED', 'DISCONNECTED', 'FAILED')),
  state_reason text,
  operator text not null, operator_key text collate "C" not null, is_vouched boolean not null,
  key_id uuid, is_by_token boolean not null,
  key_version int, kek_version int, wrapped bytea, question bytea, secret bytea,
  session_id text, lease_until ${MOMENT}, expires_at ${MOMENT} not null, due_at ${MOMENT},
  created_at ${MOMENT} not null default now(), updated_at ${MOMENT} not null default now(),
  connected_at ${MOMENT}, ended_at ${MOMENT},
  primary key (org_id, id), constraint operator_login_environment_id unique (org_id, environment, id),
  foreign key (org_id, environment, store_id) references store (org_id, environment, id))`;
