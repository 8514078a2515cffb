/** What acting for a customer answers. */
import type { StoreView } from "./views.js";

/** `ENDING`: nobody acts under it any more, and the store has not confirmed it yet. */
export type ImpersonationSessionState = "VERIFYING" | "ACTIVE" | "ENDING" | "ENDED" | "DENIED" | "EXPIRED" | "BROKEN";
export interface ImpersonationSessionView {
  readonly id: string;
  readonly consumerId: string | null;
  readonly store: StoreView;
  readonly state: ImpersonationSessionState;
  readonly stateReason: string | null;
  readonly why: string | null;
  readonly nextAction: string | null;
  readonly operator: { readonly name: string; readonly vouched: boolean };
  readonly reason: string;
  readonly canImpersonate: boolean | null;
  /** Null before the store has told it, and once it is over. */
  readonly storeUserId: string | null;
  /** Masked; null once it is over. */
  readonly storeUserEmail: string | null;
  readonly account: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
  readonly endReason: string | null;
  readonly storeAgreed: boolean | null;
}
export interface EndedImpersonationView {
  readonly impersonationSession: ImpersonationSessionView;
  readonly storeAgreed: boolean;
  readonly note: string;
}
export interface SwitchedImpersonationsView {
  readonly on: boolean;
  /** How many it ends. */
  readonly ending: number;
}
