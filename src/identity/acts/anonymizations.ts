import { cancelAnonymization } from "../anonymization-cancel.js";
import type {
  AnonymizationQuery,
  CancelAnonymizationInput,
  RequestAnonymizationInput,
  SettleAnonymizationStepInput,
} from "../anonymization-inputs.js";
import { anonymizationsOf, findAnonymization, listAnonymizations } from "../anonymization-reading.js";
import type { AnonymizationView, ConsumerAnonymizationView } from "../anonymization-views.js";
import { tendAnonymization } from "../anonymization-work.js";
import * as anonymizations from "../anonymizations.js";
import type { Caller } from "../caller.js";
import type * as view from "../views.js";
import type { Act, Acting, Tend } from "./acting.js";

export interface AnonymizationActs {
  /** Freezes the consumer at once; the clock does the rest when the time to cancel is over. */
  readonly requestAnonymization: Act<RequestAnonymizationInput, { readonly request: AnonymizationView }>;
  /** TOO_LATE once the shopper's keys are to be destroyed; NOT_CANCELLABLE when a store does not stop. */
  readonly cancelAnonymization: Act<CancelAnonymizationInput, { readonly request: AnonymizationView }>;
  readonly settleAnonymizationStep: Act<SettleAnonymizationStepInput, { readonly request: AnonymizationView }>;
  readonly findAnonymization: (caller: Caller, id: string) => Promise<AnonymizationView | null>;
  readonly listAnonymizations: Act<AnonymizationQuery, view.PageView<AnonymizationView>>;
  /** One answer for each consumer, in the order asked: their newest request. */
  readonly anonymizationsOf: (
    caller: Caller,
    consumerIds: readonly string[],
  ) => Promise<readonly (ConsumerAnonymizationView | null)[]>;
  /** For the clock: one request to be forgotten that is due. */
  readonly tendAnonymization: Tend;
}

export const anonymizationActs = ({ open, finishing }: Acting): AnonymizationActs => ({
  requestAnonymization: open(anonymizations.requestAnonymization),
  cancelAnonymization: finishing(cancelAnonymization),
  settleAnonymizationStep: open(anonymizations.settleAnonymizationStep),
  findAnonymization: open(findAnonymization),
  listAnonymizations: open(listAnonymizations),
  anonymizationsOf: open(anonymizationsOf),
  tendAnonymization: finishing(tendAnonymization),
});
