import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { ApiKey, OwnerKind } from "./api-key.js";
import { Environment } from "./shared.js";

export const CpfPolicy = { FORMAT: "FORMAT", STRICT: "STRICT" } as const;
registerEnumType(CpfPolicy, {
  name: "CpfPolicy",
  description: "How strictly a CPF is judged.",
  valuesConfig: {
    FORMAT: { description: "Eleven digits are enough; wrong check digits are a warning." },
    STRICT: { description: "Wrong check digits are refused." },
  },
});

export const EmailDomainPolicy = { SHOW: "SHOW", HIDE: "HIDE" } as const;
registerEnumType(EmailDomainPolicy, {
  name: "EmailDomainPolicy",
  description: "Whether a masked e-mail shows its domain.",
  valuesConfig: {
    SHOW: { description: "`a•••@example.com`" },
    HIDE: { description: "`•••`, because a domain of one's own names a person." },
  },
});

@ObjectType({ simpleResolvers: true, description: "The organisation that an API key belongs to." })
export class Org {
  @Field(() => ID, { description: "`org_…`" })
  id!: string;

  @Field(() => String, { description: "What the org is called." })
  name!: string;

  @Field(() => CpfPolicy, { description: "How strictly a CPF is judged." })
  cpfPolicy!: keyof typeof CpfPolicy;

  @Field(() => EmailDomainPolicy, { description: "Whether a masked e-mail shows its domain." })
  emailDomainPolicy!: keyof typeof EmailDomainPolicy;
}

@ObjectType({ simpleResolvers: true, description: "Who holds an API key, or whom a token names." })
class CallerOwner {
  @Field(() => OwnerKind, { description: "A person or a program." })
  kind!: keyof typeof OwnerKind;

  @Field(() => String, { description: "The name that the key was made with, or the id that the token names." })
  name!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: "Who is asking: the org, the environment and the key behind this request.",
})
export class Viewer {
  @Field(() => Org, { description: "The org that the key belongs to." })
  org!: Org;

  @Field(() => Environment, { description: "The environment that the key belongs to." })
  environment!: string;

  @Field(() => ApiKey, { nullable: true, description: "The key itself; null when a token asks." })
  apiKey!: ApiKey | null;

  @Field(() => CallerOwner, { description: "Who holds the key or the token." })
  owner!: CallerOwner;
}
