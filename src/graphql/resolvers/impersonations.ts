import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import { Allow, Alone, Settle } from "../allow.js";
import type { Desk } from "../desk.js";
import {
  EndImpersonationInput,
  EndImpersonationPayload,
  ImpersonationSession,
  ImpersonationSessionFilter,
  ImpersonationSessionPage,
  RenewImpersonationInput,
  RenewImpersonationPayload,
  StartImpersonationInput,
  StartImpersonationPayload,
  SwitchImpersonationsInput,
  SwitchImpersonationsPayload,
} from "../types/impersonation.js";
import { AFTER, FIRST, INPUT } from "./words.js";

@Resolver()
export class ImpersonationsResolver {
  @Query(() => ImpersonationSession, {
    nullable: true,
    description: "One impersonation session; null when none is visible.",
  })
  @Allow("impersonations:read")
  impersonationSession(@Ctx() desk: Desk, @Arg("id", () => ID, { description: "`imp_…`" }) id: string) {
    return desk.identity.findImpersonation(desk.caller, id);
  }

  @Query(() => ImpersonationSessionPage, { description: "The org's impersonation sessions, a page at a time." })
  @Allow("impersonations:read")
  impersonationSessions(
    @Ctx() desk: Desk,
    @Arg("first", () => Int, { defaultValue: 20, description: FIRST }) first: number,
    @Arg("after", () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg("filter", () => ImpersonationSessionFilter, { nullable: true, description: "Which of them." })
    filter: ImpersonationSessionFilter | null | undefined,
  ) {
    return desk.identity.listImpersonations(desk.caller, { first, after, filter });
  }

  @Mutation(() => StartImpersonationPayload, {
    description:
      "Puts an operator in a customer's place at a store, for a reason and until a time. The key's owner must be a person; an operator has one place at a Store. ACTIVE only when the store, read back, says so.",
  })
  @Settle()
  @Allow("impersonations:write")
  @Alone()
  startImpersonation(
    @Ctx() desk: Desk,
    @Arg("input", () => StartImpersonationInput, { description: INPUT }) input: StartImpersonationInput,
  ) {
    return desk.identity.startImpersonation(desk.caller, input);
  }

  @Mutation(() => RenewImpersonationPayload, {
    description:
      "Takes a place again that the store let go of, as VTEX does after every order. The session keeps its end. Only the key that began it can.",
  })
  @Settle()
  @Allow("impersonations:write")
  @Alone()
  renewImpersonation(
    @Ctx() desk: Desk,
    @Arg("input", () => RenewImpersonationInput, { description: INPUT }) input: RenewImpersonationInput,
  ) {
    return desk.identity.renewImpersonation(desk.caller, input);
  }

  @Mutation(() => EndImpersonationPayload, {
    description:
      "Ends an impersonation session, whoever began it: nobody acts under it from now on, the store is told and asked again, and what was sealed for it cannot be opened any more.",
  })
  @Settle()
  @Allow("impersonations:write")
  @Alone()
  endImpersonation(
    @Ctx() desk: Desk,
    @Arg("input", () => EndImpersonationInput, { description: INPUT }) input: EndImpersonationInput,
  ) {
    return desk.identity.endImpersonation(desk.caller, input);
  }

  @Mutation(() => SwitchImpersonationsPayload, {
    description:
      "The org's emergency brake, in the key's environment: off ends every session, and none begins until it is on. Switching on needs `keys:write` as well.",
  })
  @Settle()
  @Allow("impersonations:write")
  @Alone()
  switchImpersonations(
    @Ctx() desk: Desk,
    @Arg("input", () => SwitchImpersonationsInput, { description: INPUT }) input: SwitchImpersonationsInput,
  ) {
    return desk.identity.switchImpersonations(desk.caller, input);
  }
}
