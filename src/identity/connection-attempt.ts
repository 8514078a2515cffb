/** An attempt to connect: whose it is, for how long, and what its idempotency key stands for. */
import type { ConnectionRow, ConsumerKeyRow, StoreRow } from "../data/index.js";
import { Refusal } from "../kernel/refusal.js";
import type { Caller } from "./caller.js";
import { isOpen, later } from "./connection-row.js";
import { type Claim, claimRow } from "./once.js";
import type { Rooms } from "./rooms.js";

/** How long the shopper has for an attempt. */
export const ATTEMPT_MS = 15 * 60_000;
/** Nobody else asks the store for the same attempt meanwhile. */
const LEASE_MS = 60_000;
export const MAX_ANSWERS = 10;

export const leaseFrom = (rooms: Rooms): Date => later(rooms, LEASE_MS);
export const isLeased = (rooms: Rooms, { attemptLeaseUntil }: ConnectionRow): boolean =>
  attemptLeaseUntil !== null && attemptLeaseUntil > rooms.clock.now();

/** An attempt whose intent is committed. `row` is as it was then. */
export interface Attempt {
  readonly row: ConnectionRow;
  readonly store: StoreRow;
  readonly key: ConsumerKeyRow;
  /** `start`: not asked yet. `finish`: the shopper has answered. */
  readonly stage: "start" | "finish";
  readonly confirmOtherAccount: boolean;
  readonly claim: Claim | null;
}

/** Whether the attempt that was begun is still the one under way; the row is locked. */
export const isOurs = (row: ConnectionRow | null, { attemptId }: ConnectionRow): row is ConnectionRow =>
  row !== null && row.attemptId === attemptId && isOpen(row);

export const overtaken = (): Refusal =>
  new Refusal("CONFLICT", "This attempt was ended, or another one was started, in the meantime.", {
    field: ["connection"],
    nextAction: "Look at the connection's status, and start again if it is not ACTIVE.",
  });

/** The answer's idempotency key, taken once something has come of it. Nothing of the answer is in it. */
export const answered = (rooms: Rooms, caller: Caller, { claim, row }: Attempt, refused?: Refusal) =>
  claim === null
    ? null
    : claimRow(rooms, caller, claim, {
        connection: row.id,
        ...(refused === undefined ? {} : { refused: { code: refused.code, message: refused.message } }),
      });
