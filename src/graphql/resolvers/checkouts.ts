import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, ID, Info, Mutation, Query, Resolver } from "type-graphql";
import { Allow, Alone, Settle } from "../allow.js";
import type { Desk } from "../desk.js";
import { consumerWant, lookAhead } from "../look-ahead.js";
import {
  ApplyCheckoutIdentityInput,
  ApplyCheckoutIdentityPayload,
  CheckoutIdentity,
  CheckoutReadinessPayload,
  ReportOrderInput,
  ReportOrderPayload,
} from "../types/checkout.js";
import { ConsumerRef, StoreRef } from "../types/shared.js";
import { INPUT } from "./words.js";

const wantedHere = lookAhead((selected) => consumerWant(selected.get("consumer")));
const wantedOfPayload = lookAhead((selected) =>
  consumerWant(selected.get("consumer"), selected.get("checkoutIdentity")?.get("consumer")),
);

@Resolver()
export class CheckoutsResolver {
  @Query(() => CheckoutReadinessPayload, {
    complexity: 50,
    description: "Whether a checkout at this store could be filled in now: what is missing, and the one next action.",
  })
  @Settle()
  @Allow("checkouts:read")
  async checkoutReadiness(
    @Ctx() desk: Desk,
    @Arg("consumer", () => ConsumerRef, { description: "Who would buy." }) consumer: ConsumerRef,
    @Arg("store", () => StoreRef, { description: "Where." }) store: StoreRef,
  ) {
    return { readiness: await desk.identity.readiness(desk.caller, consumer, store) };
  }

  @Query(() => CheckoutIdentity, { nullable: true, description: "One checkout identity; null when none is visible." })
  @Allow("checkouts:read")
  checkoutIdentity(
    @Ctx() desk: Desk,
    @Arg("id", () => ID, { description: "`chk_…`" }) id: string,
    @Info() info: GraphQLResolveInfo,
  ) {
    return desk.identity.findCheckout(desk.caller, id, wantedHere(info));
  }

  @Mutation(() => ApplyCheckoutIdentityPayload, {
    description:
      "Fills a shopper's identity in at a store's checkout: opens or takes the cart, attaches profile and shipping, and reads back.",
  })
  @Settle()
  @Allow("checkouts:write")
  @Alone()
  applyCheckoutIdentity(
    @Ctx() desk: Desk,
    @Arg("input", () => ApplyCheckoutIdentityInput, { description: INPUT }) input: ApplyCheckoutIdentityInput,
    @Info() info: GraphQLResolveInfo,
  ) {
    return desk.identity.applyCheckoutIdentity(desk.caller, input, wantedOfPayload(info));
  }

  @Mutation(() => ReportOrderPayload, {
    description: "Reports that an order was placed; the consumer's status follows from it.",
  })
  @Settle()
  @Allow("checkouts:write")
  reportOrder(
    @Ctx() desk: Desk,
    @Arg("input", () => ReportOrderInput, { description: INPUT }) input: ReportOrderInput,
    @Info() info: GraphQLResolveInfo,
  ) {
    return desk.identity.reportOrder(desk.caller, input, wantedOfPayload(info));
  }
}
