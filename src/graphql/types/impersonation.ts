import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTime, PersonalText } from "../scalars.js";
import { ConsumerRef, PageInfo, Payload, Repeatable, StoreRef } from "./shared.js";
import { Store } from "./store.js";

const ImpersonationSessionState = {
  ...({ VERIFYING: "VERIFYING", ACTIVE: "ACTIVE", ENDING: "ENDING", ENDED: "ENDED" } as const),
  ...({ DENIED: "DENIED", EXPIRED: "EXPIRED", BROKEN: "BROKEN" } as const),
};
registerEnumType(ImpersonationSessionState, {
  name: "ImpersonationSessionState",
  description: "Whether an operator is in a customer's place.",
  valuesConfig: {
    VERIFYING: { description: "The store is being asked." },
    ACTIVE: { description: "The operator can buy for the customer until `expiresAt`." },
    ENDING: { description: "Nobody can act under it any more; the store has not confirmed the end yet." },
    ENDED: { description: "Over, and the store has confirmed it." },
    DENIED: { description: "It never began; `stateReason`, `why` and `nextAction` say what a person can do." },
    EXPIRED: { description: "Over because its time was, and the store has confirmed it." },
    BROKEN: {
      description:
        "With an `endReason`: the store does not confirm the end, and is asked again for a day. Without one: the store let go of the customer's place, after an order say, and the session can be renewed.",
    },
  },
});

@ObjectType({ simpleResolvers: true, description: "A named human who acts for the org." })
export class ImpersonationOperator {
  @Field(() => String, { description: "As the org calls them." })
  name!: string;

  @Field(() => Boolean, { description: "Not the key's own owner: the owner vouches for them." })
  vouched!: boolean;
}

@ObjectType({
  simpleResolvers: true,
  description: "An operator in a customer's place at a store: for a reason, until a time, each step in the ledger.",
})
export class ImpersonationSession {
  @Field(() => ID, { description: "`imp_…`" })
  id!: string;

  @Field(() => ID, {
    nullable: true,
    description: "The customer as the org's consumer, `csm_…`; null when the org keeps none.",
  })
  consumerId!: string | null;

  @Field(() => Store, { description: "At which store." })
  store!: Store;

  @Field(() => ImpersonationSessionState, { description: "Whether the operator is in the customer's place." })
  state!: keyof typeof ImpersonationSessionState;

  @Field(() => String, {
    nullable: true,
    description:
      "Why it has this state: a denial (`APP_MISSING`, `ROLE_MISSING`, `CUSTOMER_UNKNOWN`, `CUSTOMER_NOT_LOADED`, `CUSTOMER_IS_OPERATOR`, `OPERATOR_REJECTED`), the code of a user error, or an `endReason`.",
  })
  stateReason!: string | null;

  @Field(() => String, { nullable: true, description: "The reason in words, for a person." })
  why!: string | null;

  @Field(() => String, { nullable: true, description: "The one thing to do next." })
  nextAction!: string | null;

  @Field(() => ImpersonationOperator, { description: "Who acts." })
  operator!: ImpersonationOperator;

  @Field(() => String, { description: "Why, as the operator said." })
  reason!: string;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether the store lets this operator impersonate customers; null when it was not asked or did not say.",
  })
  canImpersonate!: boolean | null;

  @Field(() => ID, { nullable: true, description: "The store's own id of the customer; null once it is over." })
  storeUserId!: string | null;

  @Field(() => String, { nullable: true, description: "The customer's e-mail address, masked; null once it is over." })
  storeUserEmail!: string | null;

  @Field(() => String, { nullable: true, description: "The account at the store in which it holds." })
  account!: string | null;

  @Field(() => DateTime, { description: "When it was asked for." })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When the store agreed." })
  startedAt!: Date | null;

  @Field(() => DateTime, {
    description: "When it ends at the latest; the gateway ends it, whatever the store would allow.",
  })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When it was over at the store." })
  endedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Why it ends: `ENDED_BY_CALLER`, `EXPIRED`, `KEY_EXPIRED`, `KEY_REVOKED`, `TOKEN_EXPIRED` or `ISSUER_REVOKED` (of a token that the org issued), `OPERATOR_DISCONNECTED`, `STORE_REMOVED`, `CUSTOMER_FORGOTTEN`, `SWITCHED_OFF`, `INTERRUPTED`, `CONNECTION_EXPIRED` or `CONNECTION_REVOKED` (the store had ended it), or why it was denied.",
  })
  endReason!: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether the store confirmed the end; null before it was asked.",
  })
  storeAgreed!: boolean | null;
}

