import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../scalars.js";
import { ConsumerRef, PageInfo, Payload, Repeatable, StoreRef } from "./shared.js";
import { Store } from "./store.js";

const Regulation = { LGPD: "LGPD", GDPR: "GDPR", CCPA: "CCPA" } as const;
registerEnumType(Regulation, {
  name: "Regulation",
  description: "The law that a shopper asks by; it sets the deadline.",
  valuesConfig: {
    LGPD: { description: "Brazil: 15 days." },
    GDPR: { description: "European Union: one month." },
    CCPA: { description: "California: 45 days from receipt." },
  },
});

const AnonymizationStatus = {
  ...{ REQUESTED: "REQUESTED", IN_PROGRESS: "IN_PROGRESS", COMPLETED: "COMPLETED" },
  ...{ CANCELLED: "CANCELLED", FAILED: "FAILED" },
} as const;
registerEnumType(AnonymizationStatus, {
  name: "AnonymizationStatus",
  description: "How far a request to be forgotten is. It only ever moves forward.",
  valuesConfig: {
    REQUESTED: { description: "The consumer is frozen, and nothing else was done. Cancelling restores everything." },
    IN_PROGRESS: { description: "Stores are asked; once `shreddedAt` is set, nothing brings the shopper back." },
    COMPLETED: { description: "Everything was forgotten, here and at the stores, as the receipt says." },
    CANCELLED: { description: "Taken back; the consumer is as before." },
    FAILED: { description: "Forgotten here, and not at every store; the steps say where." },
  },
});

const AnonymizationStepName = {
  ...{ FREEZE: "FREEZE", STORE: "STORE", LOGINS: "LOGINS", SUPPRESS: "SUPPRESS" },
  ...{ SHRED: "SHRED", PURGE: "PURGE", RECEIPT: "RECEIPT" },
} as const;
registerEnumType(AnonymizationStepName, {
  name: "AnonymizationStepName",
  description: "What is done, in this order.",
  valuesConfig: {
    FREEZE: { description: "Nothing new is begun; live views end, and checkouts under way are waited for." },
    STORE: { description: "One store is asked to forget; there is one such step for each store." },
    LOGINS: { description: "Logins are ended at their stores, and browser contexts deleted." },
    SUPPRESS: { description: "Keyed digests are kept, so that an import does not bring the shopper back." },
    SHRED: { description: "Keys, profile, index and connections are destroyed." },
    PURGE: { description: "Orders and carts by the stores' numbers, reasons and idempotency keys are deleted." },
    RECEIPT: { description: "The receipt is signed and chained to the one before." },
  },
});

const AnonymizationStepStatus = {
  ...{ WAITING: "WAITING", IN_PROGRESS: "IN_PROGRESS", AWAITING_OPERATOR: "AWAITING_OPERATOR" },
  ...{ AWAITING_SHOPPER: "AWAITING_SHOPPER", DONE: "DONE", SKIPPED: "SKIPPED", FAILED: "FAILED" },
  ...{ CANCELLED: "CANCELLED" },
} as const;
registerEnumType(AnonymizationStepStatus, {
  name: "AnonymizationStepStatus",
  description: "How far one step is.",
  valuesConfig: {
    WAITING: { description: "Not done yet; what failed is tried again at `dueAt`." },
    IN_PROGRESS: { description: "The store is at it; it is asked again at `dueAt`." },
    AWAITING_OPERATOR: { description: "A person of the org has to do what `note` says." },
    AWAITING_SHOPPER: { description: "Only the shopper can do it: `tasks` says what." },
    DONE: { description: "Done." },
    SKIPPED: { description: "There was nothing to do, or the shopper never confirmed it." },
    FAILED: { description: "Not done, and not tried any more." },
    CANCELLED: { description: "The request was taken back." },
  },
});

@ObjectType({ simpleResolvers: true, description: "Something that nobody but the shopper can do, at the store." })
class ShopperTask {
  @Field(() => String, { description: "For whoever translates the texts." })
  code!: string;

  @Field(() => String, { description: "What to do, in English." })
  title!: string;

  @Field(() => String, { description: "Where." })
  url!: string;

