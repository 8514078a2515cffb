import { Migration } from "@mikro-orm/migrations";

/** Who is behind a key: its row and its org, found by the hash alone. */
export class CallerFunctions extends Migration {
  override up(): void {
    this.addSql(`create type caller_row as (
      id uuid, org_id uuid, environment text, name text, hash bytea, last4 text, scopes text[],
      owner_kind text, owner_name text, created_at bigint, expires_at bigint, revoked_at bigint, last_used_at bigint,
      org_name text, org_settings json, org_created_at bigint)`);
    this.addSql(`create function milliseconds(moment timestamptz) returns bigint language sql stable parallel safe
      return (date_part('epoch', moment) * 1000)::bigint`);
    this.addSql(`create function caller_by_key(p_hash bytea) returns setof caller_row language plpgsql rows 1 as $$
declare
  v_key api_key;
begin
  perform set_config('app.key_hash', encode(p_hash, 'hex'), true);
  select k.* into v_key from api_key k where k.hash = p_hash;
  if not found then return; end if;
  perform set_config('app.org', v_key.org_id::text, true), set_config('app.environment', v_key.environment, true);
  return query
    select v_key.id, v_key.org_id, v_key.environment, v_key.name, v_key.hash, v_key.last4, v_key.scopes,
      v_key.owner_kind, v_key.owner_name, milliseconds(v_key.created_at), milliseconds(v_key.expires_at),
      milliseconds(v_key.revoked_at), milliseconds(v_key.last_used_at),
      o.name, o.settings::json, milliseconds(o.created_at)
    from org o where o.id = v_key.org_id;
end $$`);
    this.addSql("revoke execute on function caller_by_key(bytea) from public");
    this.addSql("grant execute on function caller_by_key(bytea) to shopkey_app");
  }
}
