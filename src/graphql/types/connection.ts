import { Field, ID, InputType, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../scalars.js";
import { ConsumerRef, PageInfo, StoreRef } from "./shared.js";
import { Store } from "./store.js";
import { StoreAccount } from "./store-account.js";

export const ConnectionVia = { PROFILE: "PROFILE", LOGIN: "LOGIN" } as const;
registerEnumType(ConnectionVia, {
  name: "ConnectionVia",
  description: "What a connection rests on.",
  valuesConfig: {
    PROFILE: { description: "The saved profile, filled in at a guest checkout." },
    LOGIN: { description: "A login that the shopper made at the store." },
  },
});

export const ConnectionStatus = {
  PENDING: "PENDING",
  ACTIVE: "ACTIVE",
  EXPIRED: "EXPIRED",
  DISCONNECTED: "DISCONNECTED",
  FAILED: "FAILED",
} as const;
registerEnumType(ConnectionStatus, {
  name: "ConnectionStatus",
  description: "Whether a connection can be used.",
  valuesConfig: {
    PENDING: { description: "Being made; the shopper has something to do." },
    ACTIVE: { description: "It worked when last used or verified." },
    EXPIRED: { description: "The store no longer honours it; connecting again mends it." },
    DISCONNECTED: { description: "Ended by the shopper, the org or the store." },
    FAILED: { description: "It could not be made." },
  },
});

@ObjectType({ simpleResolvers: true, description: "The standing permission of a consumer at a store." })
export class Connection {
  @Field(() => ID, { description: "`con_…`" })
  id!: string;

  @Field(() => ID, { description: "Whose it is, `csm_…`." })
  consumerId!: string;

  @Field(() => Store, { description: "The store." })
  store!: Store;

  @Field(() => ConnectionVia, { description: "What it rests on." })
  via!: keyof typeof ConnectionVia;

  @Field(() => ConnectionStatus, { description: "Whether it can be used." })
  status!: keyof typeof ConnectionStatus;

  @Field(() => String, {
    nullable: true,
    description:
      "Why it has this status: the code of a user error, such as `CONNECTION_REVOKED`, or `CANCELLED` or `NOT_FINISHED`.",
  })
  statusReason!: string | null;

  @Field(() => String, { nullable: true, description: "The one thing to do next." })
  nextAction!: string | null;

  @Field(() => String, { nullable: true, description: "Which account at the store, masked." })
  accountLabel!: string | null;

  @Field(() => StoreAccount, {
    nullable: true,
    simple: false,
    complexity: 5,
    description:
      "What the store says of the shopper's account there; null where it says nothing. Scope: `connections:read`.",
  })
  account!: StoreAccount | null;

  @Field(() => DateTime, { description: "When it was made." })
  createdAt!: Date;

  @Field(() => DateTime, { description: "When it was last changed." })
  updatedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When the store last confirmed it." })
  lastVerifiedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When it was last used." })
  lastUsedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "A page of connections." })
export class ConnectionPage {
  @Field(() => [Connection], { description: "The connections of this page, the newest first." })
  nodes!: readonly Connection[];

  @Field(() => PageInfo, { description: "Where the page lies." })
  pageInfo!: PageInfo;
}

@InputType({ description: "Which connections; all that is given must hold." })
export class ConnectionFilter {
  @Field(() => ConsumerRef, { nullable: true, description: "Only this consumer's." })
  consumer?: ConsumerRef | null;

  @Field(() => StoreRef, { nullable: true, description: "Only at this Store." })
  store?: StoreRef | null;

  @Field(() => ConnectionStatus, { nullable: true, description: "Only with this status." })
  status?: keyof typeof ConnectionStatus | null;
}
