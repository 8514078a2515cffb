import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import { Allow, Alone, Settle } from "../allow.js";
import type { Desk } from "../desk.js";
import {
  Adapter,
  RegisterStoreInput,
  RegisterStorePayload,
  RemoveStoreInput,
  RemoveStorePayload,
  Store,
  StorePage,
  UpdateStoreInput,
  UpdateStorePayload,
} from "../types/store.js";
import { AFTER, FIRST, INPUT } from "./words.js";

@Resolver()
export class StoresResolver {
  @Query(() => [Adapter], { description: "The kinds of store that this gateway knows how to speak to." })
  @Allow("stores:read")
  adapters(@Ctx() desk: Desk) {
    return desk.identity.adapters(desk.caller);
  }

  @Query(() => StorePage, { description: "The org's Stores." })
  @Allow("stores:read")
  stores(
    @Ctx() desk: Desk,
    @Arg("first", () => Int, { defaultValue: 50, description: FIRST }) first: number,
    @Arg("after", () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
  ) {
    return desk.identity.listStores(desk.caller, { first, after });
  }

  @Query(() => Store, {
    nullable: true,
    description: "One Store, by exactly one of `id` and `slug`; null when none is visible.",
  })
  @Allow("stores:read")
  store(
    @Ctx() desk: Desk,
    @Arg("id", () => ID, { nullable: true, description: "`sto_…`" }) id: string | null | undefined,
    @Arg("slug", () => String, { nullable: true, description: "Its name within the org." })
    slug: string | null | undefined,
  ) {
    return desk.identity.findStore(desk.caller, { id, slug });
  }

  @Mutation(() => RegisterStorePayload, { description: "Sets up a Store on an adapter." })
  @Settle()
  @Allow("stores:write")
  @Alone()
  registerStore(
    @Ctx() desk: Desk,
    @Arg("input", () => RegisterStoreInput, { description: INPUT }) input: RegisterStoreInput,
  ) {
    return desk.identity.registerStore(desk.caller, input);
  }

  @Mutation(() => UpdateStorePayload, { description: "Changes a Store's title, settings or credentials." })
  @Settle()
  @Allow("stores:write")
  @Alone()
  updateStore(
    @Ctx() desk: Desk,
    @Arg("input", () => UpdateStoreInput, { description: INPUT }) input: UpdateStoreInput,
  ) {
    return desk.identity.updateStore(desk.caller, input);
  }

  @Mutation(() => RemoveStorePayload, { description: "Removes a Store; its name may be used again." })
  @Settle()
  @Allow("stores:write")
  removeStore(
    @Ctx() desk: Desk,
    @Arg("input", () => RemoveStoreInput, { description: INPUT }) input: RemoveStoreInput,
  ) {
    return desk.identity.removeStore(desk.caller, input);
  }
}
