import { Migration } from "@mikro-orm/migrations";

/** Columns of a card; `c` consumer, `k` its key, `p` its profile. */
export const CARD_COLUMNS = `c.id, c.external_id, c.shopper_reference, c.status, c.order_count, c.key_version_last,
      milliseconds(c.created_at), milliseconds(c.updated_at), k.version, k.kek_version, k.wrapped,
      p.revision, milliseconds(p.updated_at), p.name, p.email, p.document, p.phone, p.address, p.company,
      case when p_with_connections then (
        select json_agg(json_build_array(n.id, n.via, n.status, n.status_reason, encode(n.account_label, 'hex'),
            milliseconds(n.created_at), milliseconds(n.updated_at), milliseconds(n.last_verified_at),
            milliseconds(n.last_used_at), s.id, s.slug, s.adapter, s.title, s.settings, s.credentials is not null,
            milliseconds(s.created_at), milliseconds(s.updated_at), milliseconds(s.removed_at)) order by n.id)
        from connection n
        join store s on s.org_id = p_org and s.environment = p_environment and s.id = n.store_id
        where n.org_id = p_org and n.environment = p_environment and n.consumer_id = c.id) end`;

/** What a card is joined from, beside the consumer. */
export const CARD_JOINS = `left join consumer_key k on k.org_id = p_org and k.consumer_id = c.id
    left join profile p on p_with_profile and p.org_id = p_org and p.consumer_id = c.id`;

/** Sets the scope for this transaction, which is this one statement when nobody opened another. */
export const SET_SCOPE =
  "perform set_config('app.org', p_org::text, true), set_config('app.environment', p_environment, true);";

/**
 * One consumer with everything, in one round trip. The explicit org and environment beside the policies keep the plans
 * on the indices: the policies become one check of the settings.
 */
export class CardFunctions extends Migration {
  override up(): void {
    this.addSql(`create type card_row as (
      id uuid, external_id text, shopper_reference text, status text, order_count int, key_version_last int,
      created_at bigint, updated_at bigint, key_version int, kek_version int, wrapped bytea,
      revision int, profile_updated_at bigint,
      name bytea, email bytea, document bytea, phone bytea, address bytea, company bytea, connections json)`);
    this.addSql(`create function consumer_card(
      p_org uuid, p_environment text, p_id uuid, p_external_id text, p_with_profile boolean, p_with_connections boolean)
    returns setof card_row language plpgsql rows 1 as $$
begin
  ${SET_SCOPE}
  if p_id is not null then
    return query select ${CARD_COLUMNS}
    from consumer c ${CARD_JOINS}
    where c.org_id = p_org and c.environment = p_environment and c.id = p_id;
  else
    return query select ${CARD_COLUMNS}
    from consumer c ${CARD_JOINS}
    where c.org_id = p_org and c.environment = p_environment and c.external_id = p_external_id;
  end if;
end $$`);
    const name = "function consumer_card(uuid, text, uuid, text, boolean, boolean)";
    this.addSql(`revoke execute on ${name} from public`);
    this.addSql(`grant execute on ${name} to shopkey_app`);
  }
}
