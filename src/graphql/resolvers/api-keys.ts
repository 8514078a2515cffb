import { Arg, Ctx, Int, Mutation, Query, Resolver } from "type-graphql";
import { Allow, Alone, Settle } from "../allow.js";
import type { Desk } from "../desk.js";
import {
  ApiKeyPage,
  CreateApiKeyInput,
  CreateApiKeyPayload,
  RevokeApiKeyInput,
  RevokeApiKeyPayload,
} from "../types/api-key.js";
import { AFTER, FIRST, INPUT } from "./words.js";

@Resolver()
export class ApiKeysResolver {
  @Query(() => ApiKeyPage, { description: "The API keys of the org in this environment." })
  @Allow("keys:read")
  apiKeys(
    @Ctx() desk: Desk,
    @Arg("first", () => Int, { defaultValue: 50, description: FIRST }) first: number,
    @Arg("after", () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
  ) {
    return desk.identity.listApiKeys(desk.caller, { first, after });
  }

  @Mutation(() => CreateApiKeyPayload, { description: "Creates an API key and shows it once." })
  @Settle()
  @Allow("keys:write")
  @Alone()
  createApiKey(
    @Ctx() desk: Desk,
    @Arg("input", () => CreateApiKeyInput, { description: INPUT }) input: CreateApiKeyInput,
  ) {
    return desk.identity.createApiKey(desk.caller, input);
  }

  @Mutation(() => RevokeApiKeyPayload, { description: "Revokes an API key at once and for good." })
  @Settle()
  @Allow("keys:write")
  @Alone()
  revokeApiKey(
    @Ctx() desk: Desk,
    @Arg("input", () => RevokeApiKeyInput, { description: INPUT }) input: RevokeApiKeyInput,
  ) {
    return desk.identity.revokeApiKey(desk.caller, input);
  }
}
