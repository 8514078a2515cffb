import { Migration } from "@mikro-orm/migrations";

/** The groups that a store has put a shopper into, sealed under the consumer's key: they tell something about a person. */
export class StoreAccountGroups extends Migration {
  override up(): void {
    this.addSql("alter table store_account add column groups bytea");
  }
}
