import { Migration } from "@mikro-orm/migrations";

const ENVIRONMENT = `environment text not null check (environment in ('test', 'live'))`;
const MOMENT = "timestamptz(3)";

/**
 * Shoppers who asked to be forgotten: requests with their steps, receipts that are only ever added, and keyed digests by
 * which an import is told that it would bring somebody back. A consumer is FROZEN while their request can be cancelled.
 */
export class Anonymizations extends Migration {
  override up(): void {
    this.addSql(`alter table consumer drop constraint consumer_status_check, add constraint consumer_status_check
      check (status in ('PROSPECT', 'ACQUIRED', 'REPEAT', 'FROZEN', 'ANONYMIZED'))`);
    for (const statement of TABLES) this.addSql(statement);
    this.#protect("anonymization", "select, insert, update");
    this.#protect("anonymization_step", "select, insert, update");
    // Append-only.
    this.#protect("anonymization_receipt", "select, insert");
    this.#protect("suppression", "select, insert, delete");
    this.addSql("grant delete on order_report to shopkey_app");
    // The clock sees which requests are due, and nothing else of them.
    this.addSql(
      "create policy anonymization_due on anonymization for select to shopkey_clock using (due_at is not null)",
    );
    this.addSql("grant select (org_id, environment, id, due_at) on anonymization to shopkey_clock");
  }

  #protect(table: string, grants: string): void {
    const mine = "org_id = app_org() and environment = app_environment()";
    this.addSql(`alter table ${table} enable row level security, force row level security`);
    this.addSql(
      `create policy ${table}_own on ${table} to shopkey_app, current_user using (${mine}) with check (${mine})`,
    );
    this.addSql(`grant ${grants} on ${table} to shopkey_app`);
  }
}

const REQUEST =
  "foreign key (org_id, environment, anonymization_id) references anonymization (org_id, environment, id)";

const TABLES = [
  `create table anonymization (
    org_id uuid not null, id uuid not null, ${ENVIRONMENT}, consumer_id uuid not null,
    regulation text not null check (regulation in ('LGPD', 'GDPR', 'CCPA')), note text,
    state text not null check (state in ('REQUESTED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED', 'FAILED')),
    actor_kind text not null, actor_id uuid,
    requested_at ${MOMENT} not null, cancellable_until ${MOMENT} not null, deadline_at ${MOMENT} not null,
    started_at ${MOMENT}, committed_at ${MOMENT}, shredded_at ${MOMENT}, ended_at ${MOMENT},
    lease_until ${MOMENT}, due_at ${MOMENT},
    primary key (org_id, id), constraint anonymization_environment_id unique (org_id, environment, id),
    foreign key (org_id, environment, consumer_id) references consumer (org_id, environment, id))`,
  "create unique index anonymization_open on anonymization (org_id, consumer_id) where ended_at is null",
  "create index anonymization_consumer on anonymization (org_id, environment, consumer_id)",
  "create index anonymization_due on anonymization (due_at) where due_at is not null",
  `create table anonymization_step (
    org_id uuid not null, ${ENVIRONMENT}, anonymization_id uuid not null, position int not null,
    name text not null check (name in ('FREEZE', 'STORE', 'LOGINS', 'SUPPRESS', 'SHRED', 'PURGE', 'RECEIPT')),
    store_id uuid,
    state text not null check (state in ('WAITING', 'IN_PROGRESS', 'AWAITING_OPERATOR', 'AWAITING_SHOPPER', 'DONE',
      'SKIPPED', 'FAILED', 'CANCELLED')),
    reason text, reference text, note text, tasks jsonb not null default '[]', progress text, checkpoint text,
    attempts int not null default 0, due_at ${MOMENT}, asked_at ${MOMENT}, ended_at ${MOMENT},
    primary key (org_id, environment, anonymization_id, position), ${REQUEST},
    foreign key (org_id, environment, store_id) references store (org_id, environment, id))`,
  "create index anonymization_step_store on anonymization_step (org_id, environment, store_id)",
  `create table anonymization_receipt (
    org_id uuid not null, ${ENVIRONMENT}, sequence int not null, anonymization_id uuid not null,
    digest bytea not null, document text not null, created_at ${MOMENT} not null default now(),
    primary key (org_id, environment, sequence), ${REQUEST},
    constraint anonymization_receipt_once unique (org_id, environment, anonymization_id))`,
  `create table suppression (
    org_id uuid not null references org (id), ${ENVIRONMENT}, field text not null, digest bytea not null,
    created_at ${MOMENT} not null default now(), primary key (org_id, environment, field, digest))`,
];
