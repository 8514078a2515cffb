import { Migration } from "@mikro-orm/migrations";

/** The tables in which an answer's consumer is looked up. The policies hold the owner as well, who is of no org. */
const READ = ["idempotency", "connection", "checkout", "impersonation"];

const BY = (table: string, named: string): string =>
  `update idempotency i set consumer_id = t.consumer_id from ${table} t
     where i.consumer_id is null and t.org_id = i.org_id and t.id = (i.result ->> '${named}')::uuid`;

/**
 * The consumer of an idempotency key's answer stands beside it, whatever the answer names, so that forgetting somebody takes all of
 * them. A trigger looks it up: answers are written in several places. It holds the connection, so that whoever shreds it waits for
 * the answer, or comes first, and then there is nothing to answer about.
 */
export class IdempotencyConsumers extends Migration {
  override up(): void {
    this.addSql("drop index idempotency_about");
    this.addSql("alter table idempotency drop column about, add column consumer_id uuid");
    this.addSql(`create or replace function note_subject() returns trigger language plpgsql as $$
begin
  if new.result is null or new.consumer_id is not null then return new; end if;
  if new.result ->> 'consumer' is not null then
    new.consumer_id := (new.result ->> 'consumer')::uuid;
  elsif new.result ->> 'connection' is not null then
    select n.consumer_id into new.consumer_id from connection n
      where n.org_id = new.org_id and n.id = (new.result ->> 'connection')::uuid for key share;
    if not found and tg_op = 'INSERT' then return null; end if;
  elsif new.result ->> 'checkout' is not null then
    select c.consumer_id into new.consumer_id from checkout c
      where c.org_id = new.org_id and c.environment = new.environment and c.id = (new.result ->> 'checkout')::uuid;
  elsif new.result ->> 'impersonation' is not null then
    select s.consumer_id into new.consumer_id from impersonation s
      where s.org_id = new.org_id and s.environment = new.environment and s.id = (new.result ->> 'impersonation')::uuid;
  end if;
  return new;
end $$`);
    for (const table of READ) this.addSql(`alter table ${table} no force row level security`);
    // Answers of these named nobody: asked again with the same key, the store is asked again.
    this.addSql(`delete from idempotency where operation in ('verifyConnection', 'disconnect')`);
    this.addSql(
      "update idempotency set consumer_id = (result ->> 'consumer')::uuid where result ->> 'consumer' is not null",
    );
    for (const table of READ.slice(1)) this.addSql(BY(table, table));
    for (const table of READ) this.addSql(`alter table ${table} force row level security`);
    this.addSql("create index idempotency_consumer on idempotency (org_id, consumer_id) where consumer_id is not null");
  }
}
