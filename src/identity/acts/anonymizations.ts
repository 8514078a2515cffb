/** Shoppers who ask to be forgotten. */
import type { OrgId } from "../../kernel/ids.js";
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
import type { Caller, Environment } from "../caller.js";
import type * as view from "../views.js";
import type { Acting } from "./acting.js";

export interface AnonymizationActs {
  /** Freezes the consumer at once; the clock does the rest when the time to cancel is over. */
  readonly requestAnonymization: (
    caller: Caller,
    given: RequestAnonymizationInput,
  ) => Promise<{ readonly request: AnonymizationView }>;
  /** TOO_LATE once the shopper's keys are to be destroyed; NOT_CANCELLABLE when a store does not stop. */
  readonly cancelAnonymization: (
    caller: Caller,
    given: CancelAnonymizationInput,
  ) => Promise<{ readonly request: AnonymizationView }>;
  readonly settleAnonymizationStep: (
    caller: Caller,
    given: SettleAnonymizationStepInput,
  ) => Promise<{ readonly request: AnonymizationView }>;
  readonly findAnonymization: (caller: Caller, id: string) => Promise<AnonymizationView | null>;
  readonly listAnonymizations: (caller: Caller, query: AnonymizationQuery) => Promise<view.PageView<AnonymizationView>>;
  /** One answer for each consumer, in the order asked: their newest request. */
  readonly anonymizationsOf: (
    caller: Caller,
    consumerIds: readonly string[],
  ) => Promise<readonly (ConsumerAnonymizationView | null)[]>;
  /** For the clock: one request to be forgotten that is due. */
  readonly tendAnonymization: (
    scope: { readonly orgId: OrgId; readonly environment: Environment },
    requestId: string,
  ) => Promise<void>;
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
