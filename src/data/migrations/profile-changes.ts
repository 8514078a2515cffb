import { Migration } from "@mikro-orm/migrations";
import { SET_SCOPE } from "./card-functions.js";
import { MERGED } from "./profile-functions.js";

const UNITS = ["name", "email", "document", "phone", "address", "company"];
const rows = (name: "gone" | "come") =>
  `unnest(p_${name}_fields, p_${name}_values, p_${name}_versions) as w (field, bidx, key_version)`;

/**
 * A save of a profile that is there, as one statement: when the revision, the key or the environment is another than was
 * read, nothing is written and no row comes back. Whoever closes or forgets a consumer changes the revision or deletes the row, so that
 * what was read of the consumer with it still holds.
 */
export class ProfileChanges extends Migration {
  override up(): void {
    this.addSql(`create function change_profile(
      p_org uuid, p_environment text, p_consumer uuid, p_key_version int, p_expected int,
      ${UNITS.map((unit) => `p_${unit} bytea`).join(", ")},
      p_gone_fields text[], p_gone_values bytea[], p_gone_versions int[],
      p_come_fields text[], p_come_values bytea[], p_come_versions int[],
      p_line_id uuid, p_line_at timestamptz, p_action text, p_actor_kind text, p_actor_id uuid, p_subject_kind text,
      p_subject_id uuid, p_purpose text, p_outcome text, p_request_id text, p_facts jsonb)
    returns table (revision int, updated_at bigint) language plpgsql rows 1 as $$
#variable_conflict use_column
begin
  ${SET_SCOPE}
  if p_gone_fields is null and p_come_fields is null then return query with ${SAVED}, ${RECORDED} ${ANSWER};
  else return query with ${SAVED}, ${INDEXED}, ${RECORDED} ${ANSWER};
  end if;
end $$`);
    this.addSql("revoke execute on function change_profile from public");
    this.addSql("grant execute on function change_profile to shopkey_app");
  }
}

const SAVED = `saved (revision, updated_at) as (
    update profile p set revision = p.revision + 1, updated_at = now(), ${MERGED.join(", ")}
    where p.org_id = p_org and p.consumer_id = p_consumer and p.revision = p_expected
      and exists (select from consumer c where c.org_id = p_org and c.environment = p_environment and c.id = p_consumer)
      and exists (
        select from consumer_key k where k.org_id = p_org and k.consumer_id = p_consumer and k.version = p_key_version)
    returning p.revision, p.updated_at)`;

/** Most saves change neither e-mail nor document: rows that stay as they are are not touched. */
const INDEXED = `gone as (
    delete from consumer_index x using saved, ${rows("gone")}
    where x.org_id = p_org and x.field = w.field and x.bidx = w.bidx and x.key_version = w.key_version
      and x.consumer_id = p_consumer),
  come as (
    insert into consumer_index (org_id, field, bidx, key_version, consumer_id)
    select p_org, w.field, w.bidx, w.key_version, p_consumer from saved, ${rows("come")} on conflict do nothing)`;

const RECORDED = `recorded as (
    insert into audit_event (org_id, environment, id, at, action, actor_kind, actor_id, subject_kind, subject_id,
      consumer_id, purpose, outcome, request_id, facts)
    select p_org, p_environment, p_line_id, p_line_at, p_action, p_actor_kind, p_actor_id, p_subject_kind, p_subject_id,
      p_consumer, p_purpose, p_outcome, p_request_id, p_facts from saved)`;

const ANSWER = "select saved.revision, milliseconds(saved.updated_at) from saved";
