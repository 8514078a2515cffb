import { Arg, Ctx, Int, Query, Resolver } from "type-graphql";
import { Allow } from "../allow.js";
import type { Desk } from "../desk.js";
import { GateRefusal, GateRefusalFilter, GateRefusalPage } from "../types/gate-refusal.js";
import { AFTER, FIRST } from "./words.js";

@Resolver(() => GateRefusal)
export class GateRefusalsResolver {
  @Query(() => GateRefusalPage, {
    description: "Who of those who are known was not let in at a store's door, and why.",
  })
  @Allow("audit:read")
  gateRefusals(
    @Ctx() desk: Desk,
    @Arg("first", () => Int, { defaultValue: 50, description: FIRST }) first: number,
    @Arg("after", () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg("filter", () => GateRefusalFilter, { nullable: true, description: "Which refusals." })
    filter: GateRefusalFilter | null | undefined,
  ) {
    return desk.identity.listGateRefusals(desk.caller, { first, after, filter });
  }
}
