import { Field, ID, InputType, ObjectType, registerEnumType } from "type-graphql";
import type { ScopeName } from "../../identity/index.js";
import { DateTime } from "../scalars.js";
import { Environment, PageInfo, Payload, Repeatable, Scope } from "./shared.js";

export const OwnerKind = { USER: "USER", SERVICE: "SERVICE" } as const;
registerEnumType(OwnerKind, {
  name: "OwnerKind",
  description: "Who answers for an API key.",
  valuesConfig: {
    USER: { description: "A person of the org." },
    SERVICE: { description: "A program. It may not ask for anonymization." },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: "An API key of the org. The key itself is shown once, when it is created.",
})
export class ApiKey {
  @Field(() => ID, { description: "`key_…`" })
  id!: string;

  @Field(() => String, { description: "What the org calls this key." })
  name!: string;

  @Field(() => Environment, { description: "The environment that it opens." })
  environment!: string;

  @Field(() => String, { description: "Its last four characters, to tell keys apart." })
  last4!: string;

  @Field(() => [Scope], { description: "What it may do." })
  scopes!: readonly ScopeName[];

  @Field(() => OwnerKind, { description: "Whether a person or a program holds it." })
  ownerKind!: keyof typeof OwnerKind;

  @Field(() => String, { description: "Name of the person or the program." })
  ownerName!: string;

  @Field(() => DateTime, { description: "When it was created." })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When it stops working; null: never by itself." })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When it was revoked." })
  revokedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When it was last used, to within some minutes." })
  lastUsedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "A page of API keys, newest first." })
export class ApiKeyPage {
  @Field(() => [ApiKey], { description: "The keys of this page." })
  nodes!: readonly ApiKey[];

  @Field(() => PageInfo, { description: "Where the page lies." })
  pageInfo!: PageInfo;
}

@InputType({ description: "A new API key. It belongs to the org and the environment of the key that asks." })
export class CreateApiKeyInput extends Repeatable {
  @Field(() => String, { description: "What to call it." })
  name!: string;

  @Field(() => [Scope], { description: "What it may do; only scopes that the asking key has itself." })
  scopes!: readonly ScopeName[];

  @Field(() => OwnerKind, { description: "Whether a person or a program will hold it." })
  ownerKind!: keyof typeof OwnerKind;

  @Field(() => String, { description: "Name of the person or the program." })
  ownerName!: string;

  @Field(() => DateTime, { nullable: true, description: "When it shall stop working." })
  expiresAt?: Date | null;
}

@InputType({ description: "An API key to revoke." })
export class RevokeApiKeyInput extends Repeatable {
  @Field(() => ID, { description: "`key_…`" })
  id!: string;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `createApiKey`." })
export class CreateApiKeyPayload extends Payload {
  @Field(() => ApiKey, { nullable: true, description: "The new key." })
  apiKey!: ApiKey | null;

  @Field(() => String, {
    nullable: true,
    description: "The key's text, shown this once; null when the answer is a repetition.",
  })
  secret!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `revokeApiKey`." })
export class RevokeApiKeyPayload extends Payload {
  @Field(() => ApiKey, { nullable: true, description: "The revoked key." })
  apiKey!: ApiKey | null;
}
