import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import { Allow, Alone, Settle } from "../allow.js";
import type { Desk } from "../desk.js";
import {
  ConnectOperatorInput,
  ConnectOperatorPayload,
  DisconnectOperatorInput,
  DisconnectOperatorPayload,
  OperatorLogin,
  OperatorLoginFilter,
  OperatorLoginPage,
} from "../types/operator-login.js";
import { AFTER, FIRST, INPUT } from "./words.js";

@Resolver()
export class OperatorLoginsResolver {
  @Query(() => OperatorLogin, {
    nullable: true,
    description: "One operator's own login at a store; null when none is visible.",
  })
  @Allow("impersonations:read")
  operatorLogin(@Ctx() desk: Desk, @Arg("id", () => ID, { description: "`opl_…`" }) id: string) {
    return desk.identity.findOperatorLogin(desk.caller, id);
  }

  @Query(() => OperatorLoginPage, { description: "Operators' own logins at the org's stores, a page at a time." })
  @Allow("impersonations:read")
  operatorLogins(
    @Ctx() desk: Desk,
    @Arg("first", () => Int, { defaultValue: 20, description: FIRST }) first: number,
    @Arg("after", () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg("filter", () => OperatorLoginFilter, { nullable: true, description: "Which of them." })
    filter: OperatorLoginFilter | null | undefined,
  ) {
    return desk.identity.listOperatorLogins(desk.caller, { first, after, filter });
  }

  @Mutation(() => ConnectOperatorPayload, {
    description:
      "Lets an operator log in at the store once, on its own page, in a live view: from then on `startImpersonation` needs no token for them, until the login ends. The key's owner must be a person. Whoever connects again replaces what they had.",
  })
  @Settle()
  @Allow("impersonations:write")
  @Alone()
  connectOperator(
    @Ctx() desk: Desk,
    @Arg("input", () => ConnectOperatorInput, { description: INPUT }) input: ConnectOperatorInput,
  ) {
    return desk.identity.connectOperator(desk.caller, input);
  }

  @Mutation(() => DisconnectOperatorPayload, {
    description:
      "Ends an operator's login, whoever connected it, and with it every impersonation session that was begun with it. What was sealed cannot be opened any more; the store itself ends the login in its own time, or when the operator logs out there.",
  })
  @Settle()
  @Allow("impersonations:write")
  @Alone()
  disconnectOperator(
    @Ctx() desk: Desk,
    @Arg("input", () => DisconnectOperatorInput, { description: INPUT }) input: DisconnectOperatorInput,
  ) {
    return desk.identity.disconnectOperator(desk.caller, input);
  }
}
