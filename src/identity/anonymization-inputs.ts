/** What is asked about being forgotten, as it comes from outside: shapes are known, values are not yet judged. */
import type { AnonymizationState, Regulation } from "../data/index.js";
import type { ConsumerRef, PageQuery, Repeatable, StoreRef } from "./inputs.js";

type Maybe<T> = T | null | undefined;

export interface RequestAnonymizationInput extends Repeatable {
  readonly consumer: ConsumerRef;
  /** Those that may know the shopper by default; none when it is empty. */
  readonly stores?: Maybe<readonly StoreRef[]>;
  /** LGPD by default. */
  readonly regulation?: Maybe<Regulation>;
  readonly note?: Maybe<string>;
}
export interface CancelAnonymizationInput extends Repeatable {
  readonly request: string;
}
export type StepOutcome = "DONE" | "FAILED" | "ASK_AGAIN";
export interface SettleAnonymizationStepInput extends Repeatable {
  readonly request: string;
  readonly store: StoreRef;
  readonly outcome: StepOutcome;
  readonly reference?: Maybe<string>;
  readonly note?: Maybe<string>;
}
export interface AnonymizationQuery extends PageQuery {
  readonly filter?: Maybe<{
    readonly consumer?: Maybe<ConsumerRef>;
    readonly status?: Maybe<AnonymizationState>;
  }>;
}
