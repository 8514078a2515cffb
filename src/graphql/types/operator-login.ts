import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../scalars.js";
import { ImpersonationOperator } from "./impersonation.js";
import { PageInfo, Payload, Repeatable, StoreRef } from "./shared.js";
import { Store } from "./store.js";

const OperatorLoginState = {
  ...({ PENDING: "PENDING", ACTIVE: "ACTIVE", EXPIRED: "EXPIRED" } as const),
  ...({ DISCONNECTED: "DISCONNECTED", FAILED: "FAILED" } as const),
};
registerEnumType(OperatorLoginState, {
  name: "OperatorLoginState",
  description: "Whether impersonations can begin with an operator's own login.",
  valuesConfig: {
    PENDING: { description: "The operator has a live view to log in, until `expiresAt`." },
    ACTIVE: { description: "`startImpersonation` without a token uses it, until `expiresAt`." },
    EXPIRED: { description: "Its time is over, or the store does not take it any more." },
    DISCONNECTED: { description: "It was ended, or replaced by a newer one; `stateReason` says which." },
    FAILED: { description: "The operator did not log in." },
  },
});

@ObjectType({
  simpleResolvers: true,
  description:
    "An operator's own login at a store, made in a live view. It is sealed, used only by the key that connected it and for this operator, and never shown.",
})
export class OperatorLogin {
  @Field(() => ID, { description: "`opl_…`" })
  id!: string;

  @Field(() => Store, { description: "At which store." })
  store!: Store;

  @Field(() => OperatorLoginState, { description: "Whether impersonations can begin with it." })
  state!: keyof typeof OperatorLoginState;

  @Field(() => String, {
    nullable: true,
    description:
      "Why it has this state: `REPLACED`, `CANCELLED`, `KEY_REVOKED`, `ISSUER_REVOKED`, `STORE_REMOVED`, `OPERATOR_REJECTED`, `NOT_FINISHED`, `STARTED_AGAIN`, `SESSION_ENDED`, or the code of a user error.",
  })
  stateReason!: string | null;

  @Field(() => String, { nullable: true, description: "The one thing to do next." })
  nextAction!: string | null;

  @Field(() => ImpersonationOperator, { description: "Whose it is." })
  operator!: ImpersonationOperator;

  @Field(() => DateTime, { description: "When it was asked for." })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When the operator had logged in." })
  connectedAt!: Date | null;

  @Field(() => DateTime, {
    description:
      "While PENDING: until when the operator may log in. Afterwards: until when the login is, or was, good.",
  })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When it was over; nothing of it is kept since then." })
  endedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "A page of operators' logins." })
export class OperatorLoginPage {
  @Field(() => [OperatorLogin], { description: "The logins of this page, the newest first." })
  nodes!: readonly OperatorLogin[];

  @Field(() => PageInfo, { description: "Where the page lies." })
  pageInfo!: PageInfo;
}

@InputType({ description: "Which operators' logins." })
export class OperatorLoginFilter {
  @Field(() => StoreRef, { nullable: true, description: "Only at this Store." })
  store?: StoreRef | null;
}

@InputType({ description: "Where an operator logs in, and who." })
export class ConnectOperatorInput extends Repeatable {
  @Field(() => StoreRef, { description: "The store; OPERATOR_LOGIN must be among its `capabilities`." })
  store!: StoreRef;

  @Field(() => String, {
    nullable: true,
    description:
      "A name for the operator, up to 240 characters, no e-mail address; the key's owner when absent. With another name the owner vouches for them.",
  })
  operator?: string | null;
}

@InputType({ description: "An operator's login to end." })
export class DisconnectOperatorInput extends Repeatable {
  @Field(() => ID, { description: "The login, `opl_…`." })
  operatorLogin!: string;
}

@ObjectType({ simpleResolvers: true })
abstract class OperatorLoginPayload extends Payload {
  @Field(() => OperatorLogin, {
    nullable: true,
    description: "The login as it is now; null when there are user errors.",
  })
  operatorLogin!: OperatorLogin | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `connectOperator`." })
export class ConnectOperatorPayload extends OperatorLoginPayload {
  @Field(() => String, {
    nullable: true,
    description: "Where the operator logs in, on the store's own page. For them alone: the link works once.",
  })
  liveViewUrl!: string | null;

  @Field(() => ID, { nullable: true, description: "The live view, for support." })
  sessionId!: string | null;

  @Field(() => DateTime, { nullable: true, description: "Until when the live view is there." })
  expiresAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `disconnectOperator`." })
export class DisconnectOperatorPayload extends OperatorLoginPayload {
  @Field(() => Int, { nullable: true, description: "How many impersonation sessions end with it." })
  ending!: number | null;
}
