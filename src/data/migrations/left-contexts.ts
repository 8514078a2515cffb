import { Migration } from "@mikro-orm/migrations";

/**
 * Browser contexts that nobody needs any more, written down in the commit that lets go of them, until the browser layer has deleted
 * their bytes: a process that dies in between leaves none behind. That of an attempt is known before anything is saved in it.
 */
export class LeftContexts extends Migration {
  override up(): void {
    this.addSql(`alter table connection
      add column attempt_context_id text,
      add column left_contexts text[] not null default '{}'`);
  }
}
