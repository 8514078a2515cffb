import { Migration } from "@mikro-orm/migrations";
import { SET_SCOPE } from "./card-functions.js";
import { ONE_PLAN, TAKEN } from "./recognition-functions.js";

/** How long a note of an answer counts. */
const LASTS = "interval '10 minutes'";
const HERE = "org_id = p_org and %.store_id = p_store";
const here = (name: string) => `${name}.${HERE.replace("%", name)}`;

/**
 * Whom the keys stand for. Of several keys the first that is known counts, and nobody is whose connection is not ACTIVE.
 * Each `limit 1` holds the planner to one row at a time, in this order.
 */
const BY_KEYS = `
    select array_agg(k.id order by w.item), array_agg(k.standing order by w.item),
      array_agg(w.item order by k.digest) filter (where k.once), array_agg(k.digest order by k.digest) filter (where k.once)
    into ids, standings, v_once, v_digests
    from generate_series(1, v_look) as w (item)
    left join lateral (
      select r.id, r.standing, x.digest, x.once and p_spend as once
      from generate_series((w.item - 1) * p_keys + 1, w.item * p_keys) as d (place)
      cross join lateral (
        select x.digest, x.once, x.recognition_id from recognition_key x
        where ${here("x")} and x.digest = substr(p_digests, d.place * 32 - 31, 32) limit 1) x
      cross join lateral (
        select r.id, r.standing from recognition r
        where ${here("r")} and r.id = x.recognition_id and r.is_open limit 1) r
      where r.standing = any(p_as)
      order by d.place limit 1) k on true;`;

const BY_IDS = `
    select array_agg(r.id order by w.item), array_agg(r.standing order by w.item) into ids, standings
    from generate_series(1, v_look) as w (item)
    left join lateral (
      select r.id, r.standing from recognition r
      where ${here("r")} and r.id = p_ids[w.item] and r.is_open and r.standing = any(p_as) limit 1) r on true;`;

/**
 * Every answer is noted. Whose note was there already is a repetition, and is answered as it says: a note that somebody
 * else is just writing is waited for. In the order of the fingerprints, so that nobody waits for one another.
 */
const NOTED = `
    insert into recognition_answer (org_id, environment, store_id, fingerprint, recognition_id, known)
    select p_org, p_environment, p_store, n.fingerprint, ids[n.item], v_known[n.item]
    from (select i as item, substr(p_prints, i * 16 - 15, 16) as fingerprint from generate_series(1, v_look) i) n
    order by n.fingerprint
    on conflict (org_id, store_id, fingerprint) do update set known = excluded.known,
      recognition_id = excluded.recognition_id, created_at = excluded.created_at
    where recognition_answer.created_at <= now() - ${LASTS};
    get diagnostics v_noted = row_count;
    if v_noted < v_look then
      for v_before in
        select w.item, a.known, r.id, r.standing
        from generate_series(1, v_look) as w (item)
        cross join lateral (
          select a.known, a.recognition_id from recognition_answer a
          where ${here("a")} and a.fingerprint = substr(p_prints, w.item * 16 - 15, 16)
            and a.xmin <> pg_current_xact_id()::xid limit 1) a
        left join lateral (
          select r.id, r.standing from recognition r
          where ${here("r")} and r.id = a.recognition_id and r.is_open and r.standing = any(p_as) limit 1) r on true
      loop
        v_is_repeated[v_before.item] := true;
        ids[v_before.item] := v_before.id;
        standings[v_before.item] := v_before.standing;
        v_known[v_before.item] := v_before.known;
      end loop;
    end if;`;

/** Of two that spend the same key at the same time one finds it spent. */
const SPENT = `
    for v_place in 1..coalesce(cardinality(v_once), 0) loop
      v_item := v_once[v_place];
      continue when v_is_repeated[v_item] or not v_known[v_item];
      update recognition_key k set spent_at = now() where ${here("k")} and k.digest = v_digests[v_place] and k.spent_at is null;
      if found then
        v_is_durable := true;
      else
        v_known[v_item] := false;
        update recognition_answer a set known = false
        where ${here("a")} and a.fingerprint = substr(p_prints, v_item * 16 - 15, 16);
        insert into recognition_refusal (org_id, environment, store_id, recognition_id, reason)
        values (p_org, p_environment, p_store, ids[v_item], 'SPENT');
      end if;
    end loop;`;

