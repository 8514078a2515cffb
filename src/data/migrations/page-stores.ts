import { Migration } from "@mikro-orm/migrations";
import { SET_SCOPE } from "./card-functions.js";
import { FILTER, FILTERED, PAGE_VALUES } from "./page-functions.js";
import { card, connections, HERE, PAGED } from "./reading-functions.js";

/** An org with more Stores than this has each connection's own sent with it. */
const FEW = 32;

const HERE_TOO = "s.org_id = p_org and s.environment = p_environment";
const HAS_FEW = `(select count(*) from (select from store s where ${HERE_TOO} limit ${FEW + 1}) as first) <= ${FEW}`;
/** By place, as `cards.ts` reads them: the Store is one of those that the page ends with. */
const LEAN = `(
        select json_agg(json_build_array(n.id, n.via, n.status, n.status_reason, n.store_id) order by n.id)
        from connection n
        where n.org_id = p_org and n.environment = p_environment and n.consumer_id = c.id)`;
/**
 * A row of no consumer's: the Stores stand in the place of its connections. It is the last one, because each statement sees
 * what was committed before it, and no Store is ever deleted: so none is missing.
 */
const STORES = `return query select null::uuid, null::text, null::text, null::text, null::int, null::int, null::bigint,
        null::bigint, null::int, null::int, null::bytea, null::int, null::bigint, null::bytea, null::bytea, null::bytea,
        null::bytea, null::bytea, null::bytea,
        (select json_agg(json_build_array(s.id, s.slug, s.adapter, s.title)) from store s where ${HERE_TOO});`;

const LISTS = { none: "null::json", lean: LEAN, brief: connections("brief"), full: connections("full") };

/** One statement for each thing that may be asked, as in `reading-functions.ts`. */
const eachWant = (from: string, rest: string) =>
  `case v_depth ${Object.entries(LISTS)
    .map(
      ([depth, list]) => `when '${depth}' then
      if p_with_profile then ${card(true, list, from)} ${rest};
      else ${card(false, list, from)} ${rest}; end if;`,
    )
    .join("\n    ")}
  end case;`;

const page = (after: "<" | ">", order: "asc" | "desc") =>
  eachWant(
    `(select * from consumer c where ${HERE} and c.id ${after} v_after order by c.id ${order} limit v_limit) c`,
    `order by c.id ${order}`,
  );

/**
 * A page of an org that has few Stores sends each of them once, instead of looking one up for every connection, which was a
 * quarter of what a page cost. A page that nobody filters is one statement: to find the ids first and the rows by them cost a
 * tenth of it.
 */
export class PageStores extends Migration {
  override up(): void {
    this.addSql(`create or replace function consumer_page(
      p_org uuid, p_environment text, p_limit int, p_after uuid, p_descending boolean,
      p_filtered boolean, ${FILTER}, p_with_profile boolean, p_connections text)
    returns setof card_row language plpgsql rows 50 as $$
declare
  v_limit int := p_limit;
  v_after uuid := coalesce(p_after, case when p_descending then 'ffffffff-ffff-ffff-ffff-ffffffffffff'
    else '00000000-0000-0000-0000-000000000000' end::uuid);
  v_depth text := p_connections;
  v_where text;
  v_found uuid[];
  v_ids uuid[];
begin
  ${SET_SCOPE}
  if p_connections = 'brief' and ${HAS_FEW} then v_depth := 'lean'; end if;
  if p_filtered then ${FILTERED}
    execute 'select array(select c.id' || v_where || case when p_descending
      then ' and c.id < $3 order by c.id desc limit $4)' else ' and c.id > $3 order by c.id limit $4)' end
      into v_ids using ${PAGE_VALUES};
    ${eachWant(PAGED, "order by w.n")}
  elsif p_descending then ${page("<", "desc")}
  else ${page(">", "asc")}
  end if;
  if v_depth = 'lean' then ${STORES} end if;
end $$`);
  }
}