@ObjectType({ simpleResolvers: true, description: "A page of impersonation sessions." })
export class ImpersonationSessionPage {
  @Field(() => [ImpersonationSession], { description: "The sessions of this page, the newest first." })
  nodes!: readonly ImpersonationSession[];

  @Field(() => PageInfo, { description: "Where the page lies." })
  pageInfo!: PageInfo;
}

@InputType({ description: "Which impersonation sessions; all that is given must hold." })
export class ImpersonationSessionFilter {
  @Field(() => ConsumerRef, { nullable: true, description: "Only in this consumer's place." })
  consumer?: ConsumerRef | null;

  @Field(() => StoreRef, { nullable: true, description: "Only at this Store." })
  store?: StoreRef | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "True: only those that are, or may be, alive at the store. False: only those that are not.",
  })
  alive?: boolean | null;
}

@InputType({ description: "The customer, by exactly one of the two." })
export class ImpersonatedCustomerInput {
  @Field(() => PersonalText, {
    nullable: true,
    description: "The e-mail address by which the store knows the customer. Sealed while the session lasts.",
  })
  email?: unknown;

  @Field(() => ConsumerRef, {
    nullable: true,
    description: "A consumer, by whose saved e-mail address the store is asked.",
  })
  consumer?: ConsumerRef | null;
}

@InputType({ description: "Who acts, and what proves it to the store." })
export class ImpersonationOperatorInput {
  @Field(() => String, {
    nullable: true,
    description:
      "A name for the operator, up to 240 characters, no e-mail address; the key's owner when absent. With another name the owner vouches for them.",
  })
  name?: string | null;

  @Field(() => PersonalText, {
    nullable: true,
    description:
      "The operator's own login at the store (VTEX: the value of `VtexIdclientAutCookie`), where the store wants one and `connectOperator` has not connected it. Write-only: it is proven first, sealed while the session lasts, under a key that is deleted at its end, and no part of what an idempotency key stands for.",
  })
  token?: unknown;
}

@InputType({ description: "Whose place to take, where, who, why, and for how long." })
export class StartImpersonationInput extends Repeatable {
  @Field(() => StoreRef, { description: "The store; IMPERSONATION must be among its `capabilities`." })
  store!: StoreRef;

  @Field(() => ImpersonatedCustomerInput, { description: "The customer." })
  customer!: ImpersonatedCustomerInput;

  @Field(() => ImpersonationOperatorInput, {
    nullable: true,
    description: "The operator; the key's owner when absent.",
  })
  operator?: ImpersonationOperatorInput | null;

  @Field(() => String, { description: "Why, for the ledger; 1 to 240 characters without personal data." })
  reason!: string;

  @Field(() => Int, { nullable: true, description: "For how long, in seconds: 60 to 28800, 1800 when absent." })
  ttl?: number | null;
}

@InputType({ description: "An impersonation session to take up again." })
export class RenewImpersonationInput extends Repeatable {
  @Field(() => ID, { description: "The session, `imp_…`." })
  impersonationSession!: string;
}

@InputType({ description: "An impersonation session to end." })
export class EndImpersonationInput extends Repeatable {
  @Field(() => ID, { description: "The session, `imp_…`." })
  impersonationSession!: string;
}

@InputType({ description: "The org's switch." })
export class SwitchImpersonationsInput extends Repeatable {
  @Field(() => Boolean, { description: "False ends all that there are, and none begins until it is true again." })
  on!: boolean;
}

@ObjectType({ simpleResolvers: true })
abstract class ImpersonationPayload extends Payload {
  @Field(() => ImpersonationSession, {
    nullable: true,
    description: "The session as it is now; null when there are user errors.",
  })
  impersonationSession!: ImpersonationSession | null;
}

@ObjectType({
  simpleResolvers: true,
  description: "Answer of `startImpersonation`. A denial of the store is a session in the state `DENIED`.",
})
export class StartImpersonationPayload extends ImpersonationPayload {}

@ObjectType({ simpleResolvers: true, description: "Answer of `renewImpersonation`." })
export class RenewImpersonationPayload extends ImpersonationPayload {}

@ObjectType({ simpleResolvers: true, description: "Answer of `endImpersonation`." })
export class EndImpersonationPayload extends ImpersonationPayload {
  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether the store itself, asked again, no longer has the operator in that place. The gateway asks again for a day otherwise.",
  })
  storeAgreed!: boolean | null;

  @Field(() => String, { nullable: true, description: "What the store made of it, for a person." })
  note!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `switchImpersonations`." })
export class SwitchImpersonationsPayload extends Payload {
  @Field(() => Boolean, { nullable: true, description: "How the switch is now; null when there are user errors." })
  on!: boolean | null;

  @Field(() => Int, { nullable: true, description: "How many sessions it ends." })
  ending!: number | null;
}
