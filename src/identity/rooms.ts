import { type LedgerEntry, lineOf } from "../audit/index.js";
import type { AuditEventInsert, Data } from "../data/index.js";
import type { Clock } from "../kernel/clock.js";
import type { Log } from "../kernel/log.js";
import type { Stores } from "../stores/index.js";
import type { OrgVault, Vault } from "../vault/index.js";
import type { Caller } from "./caller.js";

/** The rooms that identity's decisions are made with. */
export interface Rooms {
  readonly data: Data;
  readonly vault: Vault;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a login is believed without asking its store, in milliseconds; a day by default. */
  readonly verifyLoginsAfterMs?: number;
  /** How long a request to be forgotten waits before anything is done; 24 hours in live and none in test by default. */
  readonly anonymizationGraceMs?: number | undefined;
  /** How long an org's key is current, in milliseconds; 30 days by default. */
  readonly keyEpochMs?: number | undefined;
}

/** The caller's vault, without a wait when its keys are in memory. Use it before the next wait. */
export const openOrg = (rooms: Rooms, caller: Caller): OrgVault | Promise<OrgVault> =>
  rooms.vault.cachedOrg(caller.scope.orgId) ?? rooms.vault.org(caller.scope.orgId);

/** A ledger line of this caller. */
export const ledgerLine = (
  rooms: Rooms,
  caller: Caller,
  entry: Pick<LedgerEntry, "action"> & Partial<Omit<LedgerEntry, "actor" | "requestId">>,
): AuditEventInsert =>
  lineOf(
    {
      actor: { kind: caller.actorKind, id: caller.keyId },
      subject: null,
      consumerId: null,
      purpose: null,
      outcome: "done",
      requestId: caller.requestId,
      ...entry,
      facts: { ...(caller.actorKind === "TOKEN" ? { owner: caller.owner.name } : {}), ...entry.facts },
    },
    rooms.clock.now(),
  );
