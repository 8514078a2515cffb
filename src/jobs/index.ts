/** The clock: what must happen although nobody asks. Finishes what a crash left behind, and notes when keys were used. */
import type { Identity } from "../identity/index.js";
import type { Clock as TimeOfDay } from "../kernel/clock.js";
import { systemClock } from "../kernel/clock.js";
import type { Log } from "../kernel/log.js";
import { type DueAnonymizations, forgettingPace, tendDueAnonymizations } from "./anonymizations.js";
import { finishOverdueCheckouts, type PendingCheckouts } from "./checkouts.js";
import { type DueConnections, tendDueConnections } from "./connections.js";
import { type DueImpersonations, tendDueImpersonations } from "./impersonations.js";
import { startLoop } from "./loop.js";
import { type DueOperatorLogins, tendDueOperatorLogins } from "./operator-logins.js";
import { type DueStoreAccounts, tendDueStoreAccounts } from "./store-accounts.js";

export type { DueAnonymizations } from "./anonymizations.js";
export { finishOverdueCheckouts, type PendingCheckouts } from "./checkouts.js";
export { type DueConnections, tendDueConnections } from "./connections.js";
export { type DueImpersonations, tendDueImpersonations } from "./impersonations.js";
export { type DueOperatorLogins, tendDueOperatorLogins } from "./operator-logins.js";

/** How often each kind of work is looked for. */
export type Paces = Pick<
  ClockOptions,
  "checkoutsEveryMs" | "connectionsEveryMs" | "anonymizationsEveryMs" | "impersonationsEveryMs" | "keyEpochsEveryMs"
>;

export interface ClockOptions {
  readonly identity: Pick<
    Identity,
    | "finishCheckout"
    | "tendConnection"
    | "tendStoreAccount"
    | "tendAnonymization"
    | "tendImpersonation"
    | "tendOperatorLogin"
    | "watchSessions"
    | "writeKeyUses"
  >;
  readonly pending: PendingCheckouts;
  readonly due: DueConnections;
  /** Absent: what stores say of accounts is not looked after by this clock. */
  readonly dueStoreAccounts?: DueStoreAccounts;
  /** Absent: nobody is forgotten by this clock. */
  readonly dueAnonymizations?: DueAnonymizations;
  /** The next stage of key rotations that are due; absent: keys are not rotated by this clock. */
  readonly rotate?: (signal: AbortSignal) => Promise<void>;
  /** Absent: impersonations are not ended by this clock. */
  readonly dueImpersonations?: DueImpersonations;
  /** Absent: operators' logins are not ended by this clock. */
  readonly dueOperatorLogins?: DueOperatorLogins;
  readonly log: Log;
  readonly clock?: TimeOfDay;
  /** How often overdue checkouts are looked for, in milliseconds; 10 seconds by default. */
  readonly checkoutsEveryMs?: number;
  /** How often due connections are looked for, in milliseconds; 15 seconds by default. */
  readonly connectionsEveryMs?: number;
  /** How often due requests to be forgotten are looked for, in milliseconds; 5 seconds by default. */
  readonly anonymizationsEveryMs?: number;
  /** How often due impersonations are looked for, in milliseconds; 3 seconds by default. */
  readonly impersonationsEveryMs?: number;
  /** How often key rotations are looked after, in milliseconds; a minute by default. */
  readonly keyEpochsEveryMs?: number;
  /** How often the use of keys is written, in milliseconds; 15 seconds by default. */
  readonly keyUsesEveryMs?: number;
}

export interface Clock {
  /** Waits for what is under way and stops. */
  readonly close: () => Promise<void>;
}

export function openClock({
  identity,
  pending,
  due,
  log,
  clock = systemClock,
  checkoutsEveryMs = 10_000,
  connectionsEveryMs = 15_000,
  keyUsesEveryMs = 15_000,
  rotate = () => Promise.resolve(),
  keyEpochsEveryMs = 60_000,
  dueStoreAccounts,
  dueAnonymizations,
  anonymizationsEveryMs = 5_000,
  dueImpersonations,
  dueOperatorLogins,
  impersonationsEveryMs = 3_000,
}: ClockOptions): Clock {
  const finish = async (signal: AbortSignal): Promise<void> => {
    await finishOverdueCheckouts(identity, pending, clock.now(), log, signal);
  };
  const tend = async (signal: AbortSignal): Promise<void> => {
    await tendDueConnections(identity, due, clock.now(), log, signal);
    if (dueStoreAccounts !== undefined)
      await tendDueStoreAccounts(identity, dueStoreAccounts, clock.now(), log, signal);
  };
  const pace = forgettingPace();
  const forget = async (signal: AbortSignal): Promise<void> => {
    // As long as there is work: a queue of thousands must not wait for the next look after each page.
    while (dueAnonymizations !== undefined && !signal.aborted) {
      if ((await tendDueAnonymizations(identity, dueAnonymizations, clock.now(), log, signal, pace)) === 0) return;
    }
  };
  const endImpersonations = async (signal: AbortSignal): Promise<void> => {
    if (dueImpersonations !== undefined)
      await tendDueImpersonations(identity, dueImpersonations, clock.now(), log, signal);
    if (dueOperatorLogins !== undefined)
      await tendDueOperatorLogins(identity, dueOperatorLogins, clock.now(), log, signal);
  };
  const stopWatching = identity.watchSessions();
  const loops = [
    startLoop({ name: "checkouts", everyMs: checkoutsEveryMs, run: finish }, log),
    startLoop({ name: "connections", everyMs: connectionsEveryMs, run: tend }, log),
    startLoop({ name: "anonymizations", everyMs: anonymizationsEveryMs, run: forget }, log),
    startLoop({ name: "impersonations", everyMs: impersonationsEveryMs, run: endImpersonations }, log),
    startLoop({ name: "key epochs", everyMs: keyEpochsEveryMs, run: rotate }, log),
    startLoop({ name: "key uses", everyMs: keyUsesEveryMs, run: () => identity.writeKeyUses() }, log),
  ];
  return {
    close: async () => {
      stopWatching();
      await Promise.all(loops.map((loop) => loop.close()));
    },
  };
}
