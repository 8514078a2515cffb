import { Migration } from "@mikro-orm/migrations";

/**
 * The tables. Every key and every unique starts with the org, and foreign keys are pairs (org, thing) or triples (org,
 * environment, thing): a row of one org or environment cannot hang on another's, whatever a statement says.
 */
export class Tables extends Migration {
  override up(): void {
    for (const statement of [...OWNERS, ...SHOPPERS, ...STORES, ...CHECKOUTS, ...LEDGERS]) this.addSql(statement);
  }
}

const ENVIRONMENT = `environment text not null check (environment in ('test', 'live'))`;
const MOMENT = "timestamptz(3)";

const OWNERS = [
  `create table org (
    id uuid primary key, name text not null, settings jsonb not null default '{}',
    created_at ${MOMENT} not null default now())`,
  `create table api_key (
    org_id uuid not null references org (id), id uuid not null, ${ENVIRONMENT},
    name text not null, hash bytea not null, last4 text not null, scopes text[] not null,
    owner_kind text not null check (owner_kind in ('USER', 'SERVICE')), owner_name text not null,
    created_at ${MOMENT} not null default now(), expires_at ${MOMENT}, revoked_at ${MOMENT}, last_used_at ${MOMENT},
    primary key (org_id, id))`,
  "create index api_key_hash on api_key (hash)",
];

const SHOPPERS = [
  `create table consumer (
    org_id uuid not null references org (id), id uuid not null, ${ENVIRONMENT},
    external_id text collate "C" not null, shopper_reference text collate "C" not null,
    status text not null default 'PROSPECT' check (status in ('PROSPECT', 'ACQUIRED', 'REPEAT', 'ANONYMIZED')),
    order_count int not null default 0, key_version_last int not null default 0,
    created_at ${MOMENT} not null default now(), updated_at ${MOMENT} not null default now(),
    primary key (org_id, id),
    constraint consumer_environment_id unique (org_id, environment, id),
    constraint consumer_external_id unique (org_id, environment, external_id),
    constraint consumer_shopper_reference unique (org_id, environment, shopper_reference))`,
  `create table consumer_key (
    org_id uuid not null, consumer_id uuid not null,
    version int not null, kek_version int not null, wrapped bytea not null,
    primary key (org_id, consumer_id), foreign key (org_id, consumer_id) references consumer (org_id, id))`,
  `create table profile (
    org_id uuid not null, consumer_id uuid not null, revision int not null,
    name bytea, email bytea, document bytea, phone bytea, address bytea, company bytea,
    updated_at ${MOMENT} not null default now(),
    primary key (org_id, consumer_id), foreign key (org_id, consumer_id) references consumer (org_id, id))`,
  `create table consumer_index (
    org_id uuid not null, field text not null, bidx bytea not null, key_version int not null, consumer_id uuid not null,
    primary key (org_id, field, bidx, key_version, consumer_id),
    foreign key (org_id, consumer_id) references consumer (org_id, id))`,
  "create index consumer_index_consumer on consumer_index (org_id, consumer_id)",
];

const CONSUMER = "foreign key (org_id, environment, consumer_id) references consumer (org_id, environment, id)";
const STORE = "foreign key (org_id, environment, store_id) references store (org_id, environment, id)";

const STORES = [
  `create table store (
    org_id uuid not null references org (id), id uuid not null, ${ENVIRONMENT},
    slug text not null, adapter text not null, title text not null,
    settings jsonb not null default '{}', credentials bytea,
    created_at ${MOMENT} not null default now(), updated_at ${MOMENT} not null default now(), removed_at ${MOMENT},
    primary key (org_id, id), constraint store_environment_id unique (org_id, environment, id))`,
  "create unique index store_slug on store (org_id, environment, slug) where removed_at is null",
  `create table connection (
    org_id uuid not null, id uuid not null, ${ENVIRONMENT}, consumer_id uuid not null, store_id uuid not null,
    via text not null check (via in ('PROFILE', 'LOGIN')),
    status text not null check (status in ('PENDING', 'ACTIVE', 'EXPIRED', 'DISCONNECTED', 'FAILED')),
    status_reason text, account_label bytea, secret bytea,
    created_at ${MOMENT} not null default now(), updated_at ${MOMENT} not null default now(),
    last_verified_at ${MOMENT}, last_used_at ${MOMENT},
    primary key (org_id, id), constraint connection_once unique (org_id, consumer_id, store_id),
    ${CONSUMER}, ${STORE})`,
  "create index connection_store on connection (org_id, environment, store_id)",
];

const CHECKOUTS = [
  `create table checkout (
    org_id uuid not null, id uuid not null, ${ENVIRONMENT}, consumer_id uuid not null, store_id uuid not null,
    state text not null check (state in ('PENDING', 'APPLIED', 'ORDERED', 'FAILED')),
    idempotency_key text, fingerprint bytea, cart jsonb not null, has_overrides boolean not null,
    checkpoint text, lease_until ${MOMENT}, purpose text,
    cart_id text, cart_url text, total_minor bigint, currency text, sources jsonb not null default '{}', masks bytea,
    remarks text[] not null default '{}', reason text, retry_after_ms int, failed_fields text[] not null default '{}',
    order_reference text, key_id uuid, created_at ${MOMENT} not null default now(), settled_at ${MOMENT},
    primary key (org_id, id), constraint checkout_environment_id unique (org_id, environment, id),
    ${CONSUMER}, ${STORE}, foreign key (org_id, key_id) references api_key (org_id, id))`,
  `create unique index checkout_idempotency_key on checkout (org_id, environment, idempotency_key)
    where idempotency_key is not null`,
  "create index checkout_consumer on checkout (org_id, environment, consumer_id)",
  "create index checkout_store on checkout (org_id, environment, store_id)",
  "create index checkout_pending on checkout (lease_until) where state = 'PENDING'",
  `create table order_report (
    org_id uuid not null, ${ENVIRONMENT}, consumer_id uuid not null, reference text not null,
    store_id uuid, checkout_id uuid, reported_at ${MOMENT} not null default now(),
    primary key (org_id, environment, consumer_id, reference), ${CONSUMER}, ${STORE},
    foreign key (org_id, environment, checkout_id) references checkout (org_id, environment, id))`,
  "create index order_report_store on order_report (org_id, environment, store_id)",
  "create index order_report_checkout on order_report (org_id, environment, checkout_id)",
];

const LEDGERS = [
  `create table idempotency (
    org_id uuid not null, ${ENVIRONMENT}, key text not null, operation text not null, fingerprint bytea not null,
    result jsonb, created_at ${MOMENT} not null default now(), primary key (org_id, environment, key))`,
  // No foreign key: a line outlives what it speaks of. xid, because commit order is not id order: whoever seals the
  // ledger may only take lines below every transaction that still runs.
  `create table audit_event (
    org_id uuid not null, ${ENVIRONMENT}, id uuid not null, at ${MOMENT} not null,
    xid xid8 not null default pg_current_xact_id(), action text not null,
    actor_kind text not null check (actor_kind in ('API_KEY', 'CLOCK', 'CLI')), actor_id uuid,
    subject_kind text, subject_id uuid, consumer_id uuid, purpose text, outcome text not null, request_id text,
    facts jsonb not null default '{}', primary key (org_id, environment, id))`,
  "create index audit_event_consumer on audit_event (org_id, consumer_id, id)",
];
