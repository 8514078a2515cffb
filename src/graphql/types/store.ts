import { Field, ID, InputType, ObjectType, registerEnumType } from "type-graphql";
import { DateTime, JsonValue } from "../scalars.js";
import { Environment, PageInfo, Payload, Repeatable, StoreRef } from "./shared.js";

export const Capability = {
  CHECKOUT_IDENTITY: "CHECKOUT_IDENTITY",
  ANONYMIZATION: "ANONYMIZATION",
  IMPERSONATION: "IMPERSONATION",
  OPERATOR_LOGIN: "OPERATOR_LOGIN",
  LIVE_VIEW: "LIVE_VIEW",
  INBOUND_ROUTES: "INBOUND_ROUTES",
} as const;
registerEnumType(Capability, {
  name: "Capability",
  description: "What an adapter can do at its stores.",
  valuesConfig: {
    CHECKOUT_IDENTITY: { description: "Fill in a shopper's identity at checkout." },
    ANONYMIZATION: { description: "Ask the store to forget a shopper." },
    IMPERSONATION: { description: "Let an operator buy for a shopper." },
    OPERATOR_LOGIN: { description: "Let that operator log in once, on the store's own page." },
    LIVE_VIEW: { description: "Let the shopper log in on the store's own page." },
    INBOUND_ROUTES: { description: "Be called by the store." },
  },
});

@ObjectType({ simpleResolvers: true, description: "A kind of store that the gateway knows how to speak to." })
export class Adapter {
  @Field(() => ID, { description: "Its permanent name, such as `vtex`." })
  id!: string;

  @Field(() => String, { description: "What people read." })
  title!: string;

  @Field(() => [Capability], { description: "What it can do." })
  capabilities!: readonly (keyof typeof Capability)[];

  @Field(() => JsonValue, { description: "JSON Schema of a Store's `settings`." })
  settingsSchema!: unknown;

  @Field(() => JsonValue, { description: "JSON Schema of a Store's `credentials`." })
  credentialsSchema!: unknown;

  @Field(() => [String], { description: "Profile fields without which its checkout fails, such as `buyer.email`." })
  requiredFields!: readonly string[];

  @Field(() => [String], { description: "Profile fields that its checkout also takes." })
  optionalFields!: readonly string[];
}

@ObjectType({
  simpleResolvers: true,
  description: "A store of the org: an adapter with settings and sealed credentials.",
})
export class Store {
  @Field(() => ID, { description: "`sto_…`" })
  id!: string;

  @Field(() => String, { description: "Its name within the org, such as `cobasi`." })
  slug!: string;

  @Field(() => String, { description: "What people read." })
  title!: string;

  @Field(() => Adapter, { description: "How the gateway speaks to it." })
  adapter!: Adapter;

  @Field(() => Environment, { description: "The environment that it belongs to." })
  environment!: string;

  @Field(() => JsonValue, { description: "Its settings, as the adapter's `settingsSchema` says." })
  settings!: unknown;

  @Field(() => Boolean, { description: "Whether credentials are kept for it. They are never answered." })
  hasCredentials!: boolean;

  @Field(() => [Capability], { description: "What can be done at it." })
  capabilities!: readonly (keyof typeof Capability)[];

  @Field(() => DateTime, { description: "When it was registered." })
  createdAt!: Date;

  @Field(() => DateTime, { description: "When it was last changed." })
  updatedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: "A page of Stores." })
export class StorePage {
  @Field(() => [Store], { description: "The Stores of this page." })
  nodes!: readonly Store[];

  @Field(() => PageInfo, { description: "Where the page lies." })
  pageInfo!: PageInfo;
}

@InputType({ description: "A Store to set up. It belongs to the environment of the asking key." })
export class RegisterStoreInput extends Repeatable {
  @Field(() => ID, { description: "The adapter's name, as `adapters` lists it." })
  adapter!: string;

  @Field(() => String, { description: "A name within the org: lower-case letters, digits and hyphens." })
  slug!: string;

  @Field(() => String, { description: "What people read." })
  title!: string;

  @Field(() => JsonValue, { description: "As the adapter's `settingsSchema` says." })
  settings!: unknown;

  @Field(() => JsonValue, {
    nullable: true,
    description: "As the adapter's `credentialsSchema` says. Sealed, and never answered.",
  })
  credentials?: unknown;
}

@InputType({ description: "What to change of a Store; what is absent stays." })
export class UpdateStoreInput extends Repeatable {
  @Field(() => StoreRef, { description: "The Store." })
  store!: StoreRef;

  @Field(() => String, { nullable: true, description: "What people read." })
  title?: string | null;

  @Field(() => JsonValue, { nullable: true, description: "The whole new settings." })
  settings?: unknown;

  @Field(() => JsonValue, { nullable: true, description: "The whole new credentials; null removes them." })
  credentials?: unknown;
}

@InputType({ description: "A Store to remove. Its checkouts stay readable." })
export class RemoveStoreInput extends Repeatable {
  @Field(() => StoreRef, { description: "The Store." })
  store!: StoreRef;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `registerStore`." })
export class RegisterStorePayload extends Payload {
  @Field(() => Store, { nullable: true, description: "The new Store." })
  store!: Store | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `updateStore`." })
export class UpdateStorePayload extends Payload {
  @Field(() => Store, { nullable: true, description: "The Store as it is now." })
  store!: Store | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `removeStore`." })
export class RemoveStorePayload extends Payload {
  @Field(() => Store, { nullable: true, description: "The Store as it was." })
  store!: Store | null;
}
