import { Migration } from "@mikro-orm/migrations";

/**
 * Logins that live in a hosted browser's context. The browser layer keeps its bytes and not their key; here is the key,
 * sealed under the consumer's, and not the bytes. Sessions are opaque handles of what is open there right now.
 */
export class ConnectionBrowsers extends Migration {
  override up(): void {
    this.addSql(`alter table connection
      add column context_id text,
      add column context_generation int not null default 0,
      add column context_key bytea,
      add column attempt_session_id text,
      add column hand_off_session_id text`);
    this.addSql(`create index connection_attempt_session on connection (attempt_session_id)
      where attempt_session_id is not null`);
    this.addSql(`create index connection_hand_off_session on connection (hand_off_session_id)
      where hand_off_session_id is not null`);
    // What becomes of a session is told by its handle alone: the clock's role finds whose it is.
    this.addSql(`create policy connection_session on connection for select to shopkey_clock
      using (attempt_session_id is not null or hand_off_session_id is not null)`);
    this.addSql("grant select (attempt_session_id, hand_off_session_id) on connection to shopkey_clock");
    // The live view where the shopper finishes, sealed: its address holds the secret of its link.
    this.addSql("alter table checkout add column hand_off bytea");
  }
}
