/** What is asked about operators' own logins, and how they are shown. Nothing of a login itself is ever shown. */
import type { OperatorLoginState } from "../data/index.js";
import type { PageQuery, Repeatable, StoreRef } from "./inputs.js";
import type { StoreView } from "./views.js";

type Maybe<T> = T | null | undefined;

export interface ConnectOperatorInput extends Repeatable {
  readonly store: StoreRef;
  /** The key's owner when absent. */
  readonly operator?: Maybe<string>;
}
export interface DisconnectOperatorInput extends Repeatable {
  readonly operatorLogin: string;
}
export interface OperatorLoginQuery extends PageQuery {
  readonly filter?: Maybe<{ readonly store?: Maybe<StoreRef> }>;
}

export interface OperatorLoginView {
  readonly id: string;
  readonly store: StoreView;
  readonly state: OperatorLoginState;
  readonly stateReason: string | null;
  readonly nextAction: string | null;
  readonly operator: { readonly name: string; readonly vouched: boolean };
  readonly createdAt: Date;
  readonly connectedAt: Date | null;
  /** While PENDING: until when the operator may log in. While ACTIVE: until when the login is good. */
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
}
/** A login with what the operator has to do for it now. */
export interface OperatorStepView {
  readonly operatorLogin: OperatorLoginView;
  readonly liveViewUrl: string | null;
  readonly sessionId: string | null;
  /** Until when the live view is there. */
  readonly expiresAt: Date | null;
}
export interface DisconnectedOperatorView {
  readonly operatorLogin: OperatorLoginView;
  /** How many impersonation sessions end with it. */
  readonly ending: number;
}
