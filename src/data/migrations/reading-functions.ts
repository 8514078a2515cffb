import { Migration } from "@mikro-orm/migrations";
import { SET_SCOPE } from "./card-functions.js";
import { FILTER, FILTER_TYPES, FILTERED, PAGE_VALUES } from "./page-functions.js";

const CONSUMER = `c.id, c.external_id, c.shopper_reference, c.status, c.order_count, c.key_version_last,
      milliseconds(c.created_at), milliseconds(c.updated_at), k.version, k.kek_version, k.wrapped`;
const UNITS = ["name", "email", "document", "phone", "address", "company"];
const PROFILE = `p.revision, milliseconds(p.updated_at), ${UNITS.map((unit) => `p.${unit}`).join(", ")}`;
const NO_PROFILE = `null::int, null::bigint, ${UNITS.map(() => "null::bytea").join(", ")}`;

/** By place, as `cards.ts` reads them: names would be most of the bytes. */
const CONNECTION = {
  brief: "n.id, n.via, n.status, n.status_reason, s.id, s.slug, s.adapter, s.title",
  full: `n.id, n.via, n.status, n.status_reason, s.id, s.slug, s.adapter, s.title,
            encode(n.account_label, 'hex'), milliseconds(n.created_at), milliseconds(n.updated_at),
            milliseconds(n.last_verified_at), milliseconds(n.last_used_at), s.settings, s.credentials is not null,
            milliseconds(s.created_at), milliseconds(s.updated_at), milliseconds(s.removed_at)`,
};
export const connections = (depth: keyof typeof CONNECTION) => `(
        select json_agg(json_build_array(${CONNECTION[depth]}) order by n.id)
        from connection n
        join store s on s.org_id = p_org and s.environment = p_environment and s.id = n.store_id
        where n.org_id = p_org and n.environment = p_environment and n.consumer_id = c.id)`;

const KEY = "left join consumer_key k on k.org_id = p_org and k.consumer_id = c.id";
const JOIN_PROFILE = "left join profile p on p.org_id = p_org and p.consumer_id = c.id";
export const HERE = "c.org_id = p_org and c.environment = p_environment";
const WHERE = { id: `where ${HERE} and c.id = p_id`, name: `where ${HERE} and c.external_id = p_external_id` };

export const card = (withProfile: boolean, list: string, from: string) => `return query select ${CONSUMER},
      ${withProfile ? PROFILE : NO_PROFILE}, ${list}
      from ${from} ${KEY} ${withProfile ? JOIN_PROFILE : ""}`;

/**
 * One statement for each thing that may be asked: a subplan or a join that is not run is made ready all the same, at
 * every call, and that is most of what a card costs. Only those that are used are ever planned.
 */
const eachWant = (from: string, rest: string) => `if p_connections = 'none' then
    if p_with_profile then ${card(true, "null::json", from)} ${rest};
    else ${card(false, "null::json", from)} ${rest}; end if;
  elsif p_connections = 'brief' then
    if p_with_profile then ${card(true, connections("brief"), from)} ${rest};
    else ${card(false, connections("brief"), from)} ${rest}; end if;
  elsif p_with_profile then ${card(true, connections("full"), from)} ${rest};
  else ${card(false, connections("full"), from)} ${rest};
  end if;`;

export const PAGED = `unnest(v_ids) with ordinality as w (id, n)
      join consumer c on ${HERE} and c.id = w.id`;

/** The index rows of the same moment: whoever changes the profile knows which of them stay. */
const outline = (units: string, where: string) => `return query select ${CONSUMER},
      p.revision, case when p.revision is not null then
        concat(${UNITS.map((unit) => `p.${unit} is not null`).join(", ")}) end, ${units},
      (select string_agg(concat(x.field, ':', x.key_version, ':', encode(x.bidx, 'hex')), ',')
        from consumer_index x where x.org_id = p_org and x.consumer_id = c.id)
      from consumer c ${KEY} ${JOIN_PROFILE} ${where};`;
const BARE_UNITS = UNITS.map(() => "null::bytea").join(", ");
const ALL_UNITS = UNITS.map((unit) => `p.${unit}`).join(", ");

/** The reads of the hot path. A card's connections are `none`, `brief` (what a list of them shows) or `full`. */
export class ReadingFunctions extends Migration {
  override up(): void {
    this.addSql("drop function consumer_card(uuid, text, uuid, text, boolean, boolean)");
    this.addSql(
      `drop function consumer_page(uuid, text, int, uuid, boolean, boolean, ${FILTER_TYPES}, boolean, boolean)`,
    );
    this.#card();
    this.#page();
    this.#outline();
  }

  #card(): void {
    this.addSql(`create function consumer_card(
      p_org uuid, p_environment text, p_id uuid, p_external_id text, p_with_profile boolean, p_connections text)
    returns setof card_row language plpgsql rows 1 as $$
begin
  ${SET_SCOPE}
  if p_id is not null then ${eachWant("consumer c", WHERE.id)}
  else ${eachWant("consumer c", WHERE.name)}
  end if;
end $$`);
    this.#grant("consumer_card(uuid, text, uuid, text, boolean, text)");
  }

  #page(): void {
    this.addSql(`create function consumer_page(
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
  elsif p_descending then
    v_ids := array(select c.id from consumer c where c.org_id = p_org and c.environment = p_environment
      and c.id < v_after order by c.id desc limit v_limit);
  else
    v_ids := array(select c.id from consumer c where c.org_id = p_org and c.environment = p_environment
      and c.id > v_after order by c.id limit v_limit);
  end if;
  ${eachWant(PAGED, "order by w.n")}
end $$`);
    this.#grant(`consumer_page(uuid, text, int, uuid, boolean, boolean, ${FILTER_TYPES}, boolean, text)`);
  }

  #outline(): void {
    this.addSql(`create type outline_row as (
      id uuid, external_id text, shopper_reference text, status text, order_count int, key_version_last int,
      created_at bigint, updated_at bigint, key_version int, kek_version int, wrapped bytea, revision int, present text,
      name bytea, email bytea, document bytea, phone bytea, address bytea, company bytea, index text)`);
    this.addSql(`create function profile_outline(
      p_org uuid, p_environment text, p_id uuid, p_external_id text, p_with_units boolean)
    returns setof outline_row language plpgsql rows 1 as $$
begin
  ${SET_SCOPE}
  if p_id is not null then
    if p_with_units then ${outline(ALL_UNITS, WHERE.id)} else ${outline(BARE_UNITS, WHERE.id)} end if;
  elsif p_with_units then ${outline(ALL_UNITS, WHERE.name)}
  else ${outline(BARE_UNITS, WHERE.name)}
  end if;
end $$`);
    this.#grant("profile_outline(uuid, text, uuid, text, boolean)");
  }

  #grant(name: string): void {
    this.addSql(`revoke execute on function ${name} from public`);
    this.addSql(`grant execute on function ${name} to shopkey_app`);
  }
}
