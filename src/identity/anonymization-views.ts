/** What is answered about a request to be forgotten. Everything is ids, codes, times and the stores' own words. */
import type { AnonymizationState, Regulation, StepName, StepState } from "../data/index.js";
import type { StoreView } from "./views.js";

export interface ShopperTaskView {
  readonly code: string;
  readonly title: string;
  readonly url: string;
  readonly optional: boolean;
  readonly warnings: readonly string[];
  readonly blockers: readonly string[];
}
export interface AnonymizationStepView {
  readonly name: StepName;
  /** Of a `STORE` step. */
  readonly store: StoreView | null;
  readonly status: StepState;
  readonly statusReason: string | null;
  readonly nextAction: string | null;
  readonly reference: string | null;
  readonly note: string | null;
  readonly tasks: readonly ShopperTaskView[];
  readonly attempts: number;
  readonly askedAt: Date | null;
  readonly dueAt: Date | null;
  readonly endedAt: Date | null;
}
export interface ReceiptView {
  readonly sequence: number;
  /** SHA-256 of `document`, hex: the next receipt names it. */
  readonly digest: string;
  /** JSON, byte for byte as it was signed. */
  readonly document: string;
}
export interface AnonymizationView {
  readonly id: string;
  readonly consumerId: string;
  readonly status: AnonymizationState;
  readonly statusReason: string | null;
  readonly nextAction: string | null;
  readonly regulation: Regulation;
  readonly note: string | null;
  /** The API key that asked; null for the command line and for tokens. */
  readonly requestedById: string | null;
  readonly requestedAt: Date;
  readonly cancellableUntil: Date;
  readonly deadline: Date;
  readonly overdue: boolean;
  readonly startedAt: Date | null;
  readonly shreddedAt: Date | null;
  readonly endedAt: Date | null;
  readonly steps: readonly AnonymizationStepView[];
  readonly receipt: ReceiptView | null;
}
export interface ConsumerAnonymizationView {
  readonly status: AnonymizationState;
  readonly info: AnonymizationView;
}
