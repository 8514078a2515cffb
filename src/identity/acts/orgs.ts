/** Orgs, their ledger, and the rotation of what their vaults are wrapped with. */
import type { OrgId } from "../../kernel/ids.js";
import type { Caller, CpfPolicy, EmailDomainPolicy, Environment } from "../caller.js";
import type * as connecting from "../connection-views.js";
import { listGateRefusals } from "../gate-refusals.js";
import type * as input from "../inputs.js";
import { mendIndexes, type RootRotation, rotateKeys, rotateRootKey, tendKeyEpochs } from "../key-epoch-clock.js";
import type { RotationOptions } from "../key-rotation.js";
import { listAuditEvents } from "../ledger-reading.js";
import * as orgs from "../orgs.js";
import type * as view from "../views.js";
import type { Act, Acting } from "./acting.js";

export interface OrgActs {
  /** For the command line. */
  readonly createOrg: (given: {
    readonly name: string;
    readonly cpfPolicy?: CpfPolicy;
    readonly emailDomainPolicy?: EmailDomainPolicy;
  }) => Promise<{ readonly org: view.OrgView; readonly orgId: OrgId }>;
  /** For the command line: every org that there is. */
  readonly listOrgs: () => Promise<readonly view.OrgView[]>;
  /** For the command line: the org as it is, every scope, no key. NOT_FOUND when there is no such org. */
  readonly consoleCaller: (orgId: OrgId, environment: Environment) => Promise<Caller>;
  readonly listAuditEvents: Act<input.AuditQuery, view.PageView<view.AuditEventView>>;
  readonly listGateRefusals: Act<input.GateRefusalQuery, view.PageView<connecting.GateRefusalView>>;
  /** For the clock: the next stage of every org's key rotation that is due. */
  readonly tendKeyEpochs: (signal?: AbortSignal) => Promise<void>;
  /** For the command line: whole rotations of one org's keys, or of all orgs'. False: somebody else is at it. */
  readonly rotateKeys: (options: RotationOptions & { readonly org: OrgId | null }) => Promise<boolean>;
  /** For the command line; how many keys were wrapped anew, null: somebody else is at it. */
  readonly rotateRootKey: (options: RootRotation) => Promise<number | null>;
  /** For the command line, after a restore: every index row of a key that is gone is made anew; how many shoppers that were. */
  readonly mendIndexes: () => Promise<number>;
}

export const orgActs = ({ open, finishing }: Acting): OrgActs => ({
  createOrg: open(orgs.createOrg),
  listOrgs: open(orgs.listOrgs),
  consoleCaller: open(orgs.consoleCaller),
  listAuditEvents: open(listAuditEvents),
  listGateRefusals: open(listGateRefusals),
  tendKeyEpochs: finishing(tendKeyEpochs),
  rotateKeys: open(rotateKeys),
  rotateRootKey: open(rotateRootKey),
  mendIndexes: open(mendIndexes),
});
