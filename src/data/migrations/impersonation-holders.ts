import { Migration } from "@mikro-orm/migrations";

/** What an impersonation hangs on beside its key: the token that began it, and the operator's own login at the store. */
export class ImpersonationHolders extends Migration {
  override up(): void {
    this.addSql(`alter table impersonation
      add column is_by_token boolean not null default false,
      add column holder_ends_at timestamptz(3),
      add column operator_login_id uuid,
      add foreign key (org_id, environment, operator_login_id) references operator_login (org_id, environment, id)`);
    this.addSql("alter table impersonation alter column is_by_token drop default");
  }
}
