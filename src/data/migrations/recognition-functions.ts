import { Migration } from "@mikro-orm/migrations";
import { SET_SCOPE } from "./card-functions.js";

/** What is left of the caller's rate, taken for the questions that were not paid for yet, and some in advance. */
export const TAKEN = `
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

/**
 * All questions in one go: what was answered before within ten minutes, and whom the keys stand for. Of several keys the first
 * that is known counts, and nobody is whose connection is not ACTIVE. Each `limit 1` holds the planner to one row at a time, in this order.
 */
const LOOKED_UP = `
    select w.item::int as item, w.fingerprint, w.spend, w.refuse, w.secret as is_secret_wanted,
      a.fingerprint is not null as is_answered, coalesce(a.known, false) as was_known,
      case when a.fingerprint is not null then a.recognition_id when w.first > w.last then w.id end as about,
      w.standings, k.id, k.standing, k.consumer_id, k.connection_id, k.digest, k.once
    from unnest(p_fingerprints, p_from, p_to, p_ids, p_as, p_spend, p_refuse, p_secret) with ordinality
      as w (fingerprint, first, last, id, standings, spend, refuse, secret, item)
    left join lateral (
      select a.fingerprint, a.known, a.recognition_id from recognition_answer a
      where a.org_id = p_org and a.store_id = p_store and a.fingerprint = w.fingerprint
        and a.created_at > now() - interval '10 minutes' limit 1) a on true
    left join lateral (
      select r.id, r.standing, r.consumer_id, r.connection_id, x.digest, x.once
      from unnest(p_digests[w.first:w.last]) with ordinality as d (digest, place)
      cross join lateral (
        select x.digest, x.once, x.recognition_id from recognition_key x
        where x.org_id = p_org and x.store_id = p_store and x.digest = d.digest limit 1) x
      cross join lateral (
        select r.id, r.standing, r.consumer_id, r.connection_id from recognition r
        where r.org_id = p_org and r.store_id = p_store and r.id = x.recognition_id and r.is_open limit 1) r
      where w.first <= w.last and a.fingerprint is null and r.standing = any(string_to_array(w.standings, ','))
      order by d.place limit 1) k on true
    where w.item <= v_open
    order by w.item`;

/** Repetitions, and questions about an id. */
const BY_ID = `
    if v_asked.about is not null then
      select r.id, r.standing, r.consumer_id, r.connection_id
      into v_asked.id, v_asked.standing, v_asked.consumer_id, v_asked.connection_id
      from recognition r
      where r.org_id = p_org and r.store_id = p_store and r.id = v_asked.about and r.is_open
        and r.standing = any(string_to_array(v_asked.standings, ','));
    end if;`;

/** Of two that spend the same key at the same time one finds it spent: unless both are the same request, told twice. */
const SPENT = `
      if v_known and v_asked.spend and v_asked.once then
        update recognition_key k set spent_at = now()
        where k.org_id = p_org and k.store_id = p_store and k.digest = v_asked.digest and k.spent_at is null;
        if found then v_is_durable := true;
        elsif v_asked.fingerprint = any(v_fingerprints) then
          v_known := v_knowns[array_position(v_fingerprints, v_asked.fingerprint)];
          v_is_answered := true;
        else
          select a.known into v_known from recognition_answer a
          where a.org_id = p_org and a.store_id = p_store and a.fingerprint = v_asked.fingerprint
            and a.created_at > now() - interval '10 minutes';
          v_is_answered := found;
          v_known := coalesce(v_known, false);
          v_reason := 'SPENT';
        end if;
      end if;`;

const ANSWERED = `
  if cardinality(v_fingerprints) > 0 then
    insert into recognition_answer (org_id, environment, store_id, fingerprint, recognition_id, known)
    select distinct on (w.fingerprint) p_org, p_environment, p_store, w.fingerprint, w.id, w.known
    from unnest(v_fingerprints, v_abouts, v_knowns) as w (fingerprint, id, known)
    on conflict (org_id, store_id, fingerprint) do update set known = excluded.known,
      recognition_id = excluded.recognition_id, created_at = excluded.created_at
    where recognition_answer.created_at <= now() - interval '10 minutes';
  end if;`;

/**
 * One plan, by the primary keys, whatever the tables held when it was made: the notes of answers are none when a gateway
 * starts and a million soon after, and a plan for none would read all of them for each question.
 */
export const ONE_PLAN =
  "set plan_cache_mode = 'force_generic_plan' set enable_seqscan = off set enable_bitmapscan = off set jit = off";

/**
 * Many questions of one caller at one Store in one call: paid for, answered as before where they are repetitions, looked
 * up, spent, and noted. Waits for the disk only when something was spent: a lost note of a question that changed nothing
 * is made again, and comes out the same.
 */
export class RecognitionFunctions extends Migration {
  override up(): void {
    this.addSql(`create type meeting as (item int, outcome text, id uuid, standing text, consumer_id uuid,
      connection_id uuid, secret bytea, key_version int, kek_version int, wrapped bytea, retry_ms int, in_advance int)`);
    this.addSql(`create function meet_shoppers(
      p_org uuid, p_environment text, p_store uuid,
      p_caller bytea, p_paid int, p_take int, p_per_minute double precision, p_burst double precision,
      p_fingerprints bytea[], p_digests bytea[], p_from int[], p_to int[], p_ids uuid[], p_as text[],
      p_spend boolean[], p_refuse text[], p_secret boolean[])
    returns setof meeting language plpgsql ${ONE_PLAN} as $$