  @Field(() => Boolean, { description: "It goes beyond what was asked: only if the shopper wants this, too." })
  optional!: boolean;

  @Field(() => [String], { description: "What else comes with it." })
  warnings!: readonly string[];

  @Field(() => [String], { description: "Why the store may refuse it." })
  blockers!: readonly string[];
}

@ObjectType({ simpleResolvers: true, description: "One step of being forgotten. Each is tried again by itself." })
class AnonymizationStep {
  @Field(() => AnonymizationStepName, { description: "What is done." })
  name!: keyof typeof AnonymizationStepName;

  @Field(() => Store, { nullable: true, description: "The store that is asked; null for every other step." })
  store!: Store | null;

  @Field(() => AnonymizationStepStatus, { description: "How far it is." })
  status!: keyof typeof AnonymizationStepStatus;

  @Field(() => String, { nullable: true, description: "The code of what stands or stood in the way." })
  statusReason!: string | null;

  @Field(() => String, { nullable: true, description: "The one thing to do next, for a person." })
  nextAction!: string | null;

  @Field(() => String, { nullable: true, description: "The store's own reference, or the operator's." })
  reference!: string | null;

  @Field(() => String, { nullable: true, description: "What the store said or a person has to do." })
  note!: string | null;

  @Field(() => [ShopperTask], { description: "What the shopper has to do at the store, in the order of doing." })
  tasks!: readonly ShopperTask[];

  @Field(() => Int, { description: "How often the store was asked to forget." })
  attempts!: number;

  @Field(() => DateTime, { nullable: true, description: "When the store was first asked." })
  askedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When it is tried or asked about again." })
  dueAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When it ended." })
  endedAt!: Date | null;
}

@ObjectType({
  simpleResolvers: true,
  description: "What was done, without a word of for whom. `shopkey receipt verify` checks it without the gateway.",
})
class AnonymizationReceipt {
  @Field(() => Int, { description: "1, 2, 3, … in this org and environment." })
  sequence!: number;

  @Field(() => String, { description: "SHA-256 of `document`, hex: the next receipt names it." })
  digest!: string;

  @Field(() => String, { description: "JSON, signed with Ed25519. Keep it byte for byte." })
  document!: string;
}

@ObjectType({ simpleResolvers: true, description: "A shopper's wish to be forgotten, and what became of it." })
export class AnonymizationRequest {
  @Field(() => ID, { description: "`anr_…`" })
  id!: string;

  @Field(() => ID, { description: "The consumer, `csm_…`." })
  consumerId!: string;

  @Field(() => AnonymizationStatus, { description: "How far it is." })
  status!: keyof typeof AnonymizationStatus;

  @Field(() => String, { nullable: true, description: "The code of what failed." })
  statusReason!: string | null;

  @Field(() => String, { nullable: true, description: "The one thing to do next, for a person." })
  nextAction!: string | null;

  @Field(() => Regulation, { description: "The law that the shopper asked by." })
  regulation!: keyof typeof Regulation;

  @Field(() => String, { nullable: true, description: "The org's own words; destroyed with the rest." })
  note!: string | null;

  @Field(() => ID, { nullable: true, description: "The API key that asked; null for tokens and the command line." })
  requestedById!: string | null;

  @Field(() => DateTime, { description: "When the shopper's wish was recorded." })
  requestedAt!: Date;

  @Field(() => DateTime, { description: "Nothing is done before, so that it can be taken back." })
  cancellableUntil!: Date;

  @Field(() => DateTime, { description: "Until when the law wants it answered." })
  deadline!: Date;

  @Field(() => Boolean, { description: "Whether the deadline passed before it ended." })
  overdue!: boolean;

  @Field(() => DateTime, { nullable: true, description: "When stores began to be asked." })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When the shopper's keys were destroyed here." })
  shreddedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When it was completed, cancelled or failed." })
  endedAt!: Date | null;

  @Field(() => [AnonymizationStep], { complexity: 3, description: "Every step, in the order of doing." })
  steps!: readonly AnonymizationStep[];

