import { Migration } from "@mikro-orm/migrations";
import { SET_SCOPE } from "./card-functions.js";
import { FILTER, FILTERED, PAGE_VALUES } from "./page-functions.js";
import { eachWant, HERE, PAGED } from "./reading-functions.js";

const page = (after: "<" | ">", order: "asc" | "desc") =>
  eachWant(
    `(select * from consumer c where ${HERE} and c.id ${after} v_after order by c.id ${order} limit v_limit) c`,
    `order by c.id ${order}`,
  );

/** A page that nobody filters is one statement: to find the ids first and the rows by them cost a tenth of it. */
export class UnfilteredPages extends Migration {
  override up(): void {
    this.addSql(`create or replace function consumer_page(
      p_org uuid, p_environment text, p_limit int, p_after uuid, p_descending boolean,
      p_filtered boolean, ${FILTER}, p_with_profile boolean, p_connections text)
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
    ${eachWant(PAGED, "order by w.n")}
  elsif p_descending then ${page("<", "desc")}
  else ${page(">", "asc")}
  end if;
end $$`);
  }
}
