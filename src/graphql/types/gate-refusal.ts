import { Field, ID, InputType, ObjectType } from "type-graphql";
import { DateTime } from "../scalars.js";
import { ConsumerRef, PageInfo, StoreRef } from "./shared.js";

@ObjectType({
  simpleResolvers: true,
  description:
    "A shopper who is known was not let in at a store's door. It says no more than why, is kept for 30 days, and goes when the shopper is forgotten; whom nobody knows leaves no line.",
})
export class GateRefusal {
  @Field(() => ID, { description: "`grf_…`" })
  id!: string;

  @Field(() => DateTime, { description: "When the store asked." })
  at!: Date;

  @Field(() => String, {
    description:
      "The adapter's code. At Amazon's stores: `SPENT`, `STALE`, `FUTURE`, `PREFIX`, `PAYLOAD`, `KEY_TYPE`, `STORE`.",
  })
  reason!: string;

  @Field(() => String, { description: "As what the shopper is known, such as `SHOPPER` or `ASSOCIATE`." })
  standing!: string;

  @Field(() => ID, { description: "The Store that was asked for, `sto_…`." })
  storeId!: string;

  @Field(() => ID, { description: "The connection by which the shopper is known, `con_…`." })
  connectionId!: string;

  @Field(() => ID, { description: "The consumer, `csm_…`." })
  consumerId!: string;
}

@ObjectType({ simpleResolvers: true, description: "A page of refusals, the newest first." })
export class GateRefusalPage {
  @Field(() => [GateRefusal], { description: "The refusals of this page." })
  nodes!: readonly GateRefusal[];

  @Field(() => PageInfo, { description: "Where the page lies." })
  pageInfo!: PageInfo;
}

@InputType({ description: "Which refusals; all that is given must hold." })
export class GateRefusalFilter {
  @Field(() => ConsumerRef, { nullable: true, description: "Only of this consumer." })
  consumer?: ConsumerRef | null;

  @Field(() => StoreRef, { nullable: true, description: "Only at this Store." })
  store?: StoreRef | null;
}
