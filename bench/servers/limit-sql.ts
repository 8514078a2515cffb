/** The limit server's statements: prepared once per connection, one join for a read. */
import pg from "pg";
import type { ConsumerId, OrgId } from "#dist/kernel/ids.js";
import type { SealedUnits } from "./profile.js";

export interface Card extends SealedUnits {
  readonly id: ConsumerId;
  readonly external_id: string;
  readonly status: string;
  readonly created_at: string;
  readonly version: number;
  readonly kek_version: number;
  readonly wrapped: Buffer;
  /** JSON of `[id, status, slug, title][]`; null when there are none. */
  readonly connections: string | null;
}

const COLUMNS = `c.id, c.external_id, c.status, (date_part('epoch', c.created_at) * 1000)::bigint as created_at,
  k.version, k.kek_version, k.wrapped, p.name, p.email, p.document, p.phone, p.address,
  (select json_agg(json_build_array(n.id, n.status, s.slug, s.title) order by n.id)
   from connection n join store s on s.org_id = $1 and s.id = n.store_id
   where n.org_id = $1 and n.consumer_id = c.id) as connections`;
const JOINS = `left join consumer_key k on k.org_id = $1 and k.consumer_id = c.id
  left join profile p on p.org_id = $1 and p.consumer_id = c.id`;

export const ONE = `select ${COLUMNS} from consumer c ${JOINS}
  where c.org_id = $1 and c.environment = $2 and c.external_id = $3`;

export const PAGE = `select ${COLUMNS}
  from (select * from consumer where org_id = $1 and environment = $2 and id < $3 order by id desc limit $4) c
  ${JOINS} order by c.id desc`;

/** What a save starts from. */
export interface Kept extends Card {
  readonly revision: number;
}
const kept = (
  units: string,
) => `select c.id, c.external_id, c.status, k.version, k.kek_version, k.wrapped, p.revision${units}
  from consumer c join consumer_key k on k.org_id = $1 and k.consumer_id = c.id
  join profile p on p.org_id = $1 and p.consumer_id = c.id
  where c.org_id = $1 and c.environment = $2 and c.external_id = $3 and c.status not in ('FROZEN', 'ANONYMIZED')`;
export const KEPT = kept("");
/** With what a field that was not given is merged from. */
export const KEPT_WHOLE = kept(", p.name, p.email, p.document, p.phone, p.address");

/**
 * The profile if nobody else has changed it since, the rows that it is found by, and the line in the ledger: one statement,
 * and none of it without the others.
 */
export const SAVE = `with saved as (
    update profile p set revision = p.revision + 1, updated_at = now(), name = coalesce($5, p.name),
      email = coalesce($6, p.email), document = coalesce($7, p.document), phone = coalesce($8, p.phone),
      address = coalesce($9, p.address)
    where p.org_id = $1 and p.consumer_id = $3 and p.revision = $4 returning p.revision),
  wanted as (
    select w.* from saved, unnest($10::text[], $11::bytea[], $12::int[]) as w (field, bidx, key_version)),
  gone as (
    delete from consumer_index x where x.org_id = $1 and x.consumer_id = $3 and x.field in (select field from wanted)
      and not exists (select from wanted w
        where w.field = x.field and w.bidx = x.bidx and w.key_version = x.key_version)),
  come as (
    insert into consumer_index (org_id, field, bidx, key_version, consumer_id)
    select $1, w.field, w.bidx, w.key_version, $3 from wanted w on conflict do nothing),
  line as (
    insert into audit_event (org_id, environment, id, at, action, actor_kind, actor_id, subject_kind, subject_id,
      consumer_id, outcome, request_id, facts)
    select $1, $2, $13, now(), 'profile.saved', 'API_KEY', $14, 'consumer', $3, $3, 'done', $15, $16 from saved)
  select revision from saved`;

export const CALLER = `select id, org_id, environment from api_key
  where hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())`;

export interface CallerRow {
  readonly id: string;
  readonly org_id: OrgId;
  readonly environment: string;
}

const { builtins } = pg.types;
const readers: Readonly<Record<number, (text: string) => unknown>> = {
  [builtins.BYTEA]: (text) => Buffer.from(text.slice(2), "hex"),
  [builtins.INT4]: Number,
};
const asIs = (text: string) => text;

/** `pg`'s own readers turn dates and JSON into objects that are not needed here. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number) => readers[oid] ?? asIs) as pg.CustomTypesConfig["getTypeParser"],
};