declare
  v_count int := cardinality(p_from);
  v_open int := p_paid;
  v_tokens double precision;
  v_at timestamptz;
  v_retry_ms int := 1000;
  v_is_durable boolean := false;
  v_is_answered boolean;
  v_known boolean;
  v_reason text;
  v_asked record;
  v_row meeting;
  v_fingerprints bytea[] := '{}';
  v_abouts uuid[] := '{}';
  v_knowns boolean[] := '{}';
begin
  ${SET_SCOPE}
  ${TAKEN}
  for v_asked in ${LOOKED_UP}
  loop ${BY_ID}
    v_is_answered := v_asked.is_answered;
    v_reason := v_asked.refuse;
    v_known := v_asked.id is not null and case when v_is_answered then v_asked.was_known else v_reason is null end; ${SPENT}
    if not v_is_answered then
      if v_asked.fingerprint is not null then
        v_fingerprints := v_fingerprints || v_asked.fingerprint;
        v_abouts := v_abouts || v_asked.id;
        v_knowns := v_knowns || v_known;
      end if;
      if v_reason is not null and v_asked.id is not null then
        insert into recognition_refusal (org_id, environment, store_id, recognition_id, reason)
        values (p_org, p_environment, p_store, v_asked.id, v_reason);
      end if;
    end if;
    v_row := null;
    v_row.item := v_asked.item;
    v_row.in_advance := greatest(0, v_open - v_count);
    v_row.outcome := 'unknown';
    if v_known then
      v_row.outcome := 'known';
      v_row.id := v_asked.id;
      v_row.standing := v_asked.standing;
      if v_asked.is_secret_wanted then
        v_row.consumer_id := v_asked.consumer_id;
        v_row.connection_id := v_asked.connection_id;
        select c.secret into v_row.secret from connection c where c.org_id = p_org and c.id = v_asked.connection_id;
        select k.version, k.kek_version, k.wrapped into v_row.key_version, v_row.kek_version, v_row.wrapped
        from consumer_key k where k.org_id = p_org and k.consumer_id = v_asked.consumer_id;
      end if;
    end if;
    return next v_row;
  end loop;
  for i in greatest(0, v_open) + 1..v_count loop
    v_row := null;
    v_row.item := i;
    v_row.outcome := 'limited';
    v_row.retry_ms := v_retry_ms;
    return next v_row;
  end loop; ${ANSWERED}
  if not v_is_durable then perform set_config('synchronous_commit', 'off', true); end if;
end $$`);
    this.addSql("revoke execute on function meet_shoppers from public");
    this.addSql("grant execute on function meet_shoppers to shopkey_app");
  }
}
