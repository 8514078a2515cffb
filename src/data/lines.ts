/**
 * A few connections that all short reads share. Statements are sent without waiting for the answers to those before them,
 * those of one turn of the event loop together, and PostgreSQL answers in their order; each is a transaction of its own,
 * in which its org is set anew. Whatever may take long has a connection of the pool's instead; what writes has `batches.ts`.
 */
import type { Duplex } from "node:stream";
import type pg from "pg";
import type { Log } from "../kernel/log.js";
import { type Line, type LineConfig, makeLine, streamOf } from "./line.js";
import { type Fields, PlacedQuery, type Statement, type Value } from "./placed-query.js";
import { isLost } from "./pool.js";

export interface Lines {
  /** Asked again, elsewhere, when its connection turns out to be gone: so it only reads. */
  readonly ask: (statement: Statement, values: readonly Value[]) => Promise<readonly Fields[]>;
  readonly close: () => Promise<void>;
}

const LINES = 4;

export function openLines(config: LineConfig, log: Log): Lines {
  const lines = Array.from({ length: LINES }, () => makeLine(config, log));
  const sending = openSending();

  const send = (client: pg.Client, statement: Statement, values: readonly Value[]) =>
    new Promise<readonly Fields[]>((resolve, reject) => {
      sending.hold(streamOf(client));
      client.query(new PlacedQuery(statement, values, (error, rows) => (error ? reject(error) : resolve(rows))));
    });

  return {
    ask: async (statement, values) => {
      // All of them may have been cut at once, and again while they were being opened.
      for (let left = 3 * LINES; ; left -= 1) {
        try {
          return await leastBusy(lines).ask((client) => send(client, statement, values));
        } catch (error) {
          if (left === 0 || !isLost(error)) throw error;
        }
      }
    },
    close: async () => void (await Promise.all(lines.map((line) => line.close()))),
  };
}

function leastBusy(lines: readonly Line[]): Line {
  let least = lines[0] as Line;
  for (const line of lines) if (line.waiting() < least.waiting()) least = line;
  return least;
}

/** Holds back what is written until the event loop comes round, so that it leaves in one piece. */
function openSending() {
  const held = new Set<Duplex>();
  const release = () => {
    for (const stream of held) stream.uncork();
    held.clear();
  };
  return {
    hold: (stream: Duplex) => {
      if (held.has(stream)) return;
      if (held.size === 0) setImmediate(release);
      held.add(stream);
      stream.cork();
    },
  };
}