/** Whoever is known and not let in: why is noted, once for each question. */
const REFUSED = `
    insert into recognition_refusal (org_id, environment, store_id, recognition_id, reason)
    select p_org, p_environment, p_store, ids[i], p_refuse[i] from generate_series(1, v_look) i
    where p_refuse[i] is not null and ids[i] is not null and v_is_repeated[i] is null;`;

const HELD = `
    select json_agg(case when v_known[w.item] then
        json_build_array(r.consumer_id, r.connection_id, encode(c.secret, 'hex'), k.version, k.kek_version, encode(k.wrapped, 'hex')) end
      order by w.item)
    into held
    from generate_series(1, v_look) as w (item)
    left join lateral (
      select r.consumer_id, r.connection_id from recognition r where ${here("r")} and r.id = ids[w.item] limit 1) r on true
    left join lateral (
      select c.secret from connection c where c.org_id = p_org and c.id = r.connection_id limit 1) c on true
    left join lateral (
      select k.version, k.kek_version, k.wrapped from consumer_key k
      where k.org_id = p_org and k.consumer_id = r.consumer_id limit 1) k on true;`;

/**
 * Many questions of one caller at one Store and of one form in one call, instead of `meet_shoppers`: what they have in common is
 * said once, digests (32 bytes each, `p_keys` of each question) and fingerprints (16 bytes) lie one after the other. Paid for,
 * looked up, noted, spent; answered in arrays, in the order of the questions. Waits for the disk only when something was spent: a
 * lost note of a question that changed nothing is made again, and comes out the same.
 */
export class DoorFunctions extends Migration {
  override up(): void {
    // For reading what was refused, the newest first.
    this.addSql("create index recognition_refusal_at on recognition_refusal (org_id, at)");
    this.addSql("drop function meet_shoppers");
    this.addSql("drop type meeting");
    this.addSql(`create function meet_shoppers(
      p_org uuid, p_environment text, p_store uuid,
      p_caller bytea, p_paid int, p_take int, p_per_minute double precision, p_burst double precision,
      p_count int, p_prints bytea, p_keys int, p_digests bytea, p_ids uuid[], p_as text[],
      p_spend boolean, p_refuse text[], p_secret boolean,
      out opened int, out retry_ms int, out ids uuid[], out standings text[], out known boolean[], out held json)
    language plpgsql ${ONE_PLAN} set enable_memoize = off as $$
declare
  v_open int := p_paid;
  v_look int;
  v_tokens double precision;
  v_at timestamptz;
  v_retry_ms int := 1000;
  v_is_durable boolean := false;
  v_once int[];
  v_digests bytea[];
  v_known boolean[];
  v_is_repeated boolean[];
  v_noted int;
  v_before record;
  v_place int;
  v_item int;
begin
  ${SET_SCOPE}
  ${TAKEN}
  opened := v_open;
  retry_ms := v_retry_ms;
  v_look := greatest(0, least(v_open, p_count));
  if v_look > 0 then
    if p_ids is null then ${BY_KEYS}
    else ${BY_IDS}
    end if;
    if p_refuse is null then
      select array_agg(i is not null) into v_known from unnest(ids) i;
    else
      select array_agg(w.id is not null and w.reason is null order by w.item) into v_known
      from unnest(ids, p_refuse[1:v_look]) with ordinality as w (id, reason, item);
    end if;
    if p_prints is not null then ${NOTED}
    end if; ${SPENT}
    if p_refuse is not null then ${REFUSED}
    end if;
    if p_secret then ${HELD}
    end if;
  end if;
  known := v_known;
  if not v_is_durable then perform set_config('synchronous_commit', 'off', true); end if;
end $$`);
    this.addSql("revoke execute on function meet_shoppers from public");
    this.addSql("grant execute on function meet_shoppers to shopkey_app");
  }
}
