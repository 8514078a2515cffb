import { Migration } from "@mikro-orm/migrations";

/** Tells every gateway that a key has changed, so that none answers from memory for longer than a moment. */
export class KeyNotices extends Migration {
  override up(): void {
    this.addSql(`create function tell_api_key() returns trigger language plpgsql as $$
begin
  perform pg_notify('shopkey_api_key', encode(old.hash, 'hex'));
  return null;
end $$`);
    // last_used_at is written often and changes nothing that a gateway remembers.
    this.addSql(`create trigger api_key_changed
      after update of name, hash, scopes, owner_kind, owner_name, expires_at, revoked_at or delete on api_key
      for each row execute function tell_api_key()`);
    this.addSql(`create function tell_org() returns trigger language plpgsql as $$
begin
  perform pg_notify('shopkey_api_key', 'all');
  return null;
end $$`);
    this.addSql("create trigger org_changed after update on org for each row execute function tell_org()");
  }
}
