import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, ID, Info, Int, Mutation, Query, Resolver } from "type-graphql";
import { Allow, Settle } from "../allow.js";
import type { Desk } from "../desk.js";
import { consumerWant, lookAhead } from "../look-ahead.js";
import { nodePrinter } from "../print-page.js";
import {
  Consumer,
  ConsumerFilter,
  ConsumerOrder,
  ConsumerPage,
  CreateConsumerInput,
  CreateConsumerPayload,
  UpdateConsumerInput,
  UpdateConsumerPayload,
} from "../types/consumer.js";
import { AFTER, FIRST, INPUT } from "./words.js";

const wantedHere = lookAhead((selected) => consumerWant(selected));
const wantedOfPage = lookAhead((selected) => ({
  ...consumerWant(selected.get("nodes")),
  totalCount: selected.has("totalCount"),
}));
const wantedOfPayload = lookAhead((selected) => consumerWant(selected.get("consumer")));

@Resolver()
export class ConsumersResolver {
  @Query(() => Consumer, {
    nullable: true,
    description: "One consumer, by exactly one of `id` and `externalId`; null when none is visible.",
  })
  @Allow("consumers:read")
  consumer(
    @Ctx() desk: Desk,
    @Arg("id", () => ID, { nullable: true, description: "`csm_…`" }) id: string | null | undefined,
    @Arg("externalId", () => String, { nullable: true, description: "The org's own id of the shopper." })
    externalId: string | null | undefined,
    @Info() info: GraphQLResolveInfo,
  ) {
    return desk.identity.findConsumer(desk.caller, { id, externalId }, wantedHere(info));
  }

  @Query(() => ConsumerPage, { description: "The org's consumers, a page at a time." })
  @Allow("consumers:read")
  consumers(
    @Ctx() desk: Desk,
    @Arg("first", () => Int, { defaultValue: 20, description: FIRST }) first: number,
    @Arg("after", () => String, { nullable: true, description: AFTER }) after: string | null | undefined,
    @Arg("filter", () => ConsumerFilter, { nullable: true, description: "Which of them." })
    filter: ConsumerFilter | null | undefined,
    @Arg("orderBy", () => ConsumerOrder, {
      nullable: true,
      defaultValue: "CREATED_AT_DESC",
      description: "In which order.",
    })
    orderBy: keyof typeof ConsumerOrder | null | undefined,
    @Info() info: GraphQLResolveInfo,
  ) {
    const want = { ...wantedOfPage(info), show: nodePrinter(info) };
    return desk.identity.listConsumers(desk.caller, { first, after, filter, orderBy }, want);
  }

  @Mutation(() => CreateConsumerPayload, { description: "Creates a consumer without a profile." })
  @Settle()
  @Allow("consumers:write")
  createConsumer(
    @Ctx() desk: Desk,
    @Arg("input", () => CreateConsumerInput, { description: INPUT }) input: CreateConsumerInput,
    @Info() info: GraphQLResolveInfo,
  ) {
    return desk.identity.createConsumer(desk.caller, input, wantedOfPayload(info));
  }

  @Mutation(() => UpdateConsumerPayload, { description: "Changes a consumer's external id or reference." })
  @Settle()
  @Allow("consumers:write")
  updateConsumer(
    @Ctx() desk: Desk,
    @Arg("input", () => UpdateConsumerInput, { description: INPUT }) input: UpdateConsumerInput,
    @Info() info: GraphQLResolveInfo,
  ) {
    return desk.identity.updateConsumer(desk.caller, input, wantedOfPayload(info));
  }
}
