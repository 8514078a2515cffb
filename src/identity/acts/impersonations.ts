import type { Caller } from "../caller.js";
import { renewImpersonation } from "../impersonation-attempt.js";
import { tendImpersonation } from "../impersonation-clock.js";
import { endImpersonation, switchImpersonations } from "../impersonation-end.js";
import { findImpersonation, listImpersonations } from "../impersonation-reading.js";
import type * as impersonation from "../impersonation-views.js";
import * as impersonations from "../impersonations.js";
import type * as input from "../inputs.js";
import { tendOperatorLogin } from "../operator-login-end.js";
import { findOperatorLogin, listOperatorLogins } from "../operator-login-reading.js";
import type * as login from "../operator-login-views.js";
import { connectOperator, disconnectOperator } from "../operator-logins.js";
import type * as view from "../views.js";
import type { Act, Acting, Tend } from "./acting.js";

export interface ImpersonationActs {
  /** A denial of the store is an answer (`state: DENIED`); what goes wrong otherwise is thrown. */
  readonly startImpersonation: Act<
    input.StartImpersonationInput,
    { readonly impersonationSession: impersonation.ImpersonationSessionView }
  >;
  readonly renewImpersonation: Act<
    input.ImpersonationInput,
    { readonly impersonationSession: impersonation.ImpersonationSessionView }
  >;
  readonly endImpersonation: Act<input.ImpersonationInput, impersonation.EndedImpersonationView>;
  readonly switchImpersonations: Act<input.SwitchImpersonationsInput, impersonation.SwitchedImpersonationsView>;
  readonly findImpersonation: (caller: Caller, id: string) => Promise<impersonation.ImpersonationSessionView | null>;
  readonly listImpersonations: Act<input.ImpersonationQuery, view.PageView<impersonation.ImpersonationSessionView>>;
  /** For the clock: one impersonation that is due: its time is over, nobody finished it, or the store has to be asked. */
  readonly tendImpersonation: Tend;

  /** An operator's own login at a store: they make it in a live view, and impersonations begin with it until it ends. */
  readonly connectOperator: Act<login.ConnectOperatorInput, login.OperatorStepView>;
  /** Ends what was begun with it, too. */
  readonly disconnectOperator: Act<login.DisconnectOperatorInput, login.DisconnectedOperatorView>;
  readonly findOperatorLogin: (caller: Caller, id: string) => Promise<login.OperatorLoginView | null>;
  readonly listOperatorLogins: Act<login.OperatorLoginQuery, view.PageView<login.OperatorLoginView>>;
  /** For the clock: one login that is due: its time is over, or nobody logged in. */
  readonly tendOperatorLogin: Tend;
}

export const impersonationActs = ({ open, finishing }: Acting): ImpersonationActs => ({
  startImpersonation: finishing(impersonations.startImpersonation),
  renewImpersonation: finishing(renewImpersonation),
  endImpersonation: finishing(endImpersonation),
  switchImpersonations: finishing(switchImpersonations),
  findImpersonation: open(findImpersonation),
  listImpersonations: open(listImpersonations),
  tendImpersonation: finishing(tendImpersonation),
  connectOperator: finishing(connectOperator),
  disconnectOperator: finishing(disconnectOperator),
  findOperatorLogin: open(findOperatorLogin),
  listOperatorLogins: open(listOperatorLogins),
  tendOperatorLogin: finishing(tendOperatorLogin),
});
