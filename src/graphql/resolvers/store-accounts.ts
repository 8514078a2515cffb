import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Desk } from "../desk.js";
import { Connection } from "../types/connection.js";

@Resolver(() => Connection)
export class StoreAccountsResolver {
  @FieldResolver()
  account(@Root() { id }: Connection, @Ctx() desk: Desk) {
    return desk.storeAccounts.load(id);
  }
}
