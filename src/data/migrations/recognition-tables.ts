import { Migration } from "@mikro-orm/migrations";

const ENVIRONMENT = "environment text not null check (environment in ('test', 'live'))";
const STORE = "foreign key (org_id, environment, store_id) references store (org_id, environment, id)";
const RECOGNITION = "foreign key (org_id, store_id, recognition_id) references recognition (org_id, store_id, id)";

const TABLES: Readonly<Record<string, string>> = {
  recognition: `org_id uuid not null, store_id uuid not null, id uuid not null, ${ENVIRONMENT},
    consumer_id uuid not null, connection_id uuid not null, standing text not null, is_open boolean not null default true,
    created_at timestamptz(3) not null default now(),
    primary key (org_id, store_id, id), constraint recognition_standing unique (org_id, connection_id, standing), ${STORE},
    foreign key (org_id, environment, consumer_id) references consumer (org_id, environment, id),
    foreign key (org_id, connection_id) references connection (org_id, id)`,
  recognition_key: `org_id uuid not null, store_id uuid not null, digest bytea not null, ${ENVIRONMENT},
    recognition_id uuid not null, space text not null, once boolean not null,
    issued_at timestamptz(6) not null default clock_timestamp(), spent_at timestamptz(3),
    primary key (org_id, store_id, digest), ${RECOGNITION}`,
  // Without a foreign key: one is written for every request, and a row lives for ten minutes.
  recognition_answer: `org_id uuid not null, store_id uuid not null, fingerprint bytea not null, ${ENVIRONMENT},
    recognition_id uuid, known boolean not null, created_at timestamptz(3) not null default now(),
    primary key (org_id, store_id, fingerprint)`,
  recognition_refusal: `org_id uuid not null, store_id uuid not null, id uuid not null default gen_random_uuid(), ${ENVIRONMENT},
    recognition_id uuid not null, reason text not null, at timestamptz(3) not null default now(),
    primary key (org_id, store_id, id), ${RECOGNITION}`,
  route_rate: `org_id uuid not null, store_id uuid not null, caller bytea not null, ${ENVIRONMENT},
    tokens double precision not null, at timestamptz(6) not null, primary key (org_id, store_id, caller), ${STORE}`,
};

const MINE = "org_id = app_org() and environment = app_environment()";

/**
 * Being recognised at a Store's door, and the door itself: before a Store is known there is no org, so whoever can name
 * a Store's id may see that one row. What it says is only used once the request has been proven by it.
 */
export class RecognitionTables extends Migration {
  override up(): void {
    for (const [table, columns] of Object.entries(TABLES)) {
      this.addSql(`create table ${table} (${columns})`);
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(
        `create policy ${table}_own on ${table} to shopkey_app, current_user using (${MINE}) with check (${MINE})`,
      );
      this.addSql(`grant select, insert, update, delete on ${table} to shopkey_app`);
    }
    // By the thing alone: an index that begins as the primary key does is taken for it while a table is small, and kept.
    this.addSql("create index recognition_consumer on recognition (consumer_id)");
    this.addSql("create index recognition_key_of on recognition_key (recognition_id)");
    // They come in the order of their age: a few bytes for many of them.
    this.addSql("create index recognition_answer_age on recognition_answer using brin (created_at)");
    this.addSql("create index recognition_refusal_of on recognition_refusal (org_id, store_id, recognition_id, at)");
    this.#followConnections();
    this.#addressStores();
  }

  /** Whoever ends a connection, and however: nobody is known by it from that commit on. */
  #followConnections(): void {
    this.addSql(`create function follow_connection() returns trigger language plpgsql as $$
begin
  update recognition r set is_open = (new.status = 'ACTIVE') where r.org_id = new.org_id and r.connection_id = new.id;
  if new.status = 'DISCONNECTED' then
    delete from recognition_key k using recognition r
    where r.org_id = new.org_id and r.connection_id = new.id
      and k.org_id = r.org_id and k.store_id = r.store_id and k.recognition_id = r.id;
  end if;
  return null;
end $$`);
    this.addSql(`create trigger connection_moved after update of status on connection
      for each row when (old.status is distinct from new.status) execute function follow_connection()`);
  }

  #addressStores(): void {
    this.addSql(`create function app_store() returns uuid language sql stable parallel safe
      return nullif(current_setting('app.store', true), '')::uuid`);
    this.addSql("create policy store_addressed on store for select to shopkey_app using (id = app_store())");
    this.addSql(
      `create type addressed_store as (org_id uuid, environment text, adapter text, settings json, credentials bytea)`,
    );
    this.addSql(`create function store_by_address(p_store uuid) returns setof addressed_store language plpgsql rows 1 as $$
begin
  perform set_config('app.store', p_store::text, true);
  return query select s.org_id, s.environment, s.adapter, s.settings::json, s.credentials
    from store s where s.id = p_store and s.removed_at is null;
end $$`);
    this.addSql("revoke execute on function store_by_address(uuid) from public");
    this.addSql("grant execute on function store_by_address(uuid) to shopkey_app");
    this.addSql("create index store_address on store (id)");
    // Every gateway forgets what it knew of a Store the moment it changes.
    this.addSql(`create function tell_store() returns trigger language plpgsql as $$
begin
  perform pg_notify('shopkey_store', old.id::text);
  return null;
end $$`);
    this.addSql(
      "create trigger store_changed after update or delete on store for each row execute function tell_store()",
    );
  }
}
