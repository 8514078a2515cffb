import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../scalars.js";
import { Consumer } from "./consumer.js";
import { ProfileInput } from "./profile.js";
import { ConsumerRef, Payload, Repeatable, StoreRef } from "./shared.js";
import { Store } from "./store.js";

export const CheckoutState = { PENDING: "PENDING", APPLIED: "APPLIED", ORDERED: "ORDERED", FAILED: "FAILED" } as const;
registerEnumType(CheckoutState, {
  name: "CheckoutState",
  description: "How far a checkout identity has come.",
  valuesConfig: {
    PENDING: { description: "Begun, and not yet settled." },
    APPLIED: { description: "The store's cart carries the shopper's identity." },
    ORDERED: { description: "An order was reported for it." },
    FAILED: {
      description:
        "The store said no, or it was interrupted; what was begun has been undone where the store allows it.",
    },
  },
});

export const FieldSource = { OVERRIDE: "OVERRIDE", PROFILE: "PROFILE", DERIVED: "DERIVED" } as const;
registerEnumType(FieldSource, {
  name: "FieldSource",
  description: "Where an applied value came from.",
  valuesConfig: {
    OVERRIDE: { description: "From the request's `overrides`; not stored." },
    PROFILE: { description: "From the saved profile." },
    DERIVED: { description: "Made from other values, such as the receiver from the buyer's name." },
  },
});

export const ReadinessState = {
  READY: "READY",
  PROFILE_INCOMPLETE: "PROFILE_INCOMPLETE",
  LOGIN_REQUIRED: "LOGIN_REQUIRED",
  ADDRESS_REQUIRED: "ADDRESS_REQUIRED",
  STORE_UNAVAILABLE: "STORE_UNAVAILABLE",
  PERMISSION_MISSING: "PERMISSION_MISSING",
} as const;
registerEnumType(ReadinessState, {
  name: "ReadinessState",
  description: "Whether a checkout could be filled in now.",
  valuesConfig: {
    READY: { description: "Yes." },
    PROFILE_INCOMPLETE: { description: "Fields are missing that this store needs." },
    LOGIN_REQUIRED: { description: "The store wants the shopper to log in." },
    ADDRESS_REQUIRED: { description: "The shopper has to choose a delivery address at the store." },
    STORE_UNAVAILABLE: { description: "The store does not answer at the moment." },
    PERMISSION_MISSING: { description: "The org's credential at the store lacks a permission." },
  },
});

@ObjectType({ simpleResolvers: true, description: "Whether a checkout could be filled in now, and what to do if not." })
export class CheckoutReadiness {
  @Field(() => Boolean, { description: "Whether `state` is `READY`." })
  ready!: boolean;

  @Field(() => ReadinessState, { description: "What stands in the way." })
  state!: keyof typeof ReadinessState;

  @Field(() => [String], { description: "Paths of the profile fields that are missing." })
  missing!: readonly string[];

  @Field(() => String, { nullable: true, description: "The one thing to do next; null when ready." })
  nextAction!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `checkoutReadiness`." })
export class CheckoutReadinessPayload extends Payload {
  @Field(() => CheckoutReadiness, { nullable: true, description: "The readiness; null when there are user errors." })
  readiness!: CheckoutReadiness | null;
}

@ObjectType({ simpleResolvers: true, description: "An amount of money." })
export class Money {
  @Field(() => Int, { description: "In the currency's minor unit, such as cents." })
  amountMinor!: number;

  @Field(() => String, { description: "ISO 4217, such as `BRL`." })
  currency!: string;
}

@ObjectType({ simpleResolvers: true, description: "One field that was filled in at the store." })
export class AppliedField {
  @Field(() => String, { description: "Its path, such as `buyer.email`." })
  path!: string;

  @Field(() => FieldSource, { description: "Where its value came from." })
  source!: keyof typeof FieldSource;

  @Field(() => String, { description: "Its mask." })
  mask!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: "A live view of the shopper's own login at the store, opened at what they buy.",
})
export class HandOff {
  @Field(() => String, {
    description:
      "Show it to the shopper and to nobody else: whoever opens it first goes on in their place. Good for one claim.",
  })
  liveViewUrl!: string;

  @Field(() => String, { description: "The live view's opaque handle, `bs_…`." })
  sessionId!: string;

  @Field(() => DateTime, { description: "When it ends, unless the shopper asks for more time." })
  expiresAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: "A shopper's identity, applied to one cart at one store." })
export class CheckoutIdentity {
  @Field(() => ID, { description: "`chk_…`" })
  id!: string;

