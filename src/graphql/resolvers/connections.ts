import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import { Allow, Alone, Settle } from "../allow.js";
import type { Desk } from "../desk.js";
import {
  CancelConnectionInput,
  CancelConnectionPayload,
  DisconnectInput,
  DisconnectPayload,
  FinishConnectionInput,
  FinishConnectionPayload,
  StartConnectionInput,
  StartConnectionPayload,
  VerifyConnectionInput,
  VerifyConnectionPayload,
} from "../types/connecting.js";
import { Connection, ConnectionFilter, ConnectionPage } from "../types/connection.js";
import { RefreshGatePassInput, RefreshGatePassPayload } from "../types/refresh-gate-pass.js";
import { AFTER, FIRST, INPUT } from "./words.js";

@Resolver()
export class ConnectionsResolver {
  @Query(() => Connection, { nullable: true, description: "One connection; null when none is visible." })
  @Allow("connections:read")
  connection(@Ctx() desk: Desk, @Arg("id", () => ID, { description: "`con_…`" }) id: string) {
    return desk.identity.findConnection(desk.caller, id);
  }

  @Query(() => ConnectionPage, { description: "The connections of the org's consumers, a page at a time." })
  @Allow("connections:read")
  connections(
    @Ctx() desk: Desk,
    @Arg("first", () => Int, { defaultValue: 20, description: FIRST }) first: number,
    @Arg("after", () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg("filter", () => ConnectionFilter, { nullable: true, description: "Which of them." })
    filter: ConnectionFilter | null | undefined,
  ) {
    return desk.identity.listConnections(desk.caller, { first, after, filter });
  }

  @Mutation(() => StartConnectionPayload, {
    description:
      "Begins to connect a consumer to a store, or to mend the connection that is there, and says what the shopper has to do: nothing, a form, or a page of the store's.",
  })
  @Settle()
  @Allow("connections:write")
  @Alone()
  startConnection(
    @Ctx() desk: Desk,
    @Arg("input", () => StartConnectionInput, { description: INPUT }) input: StartConnectionInput,
  ) {
    return desk.identity.startConnection(desk.caller, input);
  }

  @Mutation(() => FinishConnectionPayload, {
    description:
      "Hands the shopper's answer to the store, which may ask again. A wrong answer is `ANSWER_INVALID` and leaves the question standing; finishing what is finished changes nothing.",
  })
  @Settle()
  @Allow("connections:write")
  @Alone()
  finishConnection(
    @Ctx() desk: Desk,
    @Arg("input", () => FinishConnectionInput, { description: INPUT }) input: FinishConnectionInput,
  ) {
    return desk.identity.finishConnection(desk.caller, input);
  }

  @Mutation(() => RefreshGatePassPayload, {
    description:
      "A fresh pass for the door of a physical store. Call it each time the app opens the screen that shows it: it asks nobody but the gateway.",
  })
  @Settle()
  @Allow("connections:write")
  refreshGatePass(
    @Ctx() desk: Desk,
    @Arg("input", () => RefreshGatePassInput, { description: INPUT }) input: RefreshGatePassInput,
  ) {
    return desk.identity.refreshGatePass(desk.caller, input);
  }

  @Mutation(() => CancelConnectionPayload, {
    description: "Gives an attempt to connect up. A connection that worked before it goes on working.",
  })
  @Settle()
  @Allow("connections:write")
  cancelConnection(
    @Ctx() desk: Desk,
    @Arg("input", () => CancelConnectionInput, { description: INPUT }) input: CancelConnectionInput,
  ) {
    return desk.identity.cancelConnection(desk.caller, input);
  }

  @Mutation(() => VerifyConnectionPayload, {
    description: "Asks the store whether a login still works. A store that cannot be asked changes nothing.",
  })
  @Settle()
  @Allow("connections:write")
  @Alone()
  verifyConnection(
    @Ctx() desk: Desk,
    @Arg("input", () => VerifyConnectionInput, { description: INPUT }) input: VerifyConnectionInput,
  ) {
    return desk.identity.verifyConnection(desk.caller, input);
  }

  @Mutation(() => DisconnectPayload, {
    description: "Ends a connection: nobody uses it from now on, the store is told, and its sealed login is destroyed.",
  })
  @Settle()
  @Allow("connections:write")
  @Alone()
  disconnect(@Ctx() desk: Desk, @Arg("input", () => DisconnectInput, { description: INPUT }) input: DisconnectInput) {
    return desk.identity.disconnect(desk.caller, input);
  }
}
