import { Migration } from "@mikro-orm/migrations";
import { SET_SCOPE } from "./card-functions.js";

const UNITS = ["name", "email", "document", "phone", "address", "company"];
/** Null leaves a unit, no bytes erase it. */
export const MERGED = UNITS.map(
  (unit) => `${unit} = case when p_${unit} is null then p.${unit} else nullif(p_${unit}, '') end`,
);

const CREATED = `
    insert into consumer (org_id, id, environment, external_id, shopper_reference, key_version_last)
    values (p_org, p_consumer, p_environment, p_external_id, p_shopper_reference, p_key_version)
    on conflict do nothing returning * into v_consumer;
    if not found then return query select 'conflict', null::consumer, 0, null::bigint; return; end if;
    insert into audit_event (org_id, environment, id, at, action, actor_kind, actor_id, subject_kind, subject_id,
      consumer_id, purpose, outcome, request_id, facts)
    select p_org, p_environment, l.id, l.at, l.action, l.actor_kind, l.actor_id, l.subject_kind, l.subject_id,
      p_consumer, l.purpose, l.outcome, l.request_id, l.facts
    from jsonb_populate_record(null::audit_event, p_created_line) as l;`;

/**
 * Writers of a profile that is there wait for each other at its row, and whoever deletes it deletes that row first; only
 * without one they wait at the consumer. A lock less is a written page less.
 */
const FOUND = `
    if p_expected > 0 and p_wrapped is null then
      select * into v_consumer from consumer c
      where c.org_id = p_org and c.environment = p_environment and c.id = p_consumer;
    else
      select * into v_consumer from consumer c
      where c.org_id = p_org and c.environment = p_environment and c.id = p_consumer for no key update;
    end if;
    if v_consumer.id is null then v_outcome := 'not_found';
    elsif v_consumer.status = 'ANONYMIZED' then v_outcome := 'anonymized';
    elsif p_wrapped is not null and p_key_version <= v_consumer.key_version_last then v_outcome := 'conflict';
    end if;
    if v_outcome is not null then return query select v_outcome, null::consumer, 0, null::bigint; return; end if;`;

/** What changed since it was read is seen by the revision and by the key's version. */
const WRITTEN = `
  if p_wrapped is not null then
    insert into consumer_key (org_id, consumer_id, version, kek_version, wrapped)
    values (p_org, p_consumer, p_key_version, p_kek_version, p_wrapped) on conflict do nothing;
    if not found then raise exception using errcode = 'SK409', message = 'the consumer has a key'; end if;
    if v_consumer.key_version_last <> p_key_version then
      update consumer c set key_version_last = p_key_version
      where c.org_id = p_org and c.environment = p_environment and c.id = p_consumer returning * into v_consumer;
    end if;
  end if;
  if p_expected = 0 then
    insert into profile (org_id, consumer_id, revision, ${UNITS.join(", ")})
    select p_org, p_consumer, 1, ${UNITS.map((unit) => `nullif(p_${unit}, '')`).join(", ")}
    from consumer_key k where k.org_id = p_org and k.consumer_id = p_consumer and k.version = p_key_version
    on conflict do nothing returning revision, updated_at into v_revision, v_updated_at;
  else
    update profile p set revision = p.revision + 1, updated_at = now(), ${MERGED.join(", ")}
    where p.org_id = p_org and p.consumer_id = p_consumer and p.revision = p_expected and exists (
      select from consumer_key k where k.org_id = p_org and k.consumer_id = p_consumer and k.version = p_key_version)
    returning p.revision, p.updated_at into v_revision, v_updated_at;
  end if;
  if not found then raise exception using errcode = 'SK409', message = 'the profile has changed'; end if;`;

/** Rows that stay as they are are not touched: most saves change neither e-mail nor document. */
const INDEXED = `
  if p_index_fields is not null then
    delete from consumer_index x where x.org_id = p_org and x.consumer_id = p_consumer and x.field = any(p_index_fields)
      and not exists (select from unnest(p_row_fields, p_row_values, p_row_versions) as w (field, bidx, key_version)
        where w.field = x.field and w.bidx = x.bidx and w.key_version = x.key_version);
    insert into consumer_index (org_id, field, bidx, key_version, consumer_id)
    select p_org, w.field, w.bidx, w.key_version, p_consumer
    from unnest(p_row_fields, p_row_values, p_row_versions) as w (field, bidx, key_version) on conflict do nothing;
  end if;`;

const RECORDED = `
  insert into audit_event (org_id, environment, id, at, action, actor_kind, actor_id, subject_kind, subject_id,
    consumer_id, purpose, outcome, request_id, facts)
  values (p_org, p_environment, p_line_id, p_line_at, p_action, p_actor_kind, p_actor_id, p_subject_kind, p_subject_id,
    p_consumer, p_purpose, p_outcome, p_request_id, p_facts);
  if p_once_key is not null then
    insert into idempotency (org_id, environment, key, operation, fingerprint, result)
    values (p_org, p_environment, p_once_key, p_once_operation, p_once_fingerprint, p_once_result) on conflict do nothing;
    if not found then raise exception using errcode = 'SK208', message = 'the idempotency key is known'; end if;
  end if;`;

/** A whole save in one call. What it raises (SK409 conflict, SK208 repeated) leaves nothing written. */
export class ProfileFunctions extends Migration {
  override up(): void {
    this.addSql("create type profile_saved as (outcome text, consumer consumer, revision int, updated_at bigint)");
    this.addSql(`create function save_profile(
      p_org uuid, p_environment text, p_consumer uuid, p_external_id text, p_shopper_reference text, p_created_line jsonb,
      p_key_version int, p_kek_version int, p_wrapped bytea, p_expected int,
      ${UNITS.map((unit) => `p_${unit} bytea`).join(", ")},
      p_index_fields text[], p_row_fields text[], p_row_values bytea[], p_row_versions int[],
      p_line_id uuid, p_line_at timestamptz, p_action text, p_actor_kind text, p_actor_id uuid, p_subject_kind text,
      p_subject_id uuid, p_purpose text, p_outcome text, p_request_id text, p_facts jsonb,
      p_once_key text, p_once_operation text, p_once_fingerprint bytea, p_once_result jsonb)
    returns setof profile_saved language plpgsql rows 1 as $$
#variable_conflict use_column
declare
  v_consumer consumer;
  v_outcome text;
  v_revision int;
  v_updated_at timestamptz;
begin
  ${SET_SCOPE}
  if p_once_key is not null and exists (select from idempotency i
    where i.org_id = p_org and i.environment = p_environment and i.key = p_once_key) then
    return query select 'repeated', null::consumer, 0, null::bigint; return;
  end if;
  if p_external_id is not null then ${CREATED}
  else ${FOUND}
  end if;
  ${WRITTEN} ${INDEXED} ${RECORDED}
  return query select 'saved', v_consumer, v_revision, milliseconds(v_updated_at);
end $$`);
    this.addSql("revoke execute on function save_profile from public");
    this.addSql("grant execute on function save_profile to shopkey_app");
  }
}
