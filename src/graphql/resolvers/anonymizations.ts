import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { Allow, Alone, Settle } from "../allow.js";
import type { Desk } from "../desk.js";
import {
  AnonymizationRequest,
  AnonymizationRequestFilter,
  AnonymizationRequestPage,
  CancelAnonymizationInput,
  CancelAnonymizationPayload,
  RequestAnonymizationInput,
  RequestAnonymizationPayload,
  SettleAnonymizationStepInput,
  SettleAnonymizationStepPayload,
} from "../types/anonymization.js";
import { Consumer } from "../types/consumer.js";
import { AFTER, FIRST, INPUT } from "./words.js";

@Resolver(() => Consumer)
export class AnonymizationsResolver {
  @FieldResolver()
  anonymization(@Root() { id }: Consumer, @Ctx() desk: Desk) {
    return desk.anonymizations.load(id);
  }

  @Query(() => AnonymizationRequest, {
    nullable: true,
    description: "One request to be forgotten; null when none is visible.",
  })
  @Allow("anonymizations:read")
  anonymizationRequest(@Ctx() desk: Desk, @Arg("id", () => ID, { description: "`anr_…`" }) id: string) {
    return desk.identity.findAnonymization(desk.caller, id);
  }

  @Query(() => AnonymizationRequestPage, { description: "Requests to be forgotten, a page at a time." })
  @Allow("anonymizations:read")
  anonymizationRequests(
    @Ctx() desk: Desk,
    @Arg("first", () => Int, { defaultValue: 20, description: FIRST }) first: number,
    @Arg("after", () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg("filter", () => AnonymizationRequestFilter, { nullable: true, description: "Which of them." })
    filter: AnonymizationRequestFilter | null | undefined,
  ) {
    return desk.identity.listAnonymizations(desk.caller, { first, after, filter });
  }

  @Mutation(() => RequestAnonymizationPayload, {
    description:
      "Has a shopper forgotten, here and at the stores. The consumer is frozen at once: nothing is saved or bought for them. A consumer who has such a request gets that one. Only for keys whose owner is a `USER`.",
  })
  @Settle()
  @Allow("anonymizations:write")
  requestAnonymization(
    @Ctx() desk: Desk,
    @Arg("input", () => RequestAnonymizationInput, { description: INPUT }) input: RequestAnonymizationInput,
  ) {
    return desk.identity.requestAnonymization(desk.caller, input);
  }

  @Mutation(() => CancelAnonymizationPayload, {
    description:
      "Takes a request back; the consumer is then as before. `TOO_LATE` once the keys are destroyed, `NOT_CANCELLABLE` when a store that was asked does not stop. Only for keys whose owner is a `USER`.",
  })
  @Settle()
  @Allow("anonymizations:write")
  @Alone()
  cancelAnonymization(
    @Ctx() desk: Desk,
    @Arg("input", () => CancelAnonymizationInput, { description: INPUT }) input: CancelAnonymizationInput,
  ) {
    return desk.identity.cancelAnonymization(desk.caller, input);
  }

  @Mutation(() => SettleAnonymizationStepPayload, {
    description:
      "Settles a step that waits for an operator or for the shopper, with the reference by which the store knows it. Only for keys whose owner is a `USER`.",
  })
  @Settle()
  @Allow("anonymizations:write")
  settleAnonymizationStep(
    @Ctx() desk: Desk,
    @Arg("input", () => SettleAnonymizationStepInput, { description: INPUT }) input: SettleAnonymizationStepInput,
  ) {
    return desk.identity.settleAnonymizationStep(desk.caller, input);
  }
}
