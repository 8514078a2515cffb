/** Shoppers as their org knows them, and what is saved of each. */
import type { Caller } from "../caller.js";
import * as consumers from "../consumers.js";
import type * as input from "../inputs.js";
import * as profiles from "../profiles.js";
import type * as view from "../views.js";
import type { Act, Acting } from "./acting.js";

export interface ConsumerActs {
  readonly findConsumer: (
    caller: Caller,
    ref: input.ConsumerRef,
    want: input.ConsumerWant,
  ) => Promise<view.ConsumerView | null>;
  readonly listConsumers: Act<input.ConsumerQuery, view.ConsumerPageView, [want: input.ConsumerPageWant]>;
  readonly createConsumer: Act<
    input.CreateConsumerInput,
    { readonly consumer: view.ConsumerView },
    [want?: input.ConsumerWant]
  >;
  readonly updateConsumer: Act<
    input.UpdateConsumerInput,
    { readonly consumer: view.ConsumerView },
    [want?: input.ConsumerWant]
  >;
  /** Null when the consumer is not visible or has no profile. */
  readonly findProfile: (
    caller: Caller,
    ref: input.ConsumerRef,
    parts?: ReadonlySet<input.ProfilePart>,
  ) => Promise<view.ProfileView | null>;
  /** `want` says what `consumer` of the answer carries; `parts` what `profile` carries; all of it by default. */
  readonly saveProfile: (
    caller: Caller,
    given: input.SaveProfileInput,
    want?: { readonly consumer?: input.ConsumerWant; readonly parts?: ReadonlySet<input.ProfilePart> },
  ) => Promise<{
    readonly consumer: view.ConsumerView;
    /** Null when nothing is left of it. */
    readonly profile: view.ProfileView | null;
    readonly created: boolean;
  }>;
  readonly deleteProfile: Act<
    input.DeleteProfileInput,
    { readonly consumer: view.ConsumerView },
    [want?: input.ConsumerWant]
  >;
}

export const consumerActs = ({ open }: Acting): ConsumerActs => ({
  findConsumer: open(consumers.findConsumer),
  listConsumers: open(consumers.listConsumers),
  createConsumer: open(consumers.createConsumer),
  updateConsumer: open(consumers.updateConsumer),
  findProfile: open(profiles.findProfile),
  saveProfile: open(profiles.saveProfile),
  deleteProfile: open(profiles.deleteProfile),
});