  @Field(() => Consumer, { description: "Whose identity." })
  consumer!: Consumer;

  @Field(() => Store, { description: "At which store." })
  store!: Store;

  @Field(() => CheckoutState, { description: "How far it has come." })
  state!: keyof typeof CheckoutState;

  @Field(() => String, { nullable: true, description: "Why it has this state." })
  statusReason!: string | null;

  @Field(() => String, { nullable: true, description: "The one thing to do next." })
  nextAction!: string | null;

  @Field(() => String, { nullable: true, description: "The store's id of the cart." })
  cartId!: string | null;

  @Field(() => String, { nullable: true, description: "Where the shopper finishes and pays." })
  checkoutUrl!: string | null;

  @Field(() => Money, { nullable: true, description: "The cart's total, as the store read it back." })
  total!: Money | null;

  @Field(() => [AppliedField], { description: "What was filled in, and where each value came from." })
  fields!: readonly AppliedField[];

  @Field(() => [String], { description: "What the store remarked, without personal data." })
  remarks!: readonly string[];

  @Field(() => HandOff, {
    nullable: true,
    description: "Where the shopper finishes and pays, when nobody else can; null once it is over.",
  })
  handOff!: HandOff | null;

  @Field(() => String, { nullable: true, description: "The order that was reported for it." })
  orderReference!: string | null;

  @Field(() => DateTime, { description: "When it was begun." })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When the store had answered." })
  settledAt!: Date | null;
}

@InputType({ description: "One thing to buy." })
export class CartItemInput {
  @Field(() => String, { description: "The store's id of the item." })
  id!: string;

  @Field(() => Int, { nullable: true, defaultValue: 1, description: "How many." })
  quantity?: number | null;

  @Field(() => String, { nullable: true, description: "The store's id of the seller, where it has several." })
  seller?: string | null;
}

@InputType({ description: "A cart: one that exists, or items for a new one. Exactly one of the two." })
export class CartInput {
  @Field(() => String, { nullable: true, description: "The store's id of a cart that exists." })
  id?: string | null;

  @Field(() => [CartItemInput], { nullable: true, description: "Items for a new cart, at least one." })
  items?: readonly CartItemInput[] | null;

  @Field(() => String, {
    nullable: true,
    description: "The `https` address of one product, for stores where the shopper buys in a live view.",
  })
  url?: string | null;
}

@InputType({ description: "Whose identity to apply to which cart." })
export class ApplyCheckoutIdentityInput extends Repeatable {
  @Field(() => ConsumerRef, { description: "The consumer." })
  consumer!: ConsumerRef;

  @Field(() => StoreRef, { description: "The store." })
  store!: StoreRef;

  @Field(() => CartInput, { description: "The cart." })
  cart!: CartInput;

  @Field(() => ProfileInput, {
    nullable: true,
    description: "Values that win over the profile field by field, for this cart only; not stored.",
  })
  overrides?: ProfileInput | null;

  @Field(() => String, { nullable: true, description: "Why, for the ledger; not a personal datum." })
  purpose?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "Fill the cart in as an operator in this customer's place, `imp_…`: ACTIVE, at this store, of this consumer, begun by this key. The cart's e-mail address is the customer's, or the answer is `IMPERSONATION_LOST`.",
  })
  impersonationSession?: string | null;
}

@InputType({ description: "An order that was placed: for a checkout identity, or for a consumer." })
export class ReportOrderInput extends Repeatable {
  @Field(() => ConsumerRef, { nullable: true, description: "The consumer, when there is no checkout identity." })
  consumer?: ConsumerRef | null;

  @Field(() => StoreRef, { nullable: true, description: "The store, with `consumer`." })
  store?: StoreRef | null;

  @Field(() => ID, { nullable: true, description: "The checkout identity that led to the order." })
  checkoutIdentity?: string | null;

  @Field(() => String, { description: "The store's number of the order; the same one counts once." })
  orderReference!: string;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `applyCheckoutIdentity`." })
export class ApplyCheckoutIdentityPayload extends Payload {
  @Field(() => CheckoutIdentity, { nullable: true, description: "What was applied." })
  checkoutIdentity!: CheckoutIdentity | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `reportOrder`." })
export class ReportOrderPayload extends Payload {
  @Field(() => Consumer, { nullable: true, description: "The consumer with the new status." })
  consumer!: Consumer | null;

  @Field(() => CheckoutIdentity, { nullable: true, description: "The checkout identity, when one was named." })
  checkoutIdentity!: CheckoutIdentity | null;
}
