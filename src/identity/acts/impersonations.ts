/** Operators in customers' places. */
import type { OrgId } from "../../kernel/ids.js";
import type { Caller, Environment } from "../caller.js";
import { renewImpersonation } from "../impersonation-attempt.js";
import { tendImpersonation } from "../impersonation-clock.js";
import { endImpersonation, switchImpersonations } from "../impersonation-end.js";
import { findImpersonation, listImpersonations } from "../impersonation-reading.js";
import * as impersonations from "../impersonations.js";
import type * as input from "../inputs.js";
import type * as view from "../views.js";
import type { Acting } from "./acting.js";

export interface ImpersonationActs {
  /** A denial of the store is an answer (`state: DENIED`); what goes wrong otherwise is thrown. */
  readonly startImpersonation: (
    caller: Caller,
    given: input.StartImpersonationInput,
  ) => Promise<{ readonly impersonationSession: view.ImpersonationSessionView }>;
  readonly renewImpersonation: (
    caller: Caller,
    given: input.ImpersonationInput,
  ) => Promise<{ readonly impersonationSession: view.ImpersonationSessionView }>;
  readonly endImpersonation: (caller: Caller, given: input.ImpersonationInput) => Promise<view.EndedImpersonationView>;
  readonly switchImpersonations: (
    caller: Caller,
    given: input.SwitchImpersonationsInput,
  ) => Promise<view.SwitchedImpersonationsView>;
  readonly findImpersonation: (caller: Caller, id: string) => Promise<view.ImpersonationSessionView | null>;
  readonly listImpersonations: (
    caller: Caller,
    query: input.ImpersonationQuery,
  ) => Promise<view.PageView<view.ImpersonationSessionView>>;
  /** For the clock: one impersonation that is due: its time is over, nobody finished it, or the store has to be asked. */
  readonly tendImpersonation: (
    scope: { readonly orgId: OrgId; readonly environment: Environment },
    impersonationId: string,
  ) => Promise<void>;
}

export const impersonationActs = ({ open, finishing }: Acting): ImpersonationActs => ({
  startImpersonation: finishing(impersonations.startImpersonation),
  renewImpersonation: finishing(renewImpersonation),
  endImpersonation: finishing(endImpersonation),
  switchImpersonations: finishing(switchImpersonations),
  findImpersonation: open(findImpersonation),
  listImpersonations: open(listImpersonations),
  tendImpersonation: finishing(tendImpersonation),
});
