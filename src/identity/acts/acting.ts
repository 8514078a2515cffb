import { setTimeout as wait } from "node:timers/promises";
import type { OrgId } from "../../kernel/ids.js";
import type { Caller, Environment } from "../caller.js";
import type { Rooms } from "../rooms.js";

/** What a caller decides or reads with what was given; `Want` says which parts of the view are looked for. */
export type Act<Given, View, Want extends readonly unknown[] = []> = (
  caller: Caller,
  given: Given,
  ...want: Want
) => Promise<View>;

/** What the clock does about one thing that is due: where it belongs, and its id. */
export type Tend = (scope: { readonly orgId: OrgId; readonly environment: Environment }, id: string) => Promise<void>;

/** How decisions are given the rooms that they are made in. */
export interface Acting {
  readonly rooms: Rooms;
  readonly open: <A extends readonly unknown[], T>(decide: (rooms: Rooms, ...args: A) => T) => (...args: A) => T;
  /** The same for what asks stores: closing waits for it. */
  readonly finishing: <A extends readonly unknown[], T>(
    decide: (rooms: Rooms, ...args: A) => Promise<T>,
  ) => (...args: A) => Promise<T>;
  /** Waits a few seconds for what is at a store. */
  readonly settle: () => Promise<void>;
}

/** How long closing waits for what is at a store, in milliseconds; what is left then is the clock's after the next start. */
const CLOSING_MS = 5_000;

export function openActing(rooms: Rooms): Acting {
  const underWay = new Set<Promise<unknown>>();
  const open =
    <A extends readonly unknown[], T>(decide: (rooms: Rooms, ...args: A) => T) =>
    (...args: A): T =>
      decide(rooms, ...args);
  return {
    rooms,
    open,
    finishing:
      (decide) =>
      (...args) => {
        const acting = decide(rooms, ...args).finally(() => underWay.delete(acting));
        underWay.add(acting);
        return acting;
      },
    settle: async () => {
      const patience = wait(CLOSING_MS, null, { ref: false });
      await Promise.race([Promise.allSettled(underWay), patience]);
    },
  };
}
