import { Migration } from "@mikro-orm/migrations";

/**
 * Connecting, in steps: the attempt that is under way (its question sealed in `pending`), the account as a keyed
 * fingerprint, a farewell that the store has not agreed to yet, and `due_at`: when the clock has to look.
 */
export class ConnectionSteps extends Migration {
  override up(): void {
    this.addSql(`alter table connection
      add column attempt_id uuid,
      add column attempt_state text check (attempt_state in ('BEGUN', 'ASKED', 'CONNECTED', 'FAILED', 'CANCELLED', 'LAPSED')),
      add column attempt_expires_at timestamptz(3),
      add column attempt_lease_until timestamptz(3),
      add column attempt_answers int not null default 0,
      add column pending bytea,
      add column account_digest bytea,
      add column generation int not null default 0,
      add column suspicions int not null default 0,
      add column farewell_at timestamptz(3),
      add column farewell_since timestamptz(3),
      add column store_agreed boolean,
      add column due_at timestamptz(3)`);
    this.addSql("create index connection_due on connection (due_at) where due_at is not null");
    // The clock sees which connections are due, and nothing else of them.
    this.addSql("create policy connection_due on connection for select to shopkey_clock using (due_at is not null)");
    this.addSql("grant select (org_id, environment, id, due_at) on connection to shopkey_clock");
  }
}
