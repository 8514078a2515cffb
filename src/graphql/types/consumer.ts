import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTime, PersonalText } from "../scalars.js";
import { ConsumerAnonymization } from "./anonymization.js";
import { Connection } from "./connection.js";
import { Profile } from "./profile.js";
import { ConsumerRef, Environment, PageInfo, Payload, Repeatable } from "./shared.js";

export const ConsumerStatus = {
  PROSPECT: "PROSPECT",
  ACQUIRED: "ACQUIRED",
  REPEAT: "REPEAT",
  ANONYMIZED: "ANONYMIZED",
} as const;
registerEnumType(ConsumerStatus, {
  name: "ConsumerStatus",
  description: "How far the org's story with a shopper has come.",
  valuesConfig: {
    PROSPECT: { description: "No order yet." },
    ACQUIRED: { description: "One order: reported here, or known to a store that the shopper is connected to." },
    REPEAT: { description: "Two orders or more, reported here or known to one store." },
    ANONYMIZED: { description: "Forgotten: nothing can be saved or bought for them any more." },
  },
});

export const ConsumerOrder = { CREATED_AT_ASC: "CREATED_AT_ASC", CREATED_AT_DESC: "CREATED_AT_DESC" } as const;
registerEnumType(ConsumerOrder, {
  name: "ConsumerOrder",
  description: "The order of a list of consumers.",
  valuesConfig: {
    CREATED_AT_ASC: { description: "Oldest first." },
    CREATED_AT_DESC: { description: "Newest first." },
  },
});

@ObjectType({ simpleResolvers: true, description: "A shopper, as one org knows them." })
export class Consumer {
  @Field(() => ID, { description: "`csm_…`" })
  id!: string;

  @Field(() => String, { description: "The org's own id of the shopper." })
  externalId!: string;

  @Field(() => String, {
    description: "3 to 128 characters that stores and people may quote; generated, and may be changed.",
  })
  shopperReference!: string;

  @Field(() => ConsumerStatus, { description: "Derived from the orders reported." })
  status!: keyof typeof ConsumerStatus;

  @Field(() => Int, { description: "How many orders were reported." })
  orderCount!: number;

  @Field(() => Environment, { description: "The environment that the consumer belongs to." })
  environment!: string;

  @Field(() => DateTime, { description: "When the consumer was created." })
  createdAt!: Date;

  @Field(() => DateTime, { description: "When the consumer was last changed." })
  updatedAt!: Date;

  @Field(() => Profile, {
    nullable: true,
    complexity: 3,
    description: "The profile, masked; null when none is saved. Scope: `profiles:read`.",
  })
  profile!: Profile | null;

  @Field(() => [Connection], {
    description: "Standing permissions at stores; at most one for each Store. Scope: `connections:read`.",
  })
  connections!: readonly Connection[];

  @Field(() => ConsumerAnonymization, {
    nullable: true,
    simple: false,
    complexity: 5,
    description:
      "The newest wish to be forgotten; null when there was none. Once the shopper is forgotten, the consumer itself is found no more, and the request by its id. Scope: `anonymizations:read`.",
  })
  anonymization!: ConsumerAnonymization | null;
}

@ObjectType({ simpleResolvers: true, description: "A page of consumers." })
export class ConsumerPage {
  @Field(() => [Consumer], { description: "The consumers of this page." })
  nodes!: readonly Consumer[];

  @Field(() => PageInfo, { description: "Where the page lies." })
  pageInfo!: PageInfo;

  @Field(() => Int, {
    complexity: 50,
    description: "How many match the filter altogether. Ask only when needed: it counts.",
  })
  totalCount!: number;
}

@InputType({ description: "Which consumers; all that is given must hold." })
export class ConsumerFilter {
  @Field(() => ConsumerStatus, { nullable: true, description: "Only with this status." })
  status?: keyof typeof ConsumerStatus | null;

  @Field(() => PersonalText, { nullable: true, description: "Only whose saved e-mail is exactly this one." })
  email?: unknown;

  @Field(() => PersonalText, { nullable: true, description: "Only whose saved document is exactly this one." })
  document?: unknown;

  @Field(() => String, { nullable: true, description: "Only whose `externalId` begins with this." })
  externalIdPrefix?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Only created at or after this instant." })
  createdAfter?: Date | null;

  @Field(() => DateTime, { nullable: true, description: "Only created before this instant." })
  createdBefore?: Date | null;
}

@InputType({ description: "A consumer to create." })
export class CreateConsumerInput extends Repeatable {
  @Field(() => String, { description: "The org's own id of the shopper, not a personal datum; 1 to 128 characters." })
  externalId!: string;

  @Field(() => String, { nullable: true, description: "3 to 128 characters; generated when absent." })
  shopperReference?: string | null;
}

@InputType({ description: "What to change of a consumer; what is absent stays." })
export class UpdateConsumerInput extends Repeatable {
  @Field(() => ConsumerRef, { description: "The consumer." })
  consumer!: ConsumerRef;

  @Field(() => String, { nullable: true, description: "The org's new id of the shopper." })
  externalId?: string | null;

  @Field(() => String, { nullable: true, description: "The new reference, 3 to 128 characters." })
  shopperReference?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `createConsumer`." })
export class CreateConsumerPayload extends Payload {
  @Field(() => Consumer, { nullable: true, description: "The new consumer." })
  consumer!: Consumer | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `updateConsumer`." })
export class UpdateConsumerPayload extends Payload {
  @Field(() => Consumer, { nullable: true, description: "The consumer as it is now." })
  consumer!: Consumer | null;
}
