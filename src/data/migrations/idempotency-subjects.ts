import { Migration } from "@mikro-orm/migrations";

/**
 * Whom an idempotency key's answer was about, so that forgetting somebody reads their keys and no others; what is kept of people
 * for a time is found by its age. A trigger fills the column in: answers are written in several places, and restored.
 */
export class IdempotencySubjects extends Migration {
  override up(): void {
    // The id of a consumer, a connection or a checkout; as text, because an answer is JSON.
    this.addSql(`alter table idempotency add column about text`);
    this.addSql(`create function note_subject() returns trigger language plpgsql as $$
begin
  new.about := coalesce(new.result ->> 'consumer', new.result ->> 'connection', new.result ->> 'checkout');
  return new;
end $$`);
    this.addSql(`create trigger idempotency_subject before insert or update of result on idempotency
      for each row execute function note_subject()`);
    // The policies hold the owner as well, who is of no org.
    this.addSql("alter table idempotency no force row level security");
    this.addSql("update idempotency set result = result where result is not null");
    this.addSql("alter table idempotency force row level security");
    this.addSql("create index idempotency_about on idempotency (about) where about is not null");
    this.addSql("create index suppression_age on suppression (org_id, environment, created_at)");
  }
}
