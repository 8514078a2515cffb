import { Field, ID, InputType, ObjectType, registerEnumType } from "type-graphql";
import { DateTime, JsonValue } from "../scalars.js";
import { ApiKey } from "./api-key.js";
import { ConsumerRef, PageInfo } from "./shared.js";

export const ActorKind = { API_KEY: "API_KEY", TOKEN: "TOKEN", CLOCK: "CLOCK", CLI: "CLI" } as const;
registerEnumType(ActorKind, {
  name: "ActorKind",
  description: "Who decided.",
  valuesConfig: {
    API_KEY: { description: "A caller with an API key." },
    TOKEN: { description: "A caller with a token that the org issued; `facts.owner` names its owner's id." },
    CLOCK: { description: "The gateway's own clock." },
    CLI: { description: "A person at the command line." },
  },
});

@ObjectType({ simpleResolvers: true, description: "One line of the ledger: one decision, without personal data." })
export class AuditEvent {
  @Field(() => ID, { description: "`evt_…`" })
  id!: string;

  @Field(() => DateTime, { description: "When it was decided." })
  at!: Date;

  @Field(() => String, { description: "What, as noun and verb: `profile.saved`." })
  action!: string;

  @Field(() => ActorKind, { description: "Who." })
  actorKind!: keyof typeof ActorKind;

  @Field(() => ID, { nullable: true, description: "Which API key." })
  actorId!: string | null;

  @Field(() => ApiKey, {
    nullable: true,
    simple: false,
    description:
      "The API key that decided, and so its owner; null for the clock and the command line. Scope: `keys:read`.",
  })
  actor!: ApiKey | null;

  @Field(() => String, { nullable: true, description: "The noun of what it was done to." })
  subjectKind!: string | null;

  @Field(() => ID, { nullable: true, description: "The id of what it was done to." })
  subjectId!: string | null;

  @Field(() => ID, { nullable: true, description: "The consumer that it concerns." })
  consumerId!: string | null;

  @Field(() => String, { nullable: true, description: "Why, as the caller said." })
  purpose!: string | null;

  @Field(() => String, { description: "How it ended." })
  outcome!: string;

  @Field(() => String, { nullable: true, description: "The request that it was decided in." })
  requestId!: string | null;

  @Field(() => JsonValue, { description: "Ids, codes, counts and field paths." })
  facts!: unknown;
}

@ObjectType({ simpleResolvers: true, description: "A page of the ledger, newest first." })
export class AuditEventPage {
  @Field(() => [AuditEvent], { description: "The lines of this page." })
  nodes!: readonly AuditEvent[];

  @Field(() => PageInfo, { description: "Where the page lies." })
  pageInfo!: PageInfo;
}

@InputType({ description: "Which lines; all that is given must hold." })
export class AuditEventFilter {
  @Field(() => ConsumerRef, { nullable: true, description: "Only about this consumer." })
  consumer?: ConsumerRef | null;

  @Field(() => String, { nullable: true, description: "Only this action, such as `profile.used`." })
  action?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Only at or after this instant." })
  after?: Date | null;

  @Field(() => DateTime, { nullable: true, description: "Only before this instant." })
  before?: Date | null;
}
