import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, Info, Mutation, Query, Resolver } from "type-graphql";
import { Allow, Settle } from "../allow.js";
import type { Desk } from "../desk.js";
import { consumerWant, lookAhead, profileParts } from "../look-ahead.js";
import {
  DeleteProfileInput,
  DeleteProfilePayload,
  Profile,
  SaveProfileInput,
  SaveProfilePayload,
} from "../types/profile.js";
import { ConsumerRef } from "../types/shared.js";
import { INPUT } from "./words.js";

const partsHere = lookAhead((selected) => profileParts(selected));
const wantedOfSave = lookAhead((selected) => ({
  consumer: consumerWant(selected.get("consumer")),
  parts: profileParts(selected.get("profile")),
}));
const wantedOfPayload = lookAhead((selected) => consumerWant(selected.get("consumer")));

@Resolver()
export class ProfilesResolver {
  @Query(() => Profile, {
    nullable: true,
    description: "A consumer's profile, masked; null when there is none or the consumer is not visible.",
  })
  @Allow("profiles:read")
  profile(
    @Ctx() desk: Desk,
    @Arg("consumer", () => ConsumerRef, { description: "Whose." }) consumer: ConsumerRef,
    @Info() info: GraphQLResolveInfo,
  ) {
    return desk.identity.findProfile(desk.caller, consumer, partsHere(info));
  }

  @Mutation(() => SaveProfilePayload, {
    description:
      "Saves a shopper's checkout profile: sealed at rest, masked in the answer. Creates the consumer when `externalId` is new.",
  })
  @Settle({ created: false })
  @Allow("profiles:write")
  saveProfile(
    @Ctx() desk: Desk,
    @Arg("input", () => SaveProfileInput, { description: INPUT }) input: SaveProfileInput,
    @Info() info: GraphQLResolveInfo,
  ) {
    return desk.identity.saveProfile(desk.caller, input, wantedOfSave(info));
  }

  @Mutation(() => DeleteProfilePayload, { description: "Deletes a consumer's profile; the consumer stays." })
  @Settle()
  @Allow("profiles:write")
  deleteProfile(
    @Ctx() desk: Desk,
    @Arg("input", () => DeleteProfileInput, { description: INPUT }) input: DeleteProfileInput,
    @Info() info: GraphQLResolveInfo,
  ) {
    return desk.identity.deleteProfile(desk.caller, input, wantedOfPayload(info));
  }
}
