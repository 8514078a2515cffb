/** What is done with a connection: what each mutation is given, and what it answers. */
import { Field, ID, InputType, ObjectType, registerEnumType } from "type-graphql";
import { DateTime, PersonalText } from "../scalars.js";
import { Connection } from "./connection.js";
import { GatePass } from "./gate-pass.js";
import { ConsumerRef, Payload, Repeatable, StoreRef } from "./shared.js";

const FormFieldKind = { TEXT: "TEXT", CODE: "CODE", PASSWORD: "PASSWORD" } as const;
registerEnumType(FormFieldKind, {
  name: "FormFieldKind",
  description: "How a field of a form is best shown.",
  valuesConfig: {
    TEXT: { description: "Plain text." },
    CODE: { description: "A code that the store sent to the shopper; used once." },
    PASSWORD: { description: "Hidden while it is typed." },
  },
});

@ObjectType({ simpleResolvers: true, description: "One thing that the store asks the shopper." })
class FormField {
  @Field(() => String, { description: "The name to answer it by." })
  name!: string;

  @Field(() => String, { description: "What the shopper reads." })
  title!: string;

  @Field(() => FormFieldKind, { description: "How it is best shown." })
  kind!: keyof typeof FormFieldKind;
}

@ObjectType({ simpleResolvers: true, description: "What the store asks the shopper." })
class ConnectionForm {
  @Field(() => [FormField], { description: "What to ask, in this order." })
  fields!: readonly FormField[];
}

const ConnectionHealth = {
  LIVE: "LIVE",
  EXPIRED: "EXPIRED",
  REVOKED: "REVOKED",
  INCONCLUSIVE: "INCONCLUSIVE",
} as const;
registerEnumType(ConnectionHealth, {
  name: "ConnectionHealth",
  description: "What the store said of a login.",
  valuesConfig: {
    LIVE: { description: "It works." },
    EXPIRED: { description: "The store no longer honours it; connecting again mends it." },
    REVOKED: { description: "The shopper or the store ended it." },
    INCONCLUSIVE: { description: "The store could not be asked, or its answer proves nothing. Nothing has changed." },
  },
});

@InputType({ description: "Whom to connect, and where." })
export class StartConnectionInput extends Repeatable {
  @Field(() => ConsumerRef, { description: "The consumer." })
  consumer!: ConsumerRef;

  @Field(() => StoreRef, { description: "The store." })
  store!: StoreRef;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "The shopper means another account than the one connected before: the live view begins without its login, and the new one takes its place.",
  })
  confirmOtherAccount?: boolean | null;
}

@InputType({ description: "The shopper's answer to one field of the form." })
export class AnswerInput {
  @Field(() => String, { description: "The field's `name`." })
  name!: string;

  @Field(() => PersonalText, {
    nullable: true,
    description: "What the shopper typed: a password, a code. It goes to the store and is kept nowhere, in no form.",
  })
  value?: unknown;
}

@InputType({ description: "What the shopper answered." })
export class FinishConnectionInput extends Repeatable {
  @Field(() => ID, { description: "The connection, `con_…`." })
  connection!: string;

  @Field(() => [AnswerInput], {
    nullable: true,
    description:
      "An answer for each field of the form; absent where there was none. It is no part of what an idempotency key stands for: give a new key with a new answer.",
  })
  answer?: readonly AnswerInput[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "The shopper wants the account that they logged in to now, even if it is another one than before. Refused as `OTHER_ACCOUNT` otherwise.",
  })
  confirmOtherAccount?: boolean | null;
}

@InputType({ description: "An attempt to give up." })
export class CancelConnectionInput extends Repeatable {
  @Field(() => ID, { description: "The connection, `con_…`." })
  connection!: string;
}

@InputType({ description: "A login to verify." })
export class VerifyConnectionInput extends Repeatable {
  @Field(() => ID, { description: "The connection, `con_…`." })
  connection!: string;
}

@InputType({ description: "A connection to end." })
export class DisconnectInput extends Repeatable {
  @Field(() => ID, { description: "The connection, `con_…`." })
  connection!: string;
}

/** A connection with what the shopper has to do for it now. */
@ObjectType({ simpleResolvers: true })
abstract class ConnectionStep extends Payload {
  @Field(() => Connection, { nullable: true, description: "The connection; null when there are user errors." })
  connection!: Connection | null;

  @Field(() => ConnectionForm, {
    nullable: true,
    description: "What to ask the shopper; answer it with `finishConnection`. Null when nothing is asked.",
  })
  form!: ConnectionForm | null;

  @Field(() => String, { nullable: true, description: "Where to send the shopper instead, at the store." })
  redirectUrl!: string | null;

  @Field(() => GatePass, {
    nullable: true,
    description:
      "What the shopper shows at the store's door; `finishConnection` makes it good. The form beside it need not be answered.",
  })
  gatePass!: GatePass | null;

  @Field(() => DateTime, { nullable: true, description: "Until when the shopper can answer." })
  expiresAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `startConnection`." })
export class StartConnectionPayload extends ConnectionStep {
  @Field(() => String, {
    nullable: true,
    description: "Where the shopper logs in, in a browser that the gateway hosts. Null for stores that need none.",
  })
  liveViewUrl!: string | null;

  @Field(() => ID, { nullable: true, description: "The hosted browser's session. Null for stores that need none." })
  sessionId!: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "The hosted browser's sealed context. Null for stores that need none.",
  })
  contextId!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `finishConnection`." })
export class FinishConnectionPayload extends ConnectionStep {}

@ObjectType({ simpleResolvers: true, description: "Answer of `cancelConnection`." })
export class CancelConnectionPayload extends Payload {
  @Field(() => Connection, { nullable: true, description: "The connection as it is now." })
  connection!: Connection | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `verifyConnection`." })
export class VerifyConnectionPayload extends Payload {
  @Field(() => Connection, { nullable: true, description: "The connection as it is now." })
  connection!: Connection | null;

  @Field(() => ConnectionHealth, {
    nullable: true,
    description: "What the store said; null when there are user errors.",
  })
  health!: keyof typeof ConnectionHealth | null;

  @Field(() => String, { nullable: true, description: "Why the check was inconclusive, for a person." })
  why!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `disconnect`." })
export class DisconnectPayload extends Payload {
  @Field(() => Connection, { nullable: true, description: "The connection as it is now." })
  connection!: Connection | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether the store itself agreed to the end. False while it is down: the connection is over all the same, and the gateway asks again for a day.",
  })
  storeAgreed!: boolean | null;

  @Field(() => String, { nullable: true, description: "What the store made of it, for a person." })
  note!: string | null;
}
