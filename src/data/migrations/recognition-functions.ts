import { Migration } from "@mikro-orm/migrations";
import { SET_SCOPE } from "./card-functions.js";

/** What is left of the caller's rate, taken for the questions that were not paid for yet, and some in advance. */
const TAKEN = `
  if p_take > 0 then
    loop
      select r.tokens, r.at into v_tokens, v_at from route_rate r
      where r.org_id = p_org and r.store_id = p_store and r.caller = p_caller for update;
      exit when found;
      insert into route_rate (org_id, environment, store_id, caller, tokens, at)
      values (p_org, p_environment, p_store, p_caller, p_burst, clock_timestamp()) on conflict do nothing;
    end loop;
    v_tokens := least(p_burst,
      v_tokens + greatest(0, extract(epoch from clock_timestamp() - v_at)) * p_per_minute / 60);
    v_open := p_paid + least(p_take, floor(v_tokens)::int);
    v_tokens := v_tokens - (v_open - p_paid);
    update route_rate r set tokens = v_tokens, at = clock_timestamp()
    where r.org_id = p_org and r.store_id = p_store and r.caller = p_caller;
    v_retry_ms := ceil(greatest(0, 1 - v_tokens) * 60000 / p_per_minute)::int;
  end if;`;

/** Only whose connection is ACTIVE is anybody. */
const PERSON = `join connection c on c.org_id = p_org and c.id = r.connection_id and c.status = 'ACTIVE'
        and c.environment = p_environment`;

const REPLAYED = `
      select a.known, a.recognition_id into v_was_known, v_was_about from recognition_answer a
      where a.org_id = p_org and a.store_id = p_store and a.fingerprint = p_fingerprints[i]
        and a.created_at > now() - interval '10 minutes';
      v_is_answered := found;
      if found then
        v_known := v_was_known;
        v_about := v_was_about;
      end if;`;

const BY_ID = `
      select r.id, r.standing, r.consumer_id, r.connection_id, c.secret, null, null, null into v_who
      from recognition r ${PERSON}
      where r.org_id = p_org and r.store_id = p_store and r.id = v_about
        and r.standing = any(string_to_array(p_as[i], ','));`;

const BY_KEY = `
      select r.id, r.standing, r.consumer_id, r.connection_id, c.secret, k.digest, k.once, k.spent_at into v_key
      from recognition_key k
      join recognition r on r.org_id = p_org and r.store_id = p_store and r.id = k.recognition_id
      ${PERSON}
      where k.org_id = p_org and k.store_id = p_store and k.digest = any(p_digests[p_from[i]:p_to[i]])
        and r.standing = any(string_to_array(p_as[i], ','))
      order by array_position(p_digests[p_from[i]:p_to[i]], k.digest) limit 1;`;

/** Of two that spend the same key at the same time one finds it spent: unless both are the same request, told twice. */
const SPENT = `
      if v_known and p_spend[i] and v_key.once then
        update recognition_key k set spent_at = now()
        where k.org_id = p_org and k.store_id = p_store and k.digest = v_key.digest and k.spent_at is null;
        if found then v_is_durable := true;
        else
          v_known := false;
          v_reason := 'SPENT';
          if p_fingerprints[i] is not null then ${REPLAYED} end if;
        end if;
      end if;`;

const ANSWERED = `
    if not v_is_answered then
      if p_fingerprints[i] is not null then
        insert into recognition_answer (org_id, environment, store_id, fingerprint, recognition_id, known)
        values (p_org, p_environment, p_store, p_fingerprints[i], v_key.id, v_known)
        on conflict (org_id, store_id, fingerprint) do update set known = excluded.known,
          recognition_id = excluded.recognition_id, created_at = excluded.created_at
        where recognition_answer.created_at <= now() - interval '10 minutes';
      end if;
      if v_reason is not null and v_key.id is not null then
        insert into recognition_refusal (org_id, environment, store_id, recognition_id, reason)
        values (p_org, p_environment, p_store, v_key.id, v_reason);
      end if;
    end if;`;

/**
 * Many questions of one caller at one Store in one call: paid for, answered as before where they are repetitions, looked
 * up, spent, and noted. Waits for the disk only when something was spent: a lost note of a question that changed nothing
 * is made again, and comes out the same.
 */
export class RecognitionFunctions extends Migration {
  override up(): void {
    this.addSql(`create type recognised as (id uuid, standing text, consumer_id uuid, connection_id uuid, secret bytea,
      digest bytea, once boolean, spent_at timestamptz)`);
    this.addSql(`create type meeting as (item int, outcome text, id uuid, standing text, consumer_id uuid,
      connection_id uuid, secret bytea, key_version int, kek_version int, wrapped bytea, retry_ms int, in_advance int)`);
    this.addSql(`create function meet_shoppers(
      p_org uuid, p_environment text, p_store uuid,
      p_caller bytea, p_paid int, p_take int, p_per_minute double precision, p_burst double precision,
      p_fingerprints bytea[], p_digests bytea[], p_from int[], p_to int[], p_ids uuid[], p_as text[],
      p_spend boolean[], p_refuse text[], p_secret boolean[])
    returns setof meeting language plpgsql as $$
declare
  v_count int := cardinality(p_from);
  v_open int := p_paid;
  v_tokens double precision;
  v_at timestamptz;
  v_retry_ms int := 1000;
  v_is_durable boolean := false;
  v_is_answered boolean;
  v_known boolean;
  v_about uuid;
  v_was_known boolean;
  v_was_about uuid;
  v_reason text;
  v_who recognised;
  v_key recognised;
  v_row meeting;
begin
  ${SET_SCOPE}
  ${TAKEN}
  for i in 1..v_count loop
    v_row := null;
    v_row.item := i;
    v_row.in_advance := greatest(0, v_open - v_count);
    if i > v_open then
      v_row.outcome := 'limited';
      v_row.retry_ms := v_retry_ms;
      return next v_row;
      continue;
    end if;
    v_is_answered := false;
    v_about := p_ids[i];
    v_key := null;
    v_who := null;
    v_known := false;
    v_reason := p_refuse[i];
    if p_fingerprints[i] is not null then ${REPLAYED} end if;
    if not v_is_answered and p_from[i] <= p_to[i] then ${BY_KEY}
      v_about := v_key.id;
      v_known := v_about is not null and v_reason is null; ${SPENT}
    elsif not v_is_answered then
      v_known := v_about is not null and v_reason is null;
    end if;
    v_row.outcome := 'unknown';
    if v_known then
      if v_is_answered or v_key.id is null then ${BY_ID}
      else v_who := v_key;
      end if;
      if v_who.id is not null then
        v_row.outcome := 'known';
        v_row.id := v_who.id;
        v_row.standing := v_who.standing;
        if p_secret[i] then
          v_row.consumer_id := v_who.consumer_id;
          v_row.connection_id := v_who.connection_id;
          v_row.secret := v_who.secret;
          select k.version, k.kek_version, k.wrapped into v_row.key_version, v_row.kek_version, v_row.wrapped
          from consumer_key k where k.org_id = p_org and k.consumer_id = v_who.consumer_id;
        end if;
      end if;
    end if; ${ANSWERED}
    return next v_row;
  end loop;
  if not v_is_durable then perform set_config('synchronous_commit', 'off', true); end if;
end $$`);
    this.addSql("revoke execute on function meet_shoppers from public");
    this.addSql("grant execute on function meet_shoppers to shopkey_app");
  }
}
