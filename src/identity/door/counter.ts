/**
 * Questions of one caller at one Store, asked of the database together: those that come while others are on their way go
 * with the next ones of their form. Whoever is alone waits for nobody, and a repetition waits for what it repeats. The caller's rate is taken a little in advance, so that most
 * questions are paid for when they come, and all gateways together still give no more than there is.
 */
import { formOf, type MeetingAsk, type MeetingRow } from "../../data/index.js";
import { errorCode } from "../../kernel/fault.js";
import type { Rooms } from "../rooms.js";
import type { DoorStore } from "./stores.js";

const MAX_TOGETHER = 64;
const MAX_UNDER_WAY = 4;
/** So many go at once, and do not wait for the rest of the turn: the database works while the others are read. */
const ENOUGH = 10;
/** What is taken in advance: a twentieth of a second's rate. It is lost after a second. */
const IN_ADVANCE_PER_MINUTE = 1_200;
const MOST_IN_ADVANCE = 500;
const ADVANCE_LASTS_MS = 1_000;
/** Two gateways that spend the same keys in another order: one of them is told to try again. */
const DEADLOCK = "40P01";
const ATTEMPTS = 3;

export interface Rate {
  readonly perMinute: number;
  readonly burst: number;
}
export interface Counter {
  readonly ask: (ask: MeetingAsk) => Promise<MeetingRow>;
}

interface Waiting {
  readonly ask: MeetingAsk;
  readonly resolve: (row: MeetingRow) => void;
  readonly reject: (error: unknown) => void;
}

export function openCounter(rooms: Rooms, { row: store }: DoorStore, caller: Buffer, rate: Rate): Counter {
  /** By their form. */
  const waiting = new Map<string, Waiting[]>();
  const advance = Math.min(MOST_IN_ADVANCE, rate.burst, Math.floor(rate.perMinute / IN_ADVANCE_PER_MINUTE));
  let underWay = 0;
  let isScheduled = false;
  let inHand = 0;
  let inHandUntil = 0;

  function schedule(): void {
    if (isScheduled || waiting.size === 0 || underWay >= MAX_UNDER_WAY) return;
    isScheduled = true;
    // After everything that has arrived in this turn of the loop.
    setImmediate(() => {
      isScheduled = false;
      void send();
    });
  }

  /** What was taken before and is still good. */
  function pay(count: number): number {
    if (inHandUntil < performance.now()) inHand = 0;
    const paid = Math.min(inHand, count);
    inHand -= paid;
    return paid;
  }

  async function send(): Promise<void> {
    const together = takeTogether(waiting);
    if (together.length === 0) return;
    underWay += 1;
    schedule();
    try {
      const asks = together.map(({ ask }) => ask);
      const paid = pay(asks.length);
      const missing = asks.length - paid;
      const take = missing === 0 ? 0 : missing + advance;
      const answers = await meet({ storeId: store.id, caller, ...rate, paid, take, asks });
      if (answers.inAdvance > 0) {
        inHand += answers.inAdvance;
        inHandUntil = performance.now() + ADVANCE_LASTS_MS;
      }
      for (const [at, { resolve, reject }] of together.entries()) {
        const row = answers.rows[at];
        if (row === undefined) reject(new Error("the database left a question without an answer"));
        else resolve(row);
      }
    } catch (error) {
      for (const { reject } of together) reject(error);
    } finally {
      underWay -= 1;
      schedule();
    }
  }

  async function meet(batch: Parameters<typeof rooms.data.meetShoppers>[1]) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await rooms.data.meetShoppers(store, batch);
      } catch (error) {
        if (errorCode(error) !== DEADLOCK || attempt >= ATTEMPTS) throw error;
      }
    }
  }

  return {
    ask: (ask) =>
      new Promise((resolve, reject) => {
        const form = formOf(ask);
        const alike = waiting.get(form) ?? [];
        alike.push({ ask, resolve, reject });
        waiting.set(form, alike);
        if (alike.length >= ENOUGH && underWay < MAX_UNDER_WAY) void send();
        else schedule();
      }),
  };
}

/** Those of the form that has waited longest; of the same request, told twice, the first. */
function takeTogether(waiting: Map<string, Waiting[]>): readonly Waiting[] {
  const [entry] = waiting;
  if (entry === undefined) return [];
  const [form, all] = entry;
  waiting.delete(form);
  const together: Waiting[] = [];
  const left: Waiting[] = [];
  const prints = new Set<string>();
  for (const one of all) {
    const print = one.ask.fingerprint?.toString("latin1");
    const isFirst = print === undefined || !prints.has(print);
    if (print !== undefined) prints.add(print);
    (isFirst && together.length < MAX_TOGETHER ? together : left).push(one);
  }
  if (left.length > 0) waiting.set(form, left);
  return together;
}
