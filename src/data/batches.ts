/**
 * Writes that come at the same time, committed together. Each is one statement that sets its own org and writes all of its
 * change or nothing; a batch of them is one transaction, and so one wait for the disk, which costs more than they do. Nobody
 * is answered before it is durable.
 */
import pg from "pg";
import type { Log } from "../kernel/log.js";
import { type Line, type LineConfig, makeLine } from "./line.js";
import { type Fields, PlacedBatch, type Statement, type Value } from "./placed-query.js";
import { isLost } from "./pool.js";

export interface Batches {
  /**
   * `lock` names what the statement locks: every batch takes its locks in this order, so that no two wait for each other. The
   * statement must never raise an error of its own: it would undo what others wrote beside it.
   */
  readonly ask: (lock: string, values: readonly Value[]) => Promise<readonly Fields[]>;
  readonly close: () => Promise<void>;
}

const LINES = 2;
const MOST = 32;
/** A lock that somebody holds for longer keeps a batch no longer: whoever wants it waits alone. Milliseconds. */
const LOCK_TIMEOUT_MS = 250;

interface Write {
  readonly lock: string;
  readonly values: readonly Value[];
  readonly resolve: (rows: readonly Fields[]) => void;
  readonly reject: (error: unknown) => void;
}

/** `askAlone` asks what a batch could not, outside of any. */
export function openBatches(
  statement: Statement,
  config: LineConfig,
  log: Log,
  askAlone: (statement: Statement, values: readonly Value[]) => Promise<readonly Fields[]>,
): Batches {
  const free = Array.from({ length: LINES }, () => makeLine({ ...config, lock_timeout: LOCK_TIMEOUT_MS }, log));
  const lines = [...free];
  const waiting: Write[] = [];
  let isDue = false;

  /** What comes in one turn of the event loop goes together. */
  const plan = () => {
    if (isDue || waiting.length === 0 || free.length === 0) return;
    isDue = true;
    setImmediate(start);
  };
  const start = () => {
    isDue = false;
    const line = free.pop();
    if (line === undefined) return;
    const batch = waiting.splice(0, MOST).sort((a, b) => (a.lock < b.lock ? -1 : a.lock > b.lock ? 1 : 0));
    void write(line, batch).finally(() => {
      free.push(line);
      plan();
    });
    plan();
  };

  async function write(line: Line, batch: readonly Write[]): Promise<void> {
    try {
      const results = await line.ask((client) => send(client, statement, batch));
      batch.forEach(({ resolve }, at) => {
        resolve(results[at] ?? []);
      });
    } catch (error) {
      // Undone as a whole; each for itself then. What became of a batch whose connection broke, nobody knows.
      for (const { values, resolve, reject } of batch)
        if (isUndone(error)) askAlone(statement, values).then(resolve, reject);
        else reject(error);
    }
  }

  return {
    ask: (lock, values) =>
      new Promise((resolve, reject) => {
        waiting.push({ lock, values, resolve, reject });
        plan();
      }),
    close: async () => void (await Promise.all(lines.map((line) => line.close()))),
  };
}

const send = (client: pg.Client, statement: Statement, batch: readonly Write[]) =>
  new Promise<readonly (readonly Fields[])[]>((resolve, reject) => {
    const values = batch.map((one) => one.values);
    client.query(new PlacedBatch(statement, values, (error, results) => (error ? reject(error) : resolve(results))));
  });

/** PostgreSQL said no, and was there to undo it. */
const isUndone = (error: unknown): boolean => error instanceof pg.DatabaseError && !isLost(error);