  @Field(() => AnonymizationReceipt, { nullable: true, description: "Once it has ended and was not cancelled." })
  receipt!: AnonymizationReceipt | null;
}

@ObjectType({ simpleResolvers: true, description: "A consumer's newest request to be forgotten." })
export class ConsumerAnonymization {
  @Field(() => AnonymizationStatus, { description: "How far it is." })
  status!: keyof typeof AnonymizationStatus;

  @Field(() => AnonymizationRequest, { description: "The request itself." })
  info!: AnonymizationRequest;
}

@ObjectType({ simpleResolvers: true, description: "A page of requests to be forgotten, newest first." })
export class AnonymizationRequestPage {
  @Field(() => [AnonymizationRequest], { description: "The requests of this page." })
  nodes!: readonly AnonymizationRequest[];

  @Field(() => PageInfo, { description: "Where the page lies." })
  pageInfo!: PageInfo;
}

@InputType({ description: "Which requests; all that is given must hold." })
export class AnonymizationRequestFilter {
  @Field(() => ConsumerRef, { nullable: true, description: "Only of this consumer." })
  consumer?: ConsumerRef | null;

  @Field(() => AnonymizationStatus, { nullable: true, description: "Only with this status." })
  status?: keyof typeof AnonymizationStatus | null;
}

@InputType({ description: "Who is to be forgotten." })
export class RequestAnonymizationInput extends Repeatable {
  @Field(() => ConsumerRef, { description: "The consumer." })
  consumer!: ConsumerRef;

  @Field(() => [StoreRef], {
    nullable: true,
    description: "Which stores to ask; by default every one with a connection, a checkout or an order of theirs.",
  })
  stores?: readonly StoreRef[] | null;

  @Field(() => Regulation, { nullable: true, description: "The law that the shopper asks by; LGPD by default." })
  regulation?: keyof typeof Regulation | null;

  @Field(() => String, { nullable: true, description: "The org's own words, not personal data; up to 240 characters." })
  note?: string | null;
}

@InputType({ description: "A request to take back." })
export class CancelAnonymizationInput extends Repeatable {
  @Field(() => ID, { description: "The request, `anr_…`." })
  request!: string;
}

const StepOutcome = { DONE: "DONE", FAILED: "FAILED", ASK_AGAIN: "ASK_AGAIN" } as const;
registerEnumType(StepOutcome, {
  name: "AnonymizationStepOutcome",
  description: "What a person found out about a store.",
  valuesConfig: {
    DONE: { description: "The store has forgotten, or the shopper has seen to it." },
    FAILED: { description: "It will not be done." },
    ASK_AGAIN: { description: "What stood in the way is mended; only before the shred." },
  },
});

@InputType({ description: "What a person did or found out at a store that waited for them." })
export class SettleAnonymizationStepInput extends Repeatable {
  @Field(() => ID, { description: "The request, `anr_…`." })
  request!: string;

  @Field(() => StoreRef, { description: "The store." })
  store!: StoreRef;

  @Field(() => StepOutcome, { description: "How it came out." })
  outcome!: keyof typeof StepOutcome;

  @Field(() => String, {
    nullable: true,
    description:
      "The ticket or certificate by which the store knows it, up to 128 characters; an operator's DONE needs one.",
  })
  reference?: string | null;

  @Field(() => String, { nullable: true, description: "The org's own words, not personal data; up to 240 characters." })
  note?: string | null;
}

@ObjectType({ simpleResolvers: true })
abstract class AnonymizationPayload extends Payload {
  @Field(() => AnonymizationRequest, {
    nullable: true,
    description: "The request as it is now; null when there are user errors.",
  })
  request!: AnonymizationRequest | null;
}

@ObjectType({ simpleResolvers: true, description: "Answer of `requestAnonymization`." })
export class RequestAnonymizationPayload extends AnonymizationPayload {}

@ObjectType({ simpleResolvers: true, description: "Answer of `cancelAnonymization`." })
export class CancelAnonymizationPayload extends AnonymizationPayload {}

@ObjectType({ simpleResolvers: true, description: "Answer of `settleAnonymizationStep`." })
export class SettleAnonymizationStepPayload extends AnonymizationPayload {}
