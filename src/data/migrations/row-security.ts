import { Migration } from "@mikro-orm/migrations";

/** With an environment column: a key of the test environment sees nothing of live, and the other way round. */
const OF_ENVIRONMENT = [
  "api_key",
  "consumer",
  "store",
  "connection",
  "checkout",
  "order_report",
  "idempotency",
  "audit_event",
];
const OF_ORG = ["consumer_key", "profile", "consumer_index"];

const GRANTS: Readonly<Record<string, string>> = {
  org: "select, insert, update",
  api_key: "select, insert, update",
  consumer: "select, insert, update",
  consumer_key: "select, insert, update, delete",
  profile: "select, insert, update, delete",
  consumer_index: "select, insert, delete",
  store: "select, insert, update",
  connection: "select, insert, update, delete",
  checkout: "select, insert, update",
  order_report: "select, insert",
  idempotency: "select, insert, update, delete",
  // Append-only.
  audit_event: "select, insert",
};

/**
 * The second wall. Settings are local to a transaction and absent settings match nothing; the policies hold the owner
 * as well (FORCE), and whatever they do not name (the clock's role, a stranger) sees nothing.
 */
export class RowSecurity extends Migration {
  override up(): void {
    this.addSql(setting("app_org", "uuid", "nullif(current_setting('app.org', true), '')::uuid"));
    this.addSql(setting("app_environment", "text", "nullif(current_setting('app.environment', true), '')"));
    this.addSql(setting("app_key_hash", "bytea", "decode(nullif(current_setting('app.key_hash', true), ''), 'hex')"));
    this.#protect("org", "id = app_org()");
    for (const table of OF_ENVIRONMENT) {
      this.#protect(table, "org_id = app_org() and environment = app_environment()");
    }
    for (const table of OF_ORG) this.#protect(table, "org_id = app_org()");
    // Before a key is known there is no org: whoever can name its hash may see that one row.
    this.addSql("create policy api_key_presented on api_key for select to shopkey_app using (hash = app_key_hash())");
    this.addSql("create policy checkout_overdue on checkout for select to shopkey_clock using (state = 'PENDING')");
    this.addSql("grant select (org_id, environment, id, state, lease_until, created_at) on checkout to shopkey_clock");
  }

  #protect(table: string, mine: string): void {
    this.addSql(`alter table ${table} enable row level security, force row level security`);
    this.addSql(
      `create policy ${table}_own on ${table} to shopkey_app, current_user using (${mine}) with check (${mine})`,
    );
    this.addSql(`grant ${GRANTS[table]} on ${table} to shopkey_app`);
  }
}

/** A setting of the transaction. An ended transaction leaves '' behind, hence nullif; inlined into the policies. */
const setting = (name: string, type: string, value: string) =>
  `create function ${name}() returns ${type} language sql stable parallel safe return ${value}`;
