/**
 * A few connections that all short reads share. Statements are sent without waiting for the answers to those before them,
 * those of one turn of the event loop together, and PostgreSQL answers in their order; each is a transaction of its own,
 * in which its org is set anew. Whatever may take long, or writes, has a connection of the pool's instead.
 */
import pg from "pg";
import { errorFacts, type Log } from "../kernel/log.js";
import { type Fields, PlacedQuery, type Statement, type Value } from "./placed-query.js";
import { ENDED, isLost } from "./pool.js";

export interface Lines {
  /** Asked again, elsewhere, when its connection turns out to be gone: so it only reads. */
  readonly ask: (statement: Statement, values: readonly Value[]) => Promise<readonly Fields[]>;
  readonly close: () => Promise<void>;
}

const LINES = 4;
/** What a line has not answered this long after PostgreSQL should have given up on it, it never will. Milliseconds. */
const SILENCE_MS = 5_000;

interface Line {
  client: pg.Client | null;
  opening: Promise<pg.Client> | null;
  /** Statements that are not answered yet. */
  waiting: number;
}

interface Stream {
  readonly cork: () => void;
  readonly uncork: () => void;
}
const streamOf = (client: pg.Client): Stream =>
  (client as unknown as { connection: { stream: Stream } }).connection.stream;

/** Lines are opened when they are first needed, and again when they were lost. */
export function openLines(config: pg.ClientConfig & { readonly statement_timeout: number }, log: Log): Lines {
  const lines = Array.from({ length: LINES }, (): Line => ({ client: null, opening: null, waiting: 0 }));
  const sending = openSending();

  async function connect(line: Line): Promise<pg.Client> {
    const client = new pg.Client({
      ...{ ...config, pipeline: true, keepAlive: true },
      query_timeout: config.statement_timeout + SILENCE_MS,
    });
    let lost: Error | null = null;
    const forget = (error: Error) => {
      lost = error;
      if (line.client === client) line.client = null;
    };
    client
      .on("end", () => forget(new Error(ENDED)))
      .on("error", (error) => {
        forget(error);
        log.warn("database.connection.lost", errorFacts(error));
      });
    await client.connect();
    // One packet may hold both the welcome and the end.
    if (lost !== null) throw lost;
    line.client = client;
    return client;
  }

  const clientOf = (line: Line): pg.Client | Promise<pg.Client> => {
    if (line.client !== null) return line.client;
    line.opening ??= connect(line).finally(() => {
      line.opening = null;
    });
    return line.opening;
  };

  const send = (client: pg.Client, statement: Statement, values: readonly Value[]) =>
    new Promise<readonly Fields[]>((resolve, reject) => {
      sending.hold(streamOf(client));
      client.query(new PlacedQuery(statement, values, (error, rows) => (error ? reject(error) : resolve(rows))));
    });

  async function askOnce(statement: Statement, values: readonly Value[]): Promise<readonly Fields[]> {
    const line = leastBusy(lines);
    line.waiting += 1;
    try {
      const client = clientOf(line);
      return await send(client instanceof Promise ? await client : client, statement, values);
    } finally {
      line.waiting -= 1;
    }
  }

  return {
    ask: async (statement, values) => {
      // All of them may have been cut at once, and again while they were being opened.
      for (let left = 3 * LINES; ; left -= 1) {
        try {
          return await askOnce(statement, values);
        } catch (error) {
          if (left === 0 || !isLost(error)) throw error;
        }
      }
    },
    close: async () => {
      const opened = lines.map(async (line) => (await line.opening?.catch(() => null)) ?? line.client);
      await Promise.all(opened.map(async (client) => (await client)?.end().catch(() => {})));
    },
  };
}

function leastBusy(lines: readonly Line[]): Line {
  let least = lines[0] as Line;
  for (const line of lines) if (line.waiting < least.waiting) least = line;
  return least;
}

/** Holds back what is written until the event loop comes round, so that it leaves in one piece. */
function openSending() {
  const held = new Set<Stream>();
  const release = () => {
    for (const stream of held) stream.uncork();
    held.clear();
  };
  return {
    hold: (stream: Stream) => {
      if (held.has(stream)) return;
      if (held.size === 0) setImmediate(release);
      held.add(stream);
      stream.cork();
    },
  };
}
