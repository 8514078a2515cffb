/** The clock: what must happen although nobody asks. Finishes what a crash left behind, and notes when keys were used. */
import type { Identity } from "../identity/index.js";
import type { Clock as TimeOfDay } from "../kernel/clock.js";
import { systemClock } from "../kernel/clock.js";
import type { Log } from "../kernel/log.js";
import { finishOverdueCheckouts, type PendingCheckouts } from "./checkouts.js";
import { type DueConnections, tendDueConnections } from "./connections.js";
import { startLoop } from "./loop.js";

export { finishOverdueCheckouts, type PendingCheckouts } from "./checkouts.js";
export { type DueConnections, tendDueConnections } from "./connections.js";

export interface ClockOptions {
  readonly identity: Pick<Identity, "finishCheckout" | "tendConnection" | "watchSessions" | "writeKeyUses">;
  readonly pending: PendingCheckouts;
  readonly due: DueConnections;
  readonly log: Log;
  readonly clock?: TimeOfDay;
  /** How often overdue checkouts are looked for, in milliseconds; 10 seconds by default. */
  readonly checkoutsEveryMs?: number;
  /** How often due connections are looked for, in milliseconds; 15 seconds by default. */
  readonly connectionsEveryMs?: number;
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
}: ClockOptions): Clock {
  const finish = async (signal: AbortSignal): Promise<void> => {
    await finishOverdueCheckouts(identity, pending, clock.now(), log, signal);
  };
  const tend = async (signal: AbortSignal): Promise<void> => {
    await tendDueConnections(identity, due, clock.now(), log, signal);
  };
  const stopWatching = identity.watchSessions();
  const loops = [
    startLoop({ name: "checkouts", everyMs: checkoutsEveryMs, run: finish }, log),
    startLoop({ name: "connections", everyMs: connectionsEveryMs, run: tend }, log),
    startLoop({ name: "key uses", everyMs: keyUsesEveryMs, run: () => identity.writeKeyUses() }, log),
  ];
  return {
    close: async () => {
      stopWatching();
      await Promise.all(loops.map((loop) => loop.close()));
    },
  };
}
