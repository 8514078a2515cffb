/** When a shopper's wish must be answered, by the law that it is made under, and how long it can be taken back. */
import type { Regulation } from "../data/index.js";
import type { Environment } from "./caller.js";
import type { Rooms } from "./rooms.js";

const DAY_MS = 24 * 60 * 60_000;
/** Time to think better of it, unless the gateway is told otherwise. */
const GRACE_MS: Readonly<Record<Environment, number>> = { live: DAY_MS, test: 0 };
/** A store that cannot be asked is asked for so long; then a person has to see to it, and the shred goes on. */
const ASK_MS = 7 * DAY_MS;
/** Keys that an import must not bring back are remembered for so long. */
export const SUPPRESSED_MS = 180 * DAY_MS;

export const graceOf = ({ anonymizationGraceMs }: Rooms, environment: Environment): number =>
  anonymizationGraceMs ?? GRACE_MS[environment];

/**
 * LGPD: 15 days, art. 19 II, which is about access; the law names no number for erasure. GDPR: one month, art. 12(3), without the
 * extension. CCPA: 45 calendar days from receipt, 11 CCR 7021(b), without the extension.
 */
export function deadlineOf(regulation: Regulation, requestedAt: Date): Date {
  if (regulation === "LGPD") return new Date(requestedAt.getTime() + 15 * DAY_MS);
  if (regulation === "CCPA") return new Date(requestedAt.getTime() + 45 * DAY_MS);
  return oneMonthAfter(requestedAt);
}

/** The same day of the next month; its last day where it has no such day. */
function oneMonthAfter(date: Date): Date {
  const month = new Date(date);
  month.setUTCDate(1);
  month.setUTCMonth(month.getUTCMonth() + 1);
  const lastDay = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 0)).getUTCDate();
  month.setUTCDate(Math.min(date.getUTCDate(), lastDay));
  return month;
}

/** Until when a store that cannot be reached is asked. */
export const askUntil = ({ startedAt, requestedAt, deadlineAt }: AskedRequest): Date => {
  const begun = (startedAt ?? requestedAt).getTime();
  return new Date(Math.min(begun + ASK_MS, requestedAt.getTime() + (deadlineAt.getTime() - requestedAt.getTime()) / 2));
};

interface AskedRequest {
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly deadlineAt: Date;
}

/** The next try after so many: 1, 2, 4, … minutes, an hour at most. */
export const tryAgainMs = (attempts: number): number => Math.min(60_000 * 2 ** Math.min(attempts - 1, 6), 60 * 60_000);
