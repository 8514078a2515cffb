import { Migration } from "@mikro-orm/migrations";

/** Who else may vouch for an org's callers: the org's own tokens, checked by a key set or by a sealed shared secret. */
export class TokenIssuers extends Migration {
  override up(): void {
    this.addSql(`create table token_issuer (
      org_id uuid not null references org (id),
      environment text not null check (environment in ('test', 'live')),
      issuer text, jwks jsonb, secret bytea, updated_at timestamptz(3) not null default now(),
      primary key (org_id, environment))`);
    const mine = "org_id = app_org() and environment = app_environment()";
    this.addSql("alter table token_issuer enable row level security, force row level security");
    this.addSql(
      `create policy token_issuer_own on token_issuer to shopkey_app, current_user using (${mine}) with check (${mine})`,
    );
    this.addSql("grant select, insert, update, delete on token_issuer to shopkey_app");
    this.addSql(`alter table audit_event drop constraint audit_event_actor_kind_check,
      add constraint audit_event_actor_kind_check check (actor_kind in ('API_KEY', 'TOKEN', 'CLOCK', 'CLI'))`);
  }
}
