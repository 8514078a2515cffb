import { Migration } from "@mikro-orm/migrations";
import { CARD_COLUMNS, CARD_JOINS, SET_SCOPE } from "./card-functions.js";

export const FILTER = `p_status text, p_created_after timestamptz, p_created_before timestamptz, p_prefix text,
      p_index_fields text[], p_index_values bytea[]`;
export const FILTER_TYPES = "text, timestamptz, timestamptz, text, text[], bytea[]";

/** $1 org, $2 environment, $3 after, $4 limit, $5 status, $6 and $7 created, $8 prefix, $9 consumers by index. */
export const FILTERED = `
  v_where := ' from consumer c where c.org_id = $1 and c.environment = $2';
  if p_status is not null then v_where := v_where || ' and c.status = $5'; end if;
  if p_created_after is not null then v_where := v_where || ' and c.created_at > $6'; end if;
  if p_created_before is not null then v_where := v_where || ' and c.created_at < $7'; end if;
  if p_prefix is not null then
    v_where := v_where || ' and c.external_id >= $8 and c.external_id < $8 || chr(1114111) and starts_with(c.external_id, $8)';
  end if;
  if p_index_fields is not null then
    v_where := v_where || ' and c.id = any($9)';
    v_found := array(
      select x.consumer_id from unnest(p_index_fields, p_index_values) as w (field, bidx)
      join consumer_index x on x.org_id = p_org and x.field = w.field and x.bidx = w.bidx
      group by x.consumer_id
      having count(distinct x.field) = (select count(distinct f) from unnest(p_index_fields) as f));
  end if;`;
export const PAGE_VALUES =
  "p_org, p_environment, v_after, v_limit, p_status, p_created_after, p_created_before, p_prefix, v_found";

/**
 * Pages by id. Without a filter both directions are prepared plans; a filter is planned anew with its values, from
 * fixed fragments, because one plan for all filters would read the whole org.
 */
export class PageFunctions extends Migration {
  override up(): void {
    this.addSql(`create function consumer_page(
      p_org uuid, p_environment text, p_limit int, p_after uuid, p_descending boolean,
      p_filtered boolean, ${FILTER}, p_with_profile boolean, p_with_connections boolean)
    returns setof card_row language plpgsql rows 50 as $$
declare
  v_limit int := p_limit;
  v_after uuid := coalesce(p_after, case when p_descending then 'ffffffff-ffff-ffff-ffff-ffffffffffff'
    else '00000000-0000-0000-0000-000000000000' end::uuid);
  v_where text;
  v_found uuid[];
  v_ids uuid[];
begin
  ${SET_SCOPE}
  if p_filtered then ${FILTERED}
    execute 'select array(select c.id' || v_where || case when p_descending
      then ' and c.id < $3 order by c.id desc limit $4)' else ' and c.id > $3 order by c.id limit $4)' end
      into v_ids using ${PAGE_VALUES};
  elsif p_descending then
    v_ids := array(select c.id from consumer c where c.org_id = p_org and c.environment = p_environment
      and c.id < v_after order by c.id desc limit v_limit);
  else
    v_ids := array(select c.id from consumer c where c.org_id = p_org and c.environment = p_environment
      and c.id > v_after order by c.id limit v_limit);
  end if;
  return query select ${CARD_COLUMNS}
    from unnest(v_ids) with ordinality as w (id, n)
    join consumer c on c.org_id = p_org and c.environment = p_environment and c.id = w.id
    ${CARD_JOINS} order by w.n;
end $$`);
    this.addSql(`create function consumer_count(p_org uuid, p_environment text, ${FILTER})
    returns bigint language plpgsql as $$
declare
  v_limit int;
  v_after uuid;
  v_where text;
  v_found uuid[];
  v_count bigint;
begin
  ${SET_SCOPE} ${FILTERED}
  execute 'select count(*)' || v_where into v_count using ${PAGE_VALUES};
  return v_count;
end $$`);
    const page = `consumer_page(uuid, text, int, uuid, boolean, boolean, ${FILTER_TYPES}, boolean, boolean)`;
    for (const name of [page, `consumer_count(uuid, text, ${FILTER_TYPES})`]) {
      this.addSql(`revoke execute on function ${name} from public`);
      this.addSql(`grant execute on function ${name} to shopkey_app`);
    }
  }
}
